"""Judge a scorecard on customers whose end is known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from arrears import prediction
from arrears.card_debt import Sample
from arrears.credit import Assessed, Scorecard, Tier, tier_of
from arrears.grading import advice, assess
from arrears.indicators import CATALOGUE, Indicator, measure
from arrears.prediction import Judged, Share

REASONS = 3
"""How many reasons are given for a low score."""

Measured = Sequence[tuple[Indicator, ...]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    How well a card tells who fails.

    `is_own_probability` tells whether the card itself said how likely a score fails; otherwise
    that was taken from the other customers, by cross-validation.
    """

    customers: int
    bad: int
    auc: Decimal | None
    ks: Decimal | None
    brier: Decimal
    is_own_probability: bool
    calibration: tuple[Share, ...]
    grades: tuple[Share, ...]
    groups: Mapping[str, tuple[Share, ...]]
    reasons: tuple[tuple[str, int], ...]
    judged: tuple[Judged, ...]

    @property
    def is_rising(self) -> bool:
        """Test whether each of the nine grades fails more often than the better one before it."""
        return prediction.is_rising(self.grades)

    @property
    def worst_error(self) -> Decimal:
        """How far the worst tenth lies from what was expected of it."""
        return max(one.error for one in self.calibration)

    @property
    def mean_error(self) -> Decimal:
        """How far the tenths lie from what was expected of them, on average."""
        return sum((one.error for one in self.calibration), Decimal(0)) / len(self.calibration)


def measured(
    samples: Collection[Sample], names: Collection[str] = CATALOGUE.keys()
) -> list[tuple[Indicator, ...]]:
    """Return the indicators of each customer, those of the names."""
    return [measure(one.behaviour, as_of=one.as_of, names=names) for one in samples]


def judge(card: Scorecard, samples: Sequence[Sample], values: Measured | None = None) -> Judgement:
    """
    Return how well a card tells the customers who failed from those who didn't.

    :param values: the customers' indicators where they are known already.
    """
    found = measured(samples, card.looks_at) if values is None else values
    assessed = [assess(card, one, previous=None, is_new=False) for one in found]
    judged = [_judged(card, a, s) for a, s in zip(assessed, samples, strict=True)]
    if card.probability is None:
        likely = prediction.likely_from_others(judged)
        judged = [replace(one, probability=p) for one, p in zip(judged, likely, strict=True)]
    return judgement(judged, samples, _reasons(card, assessed), is_own=card.probability is not None)


def scores(card: Scorecard, samples: Sequence[Sample], values: Measured) -> list[Judged]:
    """Return how a card sees customers, and how likely it says that they fail."""
    return [
        _judged(card, assess(card, one, previous=None, is_new=False), sample)
        for one, sample in zip(values, samples, strict=True)
    ]


def judgement(
    judged: Sequence[Judged],
    samples: Sequence[Sample],
    reasons: tuple[tuple[str, int], ...],
    *,
    is_own: bool,
) -> Judgement:
    """Return the figures of customers who were judged, be it by one card or by one each fold."""
    return Judgement(
        customers=len(judged),
        bad=sum(one.is_bad for one in judged),
        auc=prediction.auc(judged),
        ks=prediction.ks(judged),
        brier=prediction.brier(judged),
        is_own_probability=is_own,
        calibration=prediction.calibration(judged),
        grades=prediction.by_grade(judged),
        groups=_groups(judged, samples),
        reasons=reasons,
        judged=tuple(judged),
    )


def _judged(card: Scorecard, assessed: Assessed, one: Sample) -> Judged:
    assert assessed.score is not None, "nobody is new here"
    likely = Decimal(0) if card.probability is None else card.probability.of(assessed.score)
    return Judged(assessed.score, assessed.grade, one.is_bad, likely)


def _reasons(card: Scorecard, assessed: Collection[Assessed]) -> tuple[tuple[str, int], ...]:
    """Return why scores are low: what cost the customers of the high tier most, and how often."""
    counts: dict[str, int] = {}
    for one in assessed:
        if tier_of(one.grade) is Tier.HIGH:
            for reason in advice(card, one)[:REASONS]:
                counts[reason.indicator] = counts.get(reason.indicator, 0) + 1
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _groups(judged: Sequence[Judged], samples: Sequence[Sample]) -> dict[str, tuple[Share, ...]]:
    """Return how each group of people fared, by attributes that no card may look at."""
    found: dict[str, dict[str, list[Judged]]] = {}
    for one, who in zip(judged, samples, strict=True):
        for attribute, value in who.groups.items():
            group = f"{value[:1]}0 to {value[:1]}9" if attribute == "age" else value
            found.setdefault(attribute, {}).setdefault(group, []).append(one)
    return {attribute: prediction.by_group(groups) for attribute, groups in found.items()}
