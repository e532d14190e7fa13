"""Grade a customer: points by a scorecard, what overrules them, and what would raise the grade."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from arrears.credit import (
    GRADES,
    Assessed,
    Grade,
    Limit,
    Points,
    Scorecard,
    Tier,
    Weighing,
    tier_of,
    worse,
)
from arrears.indicators import Indicator, indicator


@dataclass(frozen=True, slots=True)
class Advice:
    """What would add points: an indicator, where it is, and where it should be."""

    indicator: str
    value: Decimal | None
    wanted: str
    gain: int


def assess(
    card: Scorecard,
    indicators: Iterable[Indicator],
    *,
    previous: Grade | None,
    is_new: bool,
    adjusted: int = 0,
) -> Assessed:
    """
    Return the grade that a scorecard gives; the same indicators always give the same one.

    A new customer starts in the middle, scored or not as the card says; knock-outs hold for him
    too. Nobody jumps from the high tier to the low one (武经电[2005]60号: a C of last year can't
    become an A), not by an expert's word either.

    :param adjusted: by how many notches an expert moved the grade, upward if above zero.
    """
    by_name = {one.name: one for one in indicators}
    points = tuple(_points(weighing, by_name) for weighing in card.weighings)
    values = {name: one.value for name, one in by_name.items() if one.value is not None}
    score = sum(one.points for one in points) if _is_scored(card, is_new=is_new) else None
    by_points = _by_points(card, score, is_new=is_new)
    grade, limits = _limited(card, values, moved(by_points, adjusted), previous, is_new=is_new)
    return Assessed(score, grade, points, limits, by_points, adjusted)


def graded(
    card: Scorecard,
    values: Mapping[str, Decimal],
    *,
    previous: Grade | None,
    is_new: bool,
    adjusted: int = 0,
) -> tuple[int | None, Grade]:
    """
    Return the score and the grade that `assess` gives, without what explains them.

    :param values: what was measured, by the names of the indicators.
    """
    score = None
    if _is_scored(card, is_new=is_new):
        score = sum([one.worth(values.get(one.indicator)) for one in card.weighings])
    by_points = _by_points(card, score, is_new=is_new)
    grade, _ = _limited(card, values, moved(by_points, adjusted), previous, is_new=is_new)
    return score, grade


def _is_scored(card: Scorecard, *, is_new: bool) -> bool:
    return not is_new or card.new_best is not None


def _by_points(card: Scorecard, score: int | None, *, is_new: bool) -> Grade:
    by_points = card.new_grade if score is None else grade_of(card, score)
    if is_new and card.new_worst is not None:
        return min(by_points, card.new_worst, key=GRADES.index)
    return by_points


def _limited(
    card: Scorecard,
    values: Mapping[str, Decimal],
    grade: Grade,
    previous: Grade | None,
    *,
    is_new: bool,
) -> tuple[Grade, tuple[Limit, ...]]:
    limits = _limits(card, values, grade, previous, is_new=is_new)
    for limit in limits:
        grade = worse(grade, limit.ceiling)
    return grade, limits


def moved(grade: Grade, notches: int) -> Grade:
    """Return the grade so many notches better, or worse if below zero; AAA and C are the ends."""
    return GRADES[min(len(GRADES) - 1, max(0, GRADES.index(grade) - notches))]


def grade_of(card: Scorecard, score: int) -> Grade:
    """Return the best grade whose least score is reached."""
    return next((grade for grade, least in card.least_scores if score >= least), Grade.C)


def advice(card: Scorecard, assessed: Assessed) -> tuple[Advice, ...]:
    """Return what would raise the score, the greatest gain first."""
    weighings = {weighing.indicator: weighing for weighing in card.weighings}
    found = (
        Advice(
            one.indicator.name,
            one.indicator.value,
            str(max(weighings[one.indicator.name].bands, key=lambda band: band.points)),
            one.most - one.points,
        )
        for one in assessed.points
        if one.points < one.most
    )
    return tuple(sorted(found, key=lambda one: (-one.gain, one.indicator)))


def missing_points(card: Scorecard, assessed: Assessed) -> tuple[Grade, int] | None:
    """Return the next better grade and how many points it takes; none at the top or unscored."""
    at = GRADES.index(assessed.grade)
    if assessed.score is None or at == 0:
        return None
    better = GRADES[at - 1]
    return better, max(0, dict(card.least_scores)[better] - assessed.score)


def _points(weighing: Weighing, indicators: Mapping[str, Indicator]) -> Points:
    one = indicators.get(weighing.indicator) or indicator(weighing.indicator, None)
    value = one.value
    if value is None:
        return Points(one, weighing.missing, weighing.most, None)
    band = next(band for band in weighing.bands if band.holds(value))
    return Points(one, band.points, weighing.most, band)


def _limits(
    card: Scorecard,
    values: Mapping[str, Decimal],
    grade: Grade,
    previous: Grade | None,
    *,
    is_new: bool,
) -> tuple[Limit, ...]:
    limits: list[Limit] = []
    if is_new:
        reason = f"the first {card.new_months} months start in the middle"
        limits.append(Limit("new_customer", card.new_best or card.new_grade, reason))
    for rule in card.knock_outs:
        value = values.get(rule.indicator)
        if value is not None and rule.fires(value):
            limits.append(Limit(rule.name, rule.ceiling, rule.why(value)))
    is_jump = previous is not None and tier_of(previous) is Tier.HIGH
    if is_jump and tier_of(grade) is Tier.LOW:
        reason = f"from {previous} nobody rises two tiers at once"
        limits.append(Limit("no_jump", _best_of(Tier.MIDDLE), reason))
    return tuple(limits)


def _best_of(tier: Tier) -> Grade:
    return next(grade for grade in GRADES if tier_of(grade) is tier)
