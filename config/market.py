"""Read a market file: the law of a market as values, dated, each with the article it comes from."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

from config import claims
from config.calendar import DayEvent, Weekday
from config.deposit import Deposit, DepositRule, deposit
from config.law import (
    Blackout,
    Cap,
    CrossYearMode,
    DayCount,
    Disconnection,
    Due,
    Duty,
    DutyKind,
    HolidayRoll,
    Human,
    LateCharge,
    LateRate,
    Limitation,
    Market,
    MonthCount,
    Prepaid,
    PrepaidRule,
    PublicCredit,
    Reconnection,
    Sms,
)
from config.suspension import suspension
from config.table import TableReader

__all__ = [
    "BadMarketError",
    "Blackout",
    "Cap",
    "CrossYearMode",
    "DayCount",
    "Deposit",
    "DepositRule",
    "Disconnection",
    "Due",
    "HolidayRoll",
    "Human",
    "LateCharge",
    "LateRate",
    "Limitation",
    "Market",
    "Prepaid",
    "PrepaidRule",
    "PublicCredit",
    "Reconnection",
    "Sms",
    "parse_market",
]


class BadMarketError(Exception):
    """A market file does not describe a market; the message lists every problem."""


def parse_market(name: str, table: Mapping[str, Any]) -> Market:
    """
    Return the market that a file's table describes; amounts become whole minor units.

    :raises BadMarketError: with every problem of the file, one a line.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    digits = reader.whole("minor_digits", 2)
    general, by_class = _disconnections(reader.table("disconnection"), digits)
    order, allocation_article = _allocation(reader.table("allocation"))
    market = Market(
        name=name,
        title=reader.text("title"),
        currency=reader.text("currency"),
        minor_digits=digits,
        time_zone=reader.text("time_zone"),
        languages=reader.texts("languages", ("en",)),
        calendar=reader.text("calendar"),
        late_charge=_late_charge(reader.table("late_charge"), digits),
        allocation_order=order,
        allocation_article=allocation_article,
        due=_due(reader.table("due")),
        disconnection=general,
        disconnection_by_class=by_class,
        reconnection=_reconnection(reader.table("reconnection")),
        deposit=deposit(reader.table("deposit")),
        prepaid=_prepaid(reader.table("prepaid"), digits),
        sms=_sms(reader.table("sms")),
        human=_human(reader.table("human")),
        limitation=_limitation(reader.table("limitation")),
        public_credit=_public_credit(reader, digits),
        back_billing=claims.back_billing(reader),
        protest=claims.protest(reader),
        suspension=suspension(reader),
    )
    reader.finish()
    if problems:
        raise BadMarketError("\n".join(problems))
    return market


def _allocation(reader: TableReader) -> tuple[tuple[str, ...], str]:
    found = reader.texts("order", ("fee", "late_charge", "energy")), reader.text("article")
    reader.finish()
    return found


def _late_charge(reader: TableReader, digits: int) -> LateCharge:
    rates = reader.table("rates")
    by_class = tuple((key, _late_rate(rates.table(key))) for key in rates)
    if "other" not in dict(by_class):
        rates.wrong("other", "is missing", "a rate for all classes without their own is wanted")
    charge = LateCharge(
        rates=tuple((key, rate) for key, rate in by_class if key != "other"),
        other=dict(by_class).get("other", LateRate(Decimal(0), Decimal(0))),
        cross_year_mode=reader.choice("cross_year_mode", CrossYearMode),
        floor=reader.minor("floor", 0, digits=digits),
        cap=reader.choice("cap", Cap, Cap.NONE),
        article=reader.text("article"),
        months=reader.choice("months", MonthCount, MonthCount.BEGUN),
    )
    reader.finish()
    return charge


def _late_rate(reader: TableReader) -> LateRate:
    if "percent_a_month" in reader:
        rate = LateRate(Decimal(0), Decimal(0), reader.number("percent_a_month"))
        for key in ("current_year", "prior_year"):
            if key in reader:
                right = "a rate is by the day or by the month, not both; take one out"
                reader.wrong(key, "stands beside percent_a_month", right)
                reader.number(key)
    else:
        rate = LateRate(reader.number("current_year"), reader.number("prior_year"))
    reader.finish()
    return rate


def _due(reader: TableReader) -> Due:
    due = Due(
        reader.whole("credit_days_min", 0),
        reader.choice("holiday_roll", HolidayRoll),
        reader.text("article"),
    )
    reader.finish()
    return due


def _disconnections(
    reader: TableReader, digits: int
) -> tuple[Disconnection, tuple[tuple[str, Disconnection], ...]]:
    """Read the general rules, then those of each class: what a class leaves out is general."""
    overrides = reader.table("class", required=False)
    general = _disconnection(reader, digits, None)
    by_class = tuple(
        (key, _disconnection(overrides.table(key), digits, general)) for key in overrides
    )
    return general, by_class


def _disconnection(reader: TableReader, digits: int, base: Disconnection | None) -> Disconnection:
    articles = reader.table("articles", required=base is None)
    least_days = reader.whole("min_days_overdue", base.min_days_overdue if base else None)
    own = Disconnection(
        min_days_overdue=least_days,
        min_days_overdue_prepaid=reader.whole(
            "min_days_overdue_prepaid", base.min_days_overdue_prepaid if base else least_days
        ),
        min_dunnings=reader.whole("min_dunnings", base.min_dunnings if base else None),
        min_amount=reader.minor("min_amount", base.min_amount if base else 0, digits=digits),
        max_debt_age_days=reader.whole_or_none("max_debt_age_days"),
        notice_days_min=reader.whole("notice_days_min", base.notice_days_min if base else None),
        notice_days_max=reader.whole_or_none("notice_days_max"),
        count=reader.choice("count", DayCount, base.count if base else None),
        notice_may_precede_eligibility=reader.flag(
            "notice_may_precede_eligibility",
            bool(base.notice_may_precede_eligibility if base else None),
        ),
        second_notice_minutes=reader.whole(
            "second_notice_minutes", base.second_notice_minutes if base else 0
        ),
        approvals=reader.whole("approvals", base.approvals if base else None, least=1),
        protected=reader.texts("protected", base.protected if base else ()),
        blackouts=tuple(map(_blackout, reader.tables("blackout"))),
        from_hour=reader.time("from_hour", base.from_hour if base else time(0)),
        until_hour=reader.time("until_hour", base.until_hour if base else time(23, 59)),
        articles=tuple((limit, articles.text(limit)) for limit in articles),
        duties=_duties(reader),
    )
    reader.finish()
    if own.notice_days_max is not None and own.notice_days_max < own.notice_days_min:
        reader.wrong("notice_days_max", f"has {own.notice_days_max}", "it is below the minimum")
    return own if base is None else _inherit(own, base, reader)


def _inherit(own: Disconnection, base: Disconnection, reader: TableReader) -> Disconnection:
    """Return a class's rules with what only the general ones say; limits of both hold."""
    if "notice_days_max" not in reader:
        own = replace(own, notice_days_max=base.notice_days_max)
    if "max_debt_age_days" not in reader:
        own = replace(own, max_debt_age_days=base.max_debt_age_days)
    return replace(
        own,
        blackouts=base.blackouts + own.blackouts,
        duties=base.duties + own.duties,
        articles=tuple((dict(base.articles) | dict(own.articles)).items()),
    )


def _blackout(reader: TableReader) -> Blackout:
    has_dates = "first" in reader or "last" in reader
    blackout = Blackout(
        name=reader.text("name"),
        article=reader.text("article"),
        weekdays=frozenset(reader.choices("weekdays", Weekday)),
        season=_season(reader),
        first=reader.day("first") if has_dates else None,
        last=reader.day("last") if has_dates else None,
        holidays=reader.flag("holidays", False),
        eves=reader.flag("eves", False),
        weekends=reader.flag("weekends", False),
        events=reader.choices("events", DayEvent),
        event_days_before=reader.whole("event_days_before", 0),
        event_days_after=reader.whole("event_days_after", 0),
        protections=frozenset(reader.texts("protections")),
    )
    reader.finish()
    return blackout


def _duties(reader: TableReader) -> tuple[Duty, ...]:
    return tuple(map(_duty, reader.tables("duty", named_by="kind")))


def _duty(reader: TableReader) -> Duty:
    duty = Duty(
        kind=reader.choice("kind", DutyKind),
        article=reader.text("article"),
        days_before=reader.whole("days_before", 0),
        count=reader.choice("count", DayCount, DayCount.CALENDAR),
        season=_season(reader),
        protections=frozenset(reader.texts("protections")),
    )
    reader.finish()
    return duty


def _season(reader: TableReader) -> tuple[str, str] | None:
    season = reader.texts("season")
    if season and (len(season) != 2 or not all(map(_is_month_day, season))):
        reader.wrong("season", f"has {list(season)}", 'two days like ["11-01", "04-15"] are wanted')
    return (season[0], season[-1]) if season else None


def _is_month_day(text: str) -> bool:
    try:
        date.fromisoformat(f"2000-{text}")
    except ValueError:
        return False
    return True


def _reconnection(reader: TableReader) -> Reconnection:
    reconnection = Reconnection(
        reader.whole("hours", least=1),
        reader.flag("accepts_guarantee", False),
        reader.text("article"),
    )
    reader.finish()
    return reconnection


def _prepaid(reader: TableReader, digits: int) -> Prepaid:
    prepaid = Prepaid(
        conversion=reader.choice("conversion", PrepaidRule),
        agreement_fields=reader.texts("agreement_fields"),
        article=reader.text("article"),
        min_days_overdue=reader.whole("min_days_overdue", 0),
        min_amount=reader.minor("min_amount", 0, digits=digits),
        min_dunnings=reader.whole("min_dunnings", 0),
        protected=reader.texts("protected"),
        duties=_duties(reader),
    )
    reader.finish()
    return prepaid


def _sms(reader: TableReader) -> Sms:
    sms = Sms(
        reader.time("from_hour", time(0)),
        reader.time("until_hour", time(23, 59)),
        reader.text("article"),
    )
    reader.finish()
    return sms


def _human(reader: TableReader) -> Human:
    human = Human(reader.texts("steps"), reader.text("article"))
    reader.finish()
    return human


def _limitation(reader: TableReader) -> Limitation:
    limitation = Limitation(reader.whole("years", least=1), reader.text("article"))
    reader.finish()
    return limitation


def _public_credit(market: TableReader, digits: int) -> PublicCredit | None:
    if "public_credit" not in market:
        return None
    reader = market.table("public_credit")
    found = PublicCredit(
        platform=reader.text("platform"),
        kinds=reader.texts("kinds"),
        min_days_overdue=reader.whole("min_days_overdue", least=1),
        min_amount=reader.minor("min_amount", 0, digits=digits),
        article=reader.text("article"),
    )
    reader.finish()
    return found
