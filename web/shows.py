"""How figures, days and names are written on a page."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_babel import gettext as _

from arrears.indicators import Indicator
from arrears.measure import Unit
from billing.money import MINOR, Money
from billing.money import money as minor
from config.people import Permission
from web import house, said, statement, words

SYMBOLS = {"CNY": "¥", "USD": "$", "AUD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "ZAR": "R"}


def prepare(app: Flask) -> None:
    """Give the templates the filters and names they use."""
    app.jinja_env.filters.update(
        money=money,
        cash=cash,
        short=short,
        kwh=kwh,
        whole=whole,
        percent=percent,
        moment=moment,
        clock=clock_time,
        said=said.said,
        source=source,
        reason=reason,
        is_english=said.is_english,
        word=words.word,
        level=words.level,
        entry_words=statement.entry_words,
        fact=words.fact,
        facts=facts,
        meaning=words.meaning,
        measured=measured,
        act=words.act,
        band=band,
        digest=digest,
    )
    app.jinja_env.globals.update(may=house.may, Permission=Permission, tone=words.tone)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def money(amount: Money | None) -> str:
    """Return an amount without its currency, such as 1,234.50; nothing for none."""
    if amount is None:
        return ""
    return f"{Decimal(amount).scaleb(-MINOR):,.{MINOR}f}"


def symbol() -> str:
    """Return the sign of the market's currency, or nothing while no market is in force."""
    law = house.market()
    return "" if law is None else SYMBOLS.get(law.currency, f"{law.currency} ")


def cash(amount: Money | None) -> str:
    """Return an amount with its currency, such as -¥1,234.50."""
    if amount is None:
        return ""
    return f"{'-' if amount < 0 else ''}{symbol()}{money(abs(amount))}"


def short(amount: Money) -> str:
    """Return an amount in few characters, such as ¥1.2 m or 123.4 万."""
    major = Decimal(amount).scaleb(-MINOR)
    if words.is_chinese():
        for unit, size in (("亿", 10**8), ("万", 10**4)):
            if abs(major) >= size:
                return f"{symbol()}{major / size:,.1f}{unit}"
        return f"{symbol()}{major:,.0f}"
    for unit, size in (("bn", 10**9), ("m", 10**6), ("k", 10**3)):
        if abs(major) >= size:
            return f"{symbol()}{major / size:,.1f} {unit}"
    return f"{symbol()}{major:,.0f}"


def kwh(energy: Decimal | None) -> str:
    """Return energy without needless noughts, such as 1,234.5."""
    if energy is None:
        return ""
    text = f"{energy:,.6f}".rstrip("0").rstrip(".")
    return text or "0"


def whole(count: int | Decimal | None) -> str:
    """Return a count with its thousands apart."""
    return "" if count is None else f"{count:,.0f}"


def percent(share: float | Decimal | None, places: int = 1) -> str:
    """Return a share of one as a percentage."""
    return "" if share is None else f"{share * 100:.{places}f} %"


def moment(at: datetime | None) -> str:
    """Return a moment in the supplier's time zone, to the minute."""
    if at is None:
        return ""
    return f"{at.astimezone(house.house().settings.zone):%Y-%m-%d %H:%M}"


def clock_time(at: datetime | None) -> str:
    """Return the time of day of a moment, to the second."""
    return "" if at is None else f"{at.astimezone(house.house().settings.zone):%H:%M:%S}"


def digest(text: str) -> str:
    """Return as much of a digest as people compare."""
    return text[:12]


def month(day: date) -> str:
    """Return the month of a day, such as 2026-03."""
    return f"{day:%Y-%m}"


_MONEY = frozenset(
    # of a customer's credit
    {"limit", "limit_before", "warning_line", "exposure"}
    | {
        "overdue",
        "coming",
        "amount",
        "average_bill",
        "security",
        "debt",
        "total",
        "posted",
        "suspense",
        "refused",
    }
    # of a till
    | {"counted", "expected", "handed_in", "difference", "opening"}
    # of a final bill
    | {"bill_amount", "owed_before", "late_charge", "parts", "credit", "deposit", "left_to_pay"}
)
_APART = frozenset({"duties", "debts", "stopped", "reasons", "doubts"})


def facts(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return recorded facts as pairs of a name and a readable value; lists of rows are left out."""
    return [
        (words.fact(name), _shown(name, value))
        for name, value in values.items()
        if name not in _APART and value not in (None, "", [])
    ]


def _shown(name: str, value: Any) -> str:
    if name in _MONEY:
        return cash(value)
    return words.level(str(value)) if name == "level" else _plain(value)


def measured(indicator: Indicator) -> str:
    """Return an indicator's value with its unit."""
    value = indicator.value
    if value is None:
        return "–"
    if indicator.unit is Unit.SHARE:
        return percent(value, 0)
    if indicator.unit is Unit.MONEY:
        return cash(minor(value))
    number = kwh(round(value, 1))
    counted = {
        Unit.DAYS: _("%(n)s days", n=number),
        Unit.MONTHS: _("%(n)s months", n=number),
        Unit.BILLS: _("%(n)s bills", n=number),
        Unit.POWER: f"{number} kVA",
    }
    return counted.get(indicator.unit) or _("%(n)s times", n=number)


def reason(why: str) -> str:
    """Return why a bill's line is so, without the file that says so."""
    return why.partition(" [")[0]


def source(why: str) -> str:
    """Return the file and digest by which a bill's line was priced."""
    return why.partition(" [")[2].partition(";")[0]


def band(text: str) -> str:
    """Return in the person's language the span of values that a scorecard names."""
    if text.startswith("at least "):
        return _("at least %(n)s", n=text.removeprefix("at least "))
    if text.startswith("at most "):
        return _("at most %(n)s", n=text.removeprefix("at most "))
    if text == "any":
        return _("any value")
    if text == "nothing to measure yet":
        return _("nothing to measure yet")
    return text.replace(" to ", "–")


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{words.fact(str(name))}: {_plain(one)}" for name, one in value.items())
    return words.word(value) if isinstance(value, str) and "/" not in value else str(value)
