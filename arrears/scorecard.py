"""Read a scorecard file."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from arrears.choosing import Applies
from arrears.credit import (
    GRADES,
    TIERS,
    Adjusting,
    Band,
    Grade,
    KnockOut,
    Limits,
    Privilege,
    Probability,
    Scorecard,
    Tier,
    Weighing,
    is_sorted_down,
)
from arrears.credit_file import Flag
from arrears.indicators import CATALOGUE
from billing.discount import problems_of
from billing.supply import SupplyClass
from config.table import TableReader

FULL_SCORE = 100
MOST_NOTCHES = 2
SINCE = "months_since_"
"""How the indicators are called that tell how long ago something happened."""


class BadScorecardError(Exception):
    """A scorecard file does not describe a scorecard; the message lists every problem."""


def parse_scorecard(name: str, table: Mapping[str, Any]) -> Scorecard:
    """
    Return the scorecard that a file's table describes.

    :raises BadScorecardError: with every problem of the file, one a line.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    card = _card(name, reader)
    reader.tables("card")
    reader.finish()
    problems += _contradictions(card)
    if problems:
        raise BadScorecardError("\n".join(problems))
    others = [_other(name, table, one) for one in table.get("card", ())]
    if doubled := _doubled(name, "card", [one.key for one in others]):
        raise BadScorecardError("\n".join(doubled))
    return replace(card, others=tuple(others))


def _card(name: str, reader: TableReader) -> Scorecard:
    """Return the card that a table describes; the caller says when the table is finished."""
    new = reader.table("new_customer")
    card = Scorecard(
        name=name,
        title=reader.text("title"),
        weighings=tuple(map(_weighing, reader.tables("indicator"))),
        least_scores=_least_scores(reader.table("grades")),
        knock_outs=tuple(map(_knock_out, reader.tables("knock_out"))),
        new_months=new.whole("months"),
        new_grade=new.choice("grade", Grade),
        reassess_months=_months(reader.table("reassess_months")),
        probability=_probability(reader.table("probability")) if "probability" in reader else None,
        new_best=new.choice("best", Grade) if "best" in new else None,
        new_worst=new.choice("worst", Grade) if "worst" in new else None,
        adjusting=_adjusting(reader.table("adjustment")) if "adjustment" in reader else Adjusting(),
        limits=_limits(reader.table("limit")) if "limit" in reader else None,
        bad_debt_percent=_ceiling(reader.table("ceilings")) if "ceilings" in reader else None,
        privileges=_privileges(reader.table("privileges", required=False)),
        watch_days=_watch_days(reader.table("watch", required=False)),
    )
    if (card.new_best is None) != (card.new_worst is None):
        new.wrong("best and worst", "stand alone", "name both, or neither")
    new.finish()
    return card


def _other(file: str, base: Mapping[str, Any], own: Mapping[str, Any]) -> Scorecard:
    """
    Return a card for some customers; tables that it leaves out are those of the file's own.

    :raises BadScorecardError: with every problem of the card.
    """
    problems: list[str] = []
    key = str(own.get("name"))
    reader = TableReader(f"{file}#{key}", {**_rest(base), **own}, problems)
    reader.text("name")
    applies = tuple(map(_applies, reader.tables("applies")))
    if not applies:
        reader.wrong("applies", "is empty", "say for whom the card is")
    card = replace(_card(f"{file}#{key}", reader), key=key, applies=applies)
    reader.finish()
    problems += _contradictions(card)
    if problems:
        raise BadScorecardError("\n".join(problems))
    return card


def _rest(base: Mapping[str, Any]) -> dict[str, Any]:
    return {one: value for one, value in base.items() if one not in ("card", "title", "indicator")}


def _applies(reader: TableReader) -> Applies:
    found = Applies(
        reader.flag("is_new") if "is_new" in reader else None,
        reader.number_or_none("capacity_kva_min"),
        reader.number_or_none("monthly_kwh_min"),
        frozenset(reader.choices("classes", SupplyClass)) if "classes" in reader else frozenset(),
    )
    reader.finish()
    return found


def _adjusting(reader: TableReader) -> Adjusting:
    found = Adjusting(reader.whole("notches"), reader.whole("months", least=1))
    if found.notches > MOST_NOTCHES:
        reader.wrong("notches", f"has {found.notches}", f"at most {MOST_NOTCHES} are wanted")
    reader.finish()
    return found


def _weighing(reader: TableReader) -> Weighing:
    name = _indicator(reader, "name")
    bands = tuple(map(_band, reader.tables("bands", named_by="points")))
    weighing = Weighing(name, bands or (Band(0, None, None),), reader.whole("missing", 0))
    last = weighing.bands[-1]
    if last.least is not None or last.most is not None:
        reader.wrong("bands", "leave values out", "the last band is for all others: only points")
    if weighing.missing > weighing.most:
        reader.wrong("missing", f"has {weighing.missing}", f"at most {weighing.most} are wanted")
    reader.finish()
    return weighing


def _band(reader: TableReader) -> Band:
    band = Band(
        reader.whole("points"),
        reader.number_or_none("least"),
        reader.number_or_none("most"),
    )
    reader.finish()
    return band


def _probability(reader: TableReader) -> Probability:
    found = Probability(
        reader.whole("score"),
        reader.number("odds"),
        reader.number("points_to_double"),
    )
    if found.odds <= 0 or found.points_to_double <= 0:
        reader.wrong("odds and points_to_double", "have a zero", "both are more than nothing")
    reader.finish()
    return found


def _limits(reader: TableReader) -> Limits:
    bills, days = reader.table("bills"), reader.table("credit_days")
    early = reader.table("discount", required=False)
    has_discount = any(True for _ in early)
    found = Limits(
        tuple((tier, bills.number(tier)) for tier in TIERS),
        tuple((tier, days.whole(tier)) for tier in TIERS),
        reader.whole("warn_percent", least=1),
        reader.whole("change_percent", least=1),
        early.whole("days", least=1) if has_discount else 0,
        tuple((tier, early.number(tier)) for tier in TIERS) if has_discount else (),
    )
    credit_days = dict(found.credit_days)
    for tier, percent in found.discount_percent:
        offered = found.discount_days if percent else 0
        for problem in problems_of(percent, offered, credit_days[tier]):
            early.wrong(tier, *problem.split("; ", 1))
    if found.warn_percent > FULL_SCORE:
        reader.wrong("warn_percent", f"has {found.warn_percent}", "the line lies within the limit")
    for one in (bills, days, early, reader):
        one.finish()
    return found


def _ceiling(reader: TableReader) -> Decimal:
    percent = reader.number("bad_debt_percent")
    reader.finish()
    return percent


def _watch_days(reader: TableReader) -> tuple[tuple[Flag, int], ...]:
    known = tuple((flag, reader.whole(flag, least=1)) for flag in Flag if flag in reader)
    reader.finish()
    return known


def _privileges(reader: TableReader) -> tuple[tuple[Privilege, Grade], ...]:
    known = tuple((one, reader.choice(one, Grade)) for one in Privilege if one in reader)
    reader.finish()
    return known


def _knock_out(reader: TableReader) -> KnockOut:
    rule = KnockOut(
        reader.text("name"),
        _indicator(reader, "indicator"),
        reader.number_or_none("least"),
        reader.choice("ceiling", Grade),
        reader.text("source"),
        reader.whole_or_none("term_months", least=1),
    )
    if (rule.least is None) == (rule.term_months is None):
        reader.wrong("least or term_months", "isn't clear", "say one of them")
    if rule.term_months is not None and not rule.indicator.startswith(SINCE):
        reader.wrong("term_months", f"goes with {rule.indicator!r}", f"it wants one of {SINCE}...")
    reader.finish()
    return rule


def _indicator(reader: TableReader, key: str) -> str:
    name = reader.text(key)
    if name and name not in CATALOGUE:
        reader.wrong(key, f"has {name!r}", f"choose one of {', '.join(CATALOGUE)}")
    return name


def _least_scores(reader: TableReader) -> tuple[tuple[Grade, int], ...]:
    # The worst grade takes whatever is left, so it has no score of its own.
    scores = tuple((grade, reader.whole(grade)) for grade in GRADES[:-1])
    reader.finish()
    if not is_sorted_down([score for _, score in scores]):
        reader.wrong("scores", f"are {[s for _, s in scores]}", "each must be below the one before")
    return scores


def _months(reader: TableReader) -> tuple[tuple[Tier, int], ...]:
    months = tuple((tier, reader.whole(tier, least=1)) for tier in TIERS)
    reader.finish()
    return months


def _contradictions(card: Scorecard) -> list[str]:
    names = [weighing.indicator for weighing in card.weighings]
    problems = _doubled(card.name, "indicator", names)
    full = sum(weighing.most for weighing in card.weighings)
    if full != FULL_SCORE:
        problems.append(
            f"{card.name}: the best bands give {full} points together; {FULL_SCORE} are wanted"
        )
    return problems


def _doubled(file: str, what: str, names: list[str]) -> list[str]:
    doubled = sorted({name for name in names if names.count(name) > 1})
    return [f"{file}: {what} {name}: is weighed twice; keep one" for name in doubled]
