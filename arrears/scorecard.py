"""Read a scorecard file."""

from collections.abc import Mapping
from typing import Any

from arrears.credit import (
    GRADES,
    TIERS,
    Band,
    Grade,
    KnockOut,
    Probability,
    Scorecard,
    Tier,
    Weighing,
    is_sorted_down,
)
from arrears.indicators import CATALOGUE
from config.table import TableReader

FULL_SCORE = 100


class BadScorecardError(Exception):
    """A scorecard file does not describe a scorecard; the message lists every problem."""


def parse_scorecard(name: str, table: Mapping[str, Any]) -> Scorecard:
    """
    Return the scorecard that a file's table describes.

    :raises BadScorecardError: with every problem of the file, one a line.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
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
    )
    new.finish()
    reader.finish()
    problems += _contradictions(card)
    if problems:
        raise BadScorecardError("\n".join(problems))
    return card


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


def _knock_out(reader: TableReader) -> KnockOut:
    rule = KnockOut(
        reader.text("name"),
        _indicator(reader, "indicator"),
        reader.number("least"),
        reader.choice("ceiling", Grade),
        reader.text("source"),
    )
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
    doubled = sorted({name for name in names if names.count(name) > 1})
    problems = [f"{card.name}: indicator {name}: is weighed twice; keep one" for name in doubled]
    full = sum(weighing.most for weighing in card.weighings)
    if full != FULL_SCORE:
        problems.append(
            f"{card.name}: the best bands give {full} points together; {FULL_SCORE} are wanted"
        )
    return problems
