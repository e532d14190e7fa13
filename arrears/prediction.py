"""How well scores tell who fails: separation, calibration and stability, all exact."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from arrears.credit import GRADES, Grade

PARTS = 10
FOLDS = 5
LEAST_SHARE = Decimal("0.0001")
"""What an empty part counts as, so that a logarithm can be taken of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A customer as a card saw him, and whether he failed; the probability if one is known."""

    score: int
    grade: Grade
    is_bad: bool
    probability: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    """A group of customers: how many, how many failed, and how many were expected to."""

    name: str
    customers: int
    bad: int
    expected: Decimal

    @property
    def rate(self) -> Decimal | None:
        """The share of the group that failed."""
        return None if not self.customers else Decimal(self.bad) / self.customers

    @property
    def expected_rate(self) -> Decimal | None:
        """The share of the group that was expected to fail."""
        return None if not self.customers else self.expected / self.customers

    @property
    def error(self) -> Decimal:
        """How far the two shares lie apart."""
        if not self.customers:
            return Decimal(0)
        return abs(Decimal(self.bad) - self.expected) / self.customers


def auc(judged: Collection[Judged]) -> Decimal | None:
    """
    Return how often one who failed has the lower score of two, one failed and one not.

    Two of the same score count half. None if all failed or none.
    """
    won = below = 0
    for bad, good in _by_score(judged):
        won += 2 * bad * (_goods(judged) - below - good) + bad * good
        below += good
    pairs = 2 * _bads(judged) * _goods(judged)
    return Decimal(won) / pairs if pairs else None


def ks(judged: Collection[Judged]) -> Decimal | None:
    """
    Return the largest distance between the shares of failed and good at or below a score.

    None if all failed or none.
    """
    bads, goods = _bads(judged), _goods(judged)
    if not bads or not goods:
        return None
    found, bad_below, good_below = 0, 0, 0
    for bad, good in _by_score(judged):
        bad_below += bad
        good_below += good
        found = max(found, abs(bad_below * goods - good_below * bads))
    return Decimal(found) / (bads * goods)


def brier(judged: Collection[Judged]) -> Decimal:
    """Return the mean square of what the probability missed the outcome by."""
    missed = sum(((one.probability - one.is_bad) ** 2 for one in judged), Decimal(0))
    return missed / len(judged)


def calibration(judged: Collection[Judged], *, parts: int = PARTS) -> tuple[Share, ...]:
    """Return customers in parts of the same size, from the least to the most likely to fail."""
    in_order = sorted(judged, key=attrgetter("probability"))
    edges = [len(in_order) * at // parts for at in range(parts + 1)]
    return tuple(_share(str(at), in_order[edges[at - 1] : edges[at]]) for at in range(1, parts + 1))


def by_grade(judged: Collection[Judged]) -> tuple[Share, ...]:
    """Return the nine grades with their customers, the best first."""
    found: dict[Grade, list[Judged]] = {grade: [] for grade in GRADES}
    for one in judged:
        found[one.grade].append(one)
    return tuple(_share(grade, some) for grade, some in found.items())


def by_group(groups: Mapping[str, Collection[Judged]]) -> tuple[Share, ...]:
    """Return named groups of customers."""
    return tuple(_share(name, some) for name, some in sorted(groups.items()))


def is_rising(shares: Sequence[Share]) -> bool:
    """Test whether every group has customers and each fails more often than the one before."""
    rates = [one.rate for one in shares]
    return all(
        rate is not None and (at == 0 or rate > (rates[at - 1] or 0))
        for at, rate in enumerate(rates)
    )


def psi(before: Collection[int], after: Collection[int], *, parts: int = PARTS) -> Decimal:
    """
    Return how far scores have moved: the population stability index over tenths of `before`.

    Below 0.1 is called stable, above 0.25 moved.
    """
    in_order = sorted(before)
    edges = sorted({in_order[len(in_order) * at // parts] for at in range(1, parts)})
    found = Decimal(0)
    for was, now in zip(_shares(before, edges), _shares(after, edges), strict=True):
        found += (now - was) * (now / was).ln()
    return found


def likely_from_others(judged: Sequence[Judged], *, folds: int = FOLDS) -> list[Decimal]:
    """
    Return of each customer how often others of the same score fail, those of his fold left out.

    So a card that names no probability is judged by cross-validation. What fails more often at a
    higher score is pooled, for the rate may not rise with the score.
    """
    found = [Decimal(0)] * len(judged)
    for fold in range(folds):
        rates = _falling_rates([one for at, one in enumerate(judged) if at % folds != fold])
        scores = sorted(rates)
        for at in range(fold, len(judged), folds):
            found[at] = _rate_at(judged[at].score, rates, scores)
    return found


def _rate_at(score: int, rates: Mapping[int, Decimal], scores: Sequence[int]) -> Decimal:
    if not scores:
        return Decimal(0)
    return (
        rates[min(scores, key=lambda one: abs(one - score))]
        if score not in rates
        else (rates[score])
    )


def _falling_rates(judged: Collection[Judged]) -> dict[int, Decimal]:
    """Return the rate of each score, neighbors pooled until none rises with the score."""
    pools: list[tuple[int, int, list[int]]] = []
    in_order = sorted(judged, key=attrgetter("score"))
    for score, some in groupby(in_order, key=attrgetter("score")):
        group = list(some)
        bad, count, scores = _bads(group), len(group), [score]
        while pools and pools[-1][0] * count <= bad * pools[-1][1]:
            other = pools.pop()
            bad, count, scores = bad + other[0], count + other[1], other[2] + scores
        pools.append((bad, count, scores))
    return {score: Decimal(bad) / count for bad, count, scores in pools for score in scores}


def _by_score(judged: Collection[Judged]) -> list[tuple[int, int]]:
    """Return how many failed and how many didn't at each score, the lowest first."""
    in_order = sorted(judged, key=attrgetter("score"))
    found = []
    for _, some in groupby(in_order, key=attrgetter("score")):
        group = list(some)
        found.append((_bads(group), _goods(group)))
    return found


def _share(name: str, some: Collection[Judged]) -> Share:
    expected = sum((one.probability for one in some), Decimal(0))
    return Share(name, len(some), _bads(some), expected)


def _shares(scores: Collection[int], edges: Sequence[int]) -> list[Decimal]:
    counts = [0] * (len(edges) + 1)
    for score in scores:
        counts[sum(score >= edge for edge in edges)] += 1
    return [max(LEAST_SHARE, Decimal(count) / len(scores)) for count in counts]


def _bads(judged: Collection[Judged]) -> int:
    return sum(one.is_bad for one in judged)


def _goods(judged: Collection[Judged]) -> int:
    return len(judged) - _bads(judged)
