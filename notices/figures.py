"""Figures as a customer reads them: money, days, energy and articles of law, in two languages."""

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from billing.customer import Language
from billing.money import Money, show

LANGUAGES = tuple(Language)
"""The languages that every notice is written in."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NUMERALS = "一二三四五六七八九十"
_ARTICLE = re.compile(
    r"^(?P<law>.+?)(?: (?P<year>\d{4}))? art\. (?P<article>\d+)(?: \((?P<clause>\d+)\))?"
    r"(?P<more>(?:, \d+)*)(?:, \D.*)?$"
)

# How the laws that the shipped markets quote are called in English.
_ENGLISH_LAWS = {
    "电力供应与使用条例": "Regulations on Electricity Supply and Use",
    "供电营业规则": "Rules of the Electricity Supply Business",
    "民法典": "Civil Code",
    "个人信息保护法": "Personal Information Protection Law",
}


def priced_text(amount: Money, currency: str, language: str) -> str:
    """Return an amount with its currency: 386.20 元, or CNY 386.20."""
    if language == Language.CHINESE and currency == "CNY":
        return f"{show(amount)} 元"
    return f"{currency} {show(amount)}"


def price_text(price: Decimal) -> str:
    """Return a price per unit with at least two and as many places as it has."""
    exact = price.normalize()
    places = max(2, -int(exact.as_tuple().exponent))
    return f"{exact:,.{places}f}"


def quantity_text(quantity: Decimal) -> str:
    """Return a quantity with at most three places, without needless zeros."""
    rounded = quantity.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day_text(day: date, language: str) -> str:
    """Return a day in full: 2026年11月30日, or 30 November 2026."""
    if language == Language.CHINESE:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_text(day: date, language: str) -> str:
    """Return the month of a day: 2026年11月, or November 2026."""
    if language == Language.CHINESE:
        return f"{day.year}年{day.month}月"
    return f"{_MONTHS[day.month - 1]} {day.year}"


def short_month_text(day: date, language: str) -> str:
    """Return the month of a day for the foot of a chart: 11月, or Nov."""
    return f"{day.month}月" if language == Language.CHINESE else _MONTHS[day.month - 1][:3]


def period_text(start: date, end: date, language: str) -> str:
    """
    Return a half-open period by its first and last day, a whole calendar month by its name.

    The last day is the day before the end: [1 July, 1 August) is July.
    """
    last = end - timedelta(days=1)
    if start.day == 1 and end.day == 1 and (start.year, start.month) == (last.year, last.month):
        return month_text(start, language)
    return f"{start.isoformat()} – {last.isoformat()}"


def time_text(moment: time) -> str:
    """Return a time of day to the minute."""
    return f"{moment:%H:%M}"


def listed(parts: Sequence[str], language: str) -> str:
    """Return several things as one says them: 甲、乙和丙, or A, B and C."""
    if len(parts) < 2:
        return "".join(parts)
    comma, final = ("、", "和") if language == Language.CHINESE else (", ", " and ")
    return comma.join(parts[:-1]) + final + parts[-1]


def item_mark(number: int, language: str) -> str:
    """Return the mark before the n-th item, counted from one: 一、 or 1."""
    if language != Language.CHINESE:
        return f"{number}. "
    tens, ones = divmod(number, 10)
    text = ("" if tens < 2 else _NUMERALS[tens - 1]) + ("十" if tens else "")
    return text + (_NUMERALS[ones - 1] if ones else "") + "、"


def article_texts(articles: Sequence[str], language: str) -> tuple[str, ...]:
    """
    Return the articles that a market's limits come from, each once and as a letter quotes them.

    A limit may come from several, parted by semicolons. What isn't an article of a law (a product
    default, a public commitment) binds nobody and is left out.
    """
    quoted: dict[str, None] = {}
    for source in articles:
        for part in re.split(r"[;，；]\s*", source):
            found = _ARTICLE.match(part.strip())
            if found:
                quoted.setdefault(_quote(found, language))
    return tuple(quoted)


def _quote(found: re.Match[str], language: str) -> str:
    law, year, number, clause = found["law"], found["year"], found["article"], found["clause"]
    more = re.findall(r"\d+", found["more"])
    if language == Language.CHINESE:
        name = f"《{law}》" + (f"（{year}）" if year else "")
        numbers = "、".join(f"第{n}条" for n in (number, *more))
        return name + numbers + (f"第（{clause}）项" if clause else "")
    name = _ENGLISH_LAWS.get(law, law) + (f" ({year})" if year else "")
    return f"{name}, art. {', '.join((number, *more))}" + (f" ({clause})" if clause else "")
