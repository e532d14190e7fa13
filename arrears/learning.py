"""
Learn a scorecard from customers whose end is known: bins, weights of evidence, one regression.

What comes out is a table of the same form as a card written by hand, in whole points that anyone
can add up; nothing of the learner is needed to use it. Siddiqi, *Credit Risk Scorecards* (2006),
describes the method. scikit-learn is the extra `wattledger[risk]`; no money is reckoned here, only
weights, so that the arrays may hold what they like.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from arrears import prediction
from arrears.card_debt import Sample
from arrears.credit import GRADES, Scorecard
from arrears.indicators import CATALOGUE, Indicator
from arrears.judging import Judgement, judge, judgement, measured, scores
from arrears.measure import Better
from arrears.prediction import Judged
from arrears.scorecard import FULL_SCORE, BadScorecardError, parse_scorecard
from billing.money import share_out

Array = NDArray[Any]

MOST_INDICATORS = 15
MOST_BINS = 7
LEAST_OF_BIN = 50
"""A bin holds at least a fiftieth of the customers."""
FOLDS = 5
SEED = 1
PLACES = 4
ECHO = 99
"""Two indicators whose evidence is correlated by so many hundredths say the same."""
NEVER = frozenset({"protected"})
"""What a card may not look at: being vulnerable says nothing about paying."""


class NothingToLearnError(Exception):
    """The customers don't tell the good from the bad by any indicator, or are too few."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """
    A card that was learnt, and how it fared on customers it had not seen.

    `unseen` is by cross-validation: each fold was judged by a card learnt from the others, and
    `stability` is the population stability index from the customers it saw to those. `values` is
    the information value of each indicator.
    """

    table: Mapping[str, Any]
    card: Scorecard
    unseen: Judgement
    stability: Decimal
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class _Bins:
    """An indicator cut into bins: upper edges, the weight of evidence of each, and if missing."""

    name: str
    edges: tuple[Decimal, ...]
    woe: Array
    missing: Any

    def encode(self, column: Array) -> Array:
        """Return the weights of evidence of a column of values."""
        edges = np.array([str(edge) for edge in self.edges], dtype="f8")
        found = self.woe[np.searchsorted(edges, column, side="left")]
        return np.where(np.isnan(column), self.missing, found)


@dataclass(frozen=True, slots=True)
class _Fit:
    """The bins that were kept, the weight of each, and the table of the card they make."""

    bins: tuple[_Bins, ...]
    weights: Array
    table: Mapping[str, Any]


def learn(
    samples: Sequence[Sample],
    *,
    name: str,
    title: str,
    most: int = MOST_INDICATORS,
    base: Mapping[str, Any] | None = None,
) -> Learnt:
    """
    Return a card learnt from customers, judged by cross-validation.

    :param most: how many indicators the card may look at.
    :param base: tables of a card to be kept as they are, such as its knock-outs.
    :raises NothingToLearnError: if there is nothing to learn from.
    """
    names = [one for one in CATALOGUE if one not in NEVER]
    values = measured(samples, frozenset(names))
    columns = _columns(values, names)
    bad = np.array([one.is_bad for one in samples], dtype="i8")
    if min(bad.sum(), len(bad) - bad.sum()) < FOLDS * LEAST_OF_BIN:
        raise NothingToLearnError(
            f"{len(bad)} customers of whom {bad.sum()} failed are too few; at least "
            f"{FOLDS * LEAST_OF_BIN} of either kind are wanted"
        )
    rest = {"title": title, **(base or _rest())}
    whole = _fit(columns, bad, most, rest)
    card = _card(name, whole.table)
    seen = judge(card, samples, values)
    judged = _unseen(samples, values, columns, bad, most=most, rest=rest)
    return Learnt(
        whole.table,
        card,
        judgement(judged, samples, seen.reasons, is_own=True),
        prediction.psi([one.score for one in seen.judged], [one.score for one in judged]),
        {one.name: _strength(one, columns[one.name], bad) for one in whole.bins},
    )


def _card(name: str, table: Mapping[str, Any]) -> Scorecard:
    try:
        return parse_scorecard(name, table)
    except BadScorecardError as bad:
        # Customers whom one indicator tells apart whole, or hardly at all, leave no nine steps.
        raise NothingToLearnError(
            "what tells these customers apart gives too few different scores for nine grades; "
            "learn from more customers, or from more months"
        ) from bad


def out_of_time(
    learnt: Learnt, *, seen: Sequence[Sample], unseen: Sequence[Sample]
) -> tuple[Judgement, Decimal]:
    """Return how a card fares on months it hasn't seen, and by what index (PSI) scores moved."""
    later, before = judge(learnt.card, unseen), judge(learnt.card, seen)
    scored = [[one.score for one in each.judged] for each in (before, later)]
    return later, prediction.psi(*scored)


def _unseen(
    samples: Sequence[Sample],
    values: Sequence[tuple[Indicator, ...]],
    columns: Mapping[str, Array],
    bad: Array,
    *,
    most: int,
    rest: Mapping[str, Any],
) -> list[Judged]:
    """Return each customer as a card saw him that was learnt from the other folds."""
    found: dict[int, Judged] = {}
    for train, test in _folds(bad):
        fold = _fit({key: col[train] for key, col in columns.items()}, bad[train], most, rest)
        tested = scores(
            _card("fold", fold.table),
            [samples[at] for at in test],
            [values[at] for at in test],
        )
        found |= dict(zip(test.tolist(), tested, strict=True))
    return [found[at] for at in range(len(samples))]


def _columns(values: Sequence[tuple[Indicator, ...]], names: Collection[str]) -> dict[str, Array]:
    """Return each indicator as a column, what could not be measured being no number."""
    rows = np.array(
        [[np.nan if one.value is None else one.value for one in row] for row in values], dtype="f8"
    )
    return {name: rows[:, at] for at, name in enumerate(names)}


def _folds(bad: Array) -> list[tuple[Array, Array]]:
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    return [(train, test) for train, test in folds.split(bad, bad)]


def _fit(columns: Mapping[str, Array], bad: Array, most: int, rest: Mapping[str, Any]) -> _Fit:
    """Fit a card: cut, weigh, drop what doesn't help, and turn the weights into points."""
    cut = [_cut(name, column, bad) for name, column in columns.items()]
    kept = _without_echoes([one for one in cut if len(one.edges)], columns, bad)
    if not kept:
        raise NothingToLearnError("no indicator tells the customers who failed from the others")
    encoded = {one.name: one.encode(columns[one.name]) for one in kept}
    weights = _weigh(kept, encoded, bad)
    # What weighs against its own evidence only echoes another indicator; what adds least goes next.
    while len(kept) > 1 and (weights.min() <= 0 or len(kept) > most):
        says = weights * [encoded[one.name].std() for one in kept]
        kept.pop(int(says.argmin()))
        weights = _weigh(kept, encoded, bad)
    return _Fit(tuple(kept), weights, {**_table(kept, weights, encoded, bad), **rest})


def _without_echoes(cut: Sequence[_Bins], columns: Mapping[str, Array], bad: Array) -> list[_Bins]:
    """Return the bins that say something of their own: of two that say the same, the stronger."""
    strong_first = sorted(cut, key=lambda one: -_strength(one, columns[one.name], bad))
    kept: list[_Bins] = []
    says: list[Array] = []
    for one in strong_first:
        woe = one.encode(columns[one.name])
        if all(abs(np.corrcoef(woe, other)[0, 1]) * 100 < ECHO for other in says):
            kept.append(one)
            says.append(woe)
    return kept


def _weigh(kept: Sequence[_Bins], encoded: Mapping[str, Array], bad: Array) -> Array:
    model = LogisticRegression().fit(np.column_stack([encoded[o.name] for o in kept]), bad)
    return np.asarray(model.coef_[0])


def _cut(name: str, column: Array, bad: Array) -> _Bins:
    """Cut an indicator where it tells most, and join bins that go against what sense demands."""
    known = ~np.isnan(column)
    missing = _woe(bad[~known], bad) if (~known).sum() * LEAST_OF_BIN >= len(bad) else 0
    if known.sum() * LEAST_OF_BIN < len(bad):
        return _Bins(name, (), np.zeros(1), 0)
    tree = DecisionTreeClassifier(
        max_leaf_nodes=MOST_BINS,
        min_samples_leaf=max(1, int(known.sum()) // LEAST_OF_BIN),
        random_state=SEED,
    ).fit(column[known][:, None], bad[known])
    marks = tree.tree_.threshold[tree.tree_.feature >= 0]
    edges = sorted(
        {
            Decimal(format(Decimal(str(round(mark, PLACES))).normalize(), "f"))
            for mark in marks.tolist()
        }
    )
    way = {Better.LOWER: 1, Better.HIGHER: -1, Better.EITHER: 0}[CATALOGUE[name].better]
    while True:
        limits = np.array([str(edge) for edge in edges], dtype="f8")
        at = np.searchsorted(limits, column[known], side="left")
        woe = np.array([_woe(bad[known][at == no], bad) for no in range(len(edges) + 1)])
        steps = np.diff(woe) * way
        if not len(steps) or steps.min() >= 0:
            return _Bins(name, tuple(edges), woe, missing)
        edges.pop(int(steps.argmin()))


def _woe(some: Array, bad: Array) -> Any:
    """Return the weight of evidence of some customers: how much their odds differ from all."""
    failed, good = some.sum(), len(some) - some.sum()
    whole = np.log(bad.sum() / (len(bad) - bad.sum()))
    return np.log((2 * failed + 1) / (2 * good + 1)) - whole


def _strength(bins: _Bins, column: Array, bad: Array) -> Decimal:
    """Return the information value of an indicator."""
    woe = bins.encode(column)
    share = bad / bad.sum() - (1 - bad) / (len(bad) - bad.sum())
    return Decimal(str(round((woe * share).sum().item(), PLACES)))


def _table(
    kept: Sequence[_Bins], weights: Array, encoded: Mapping[str, Array], bad: Array
) -> dict[str, Any]:
    """Return the card's tables: points for bands, what a score means, and where grades begin."""
    good = [-weight * one.woe for one, weight in zip(kept, weights, strict=True)]
    spans = [Decimal(str((one.max() - one.min()).item())) for one in good]
    shares = share_out(FULL_SCORE, spans)
    points = [
        np.rint((one - one.min()) / (one.max() - one.min()) * most).astype("i8")
        for one, most in zip(good, shares, strict=True)
    ]
    missing = [
        int(np.clip(np.rint((-w * o.missing - g.min()) / (g.max() - g.min()) * m), 0, m))
        for o, w, g, m in zip(kept, weights, good, shares, strict=True)
    ]
    score = sum(
        _points_of(encoded[one.name], one, gained, lacks)
        for one, gained, lacks in zip(kept, points, missing, strict=True)
    )
    table = {
        "indicator": [
            {"name": one.name, "missing": lacks, "bands": _bands(one, gained)}
            for one, gained, lacks in zip(kept, points, missing, strict=True)
            if gained.max() > 0
        ]
    }
    return {**_meaning(np.asarray(score), bad), **table}


def _points_of(encoded: Array, bins: _Bins, points: Array, missing: int) -> Array:
    """Return the points of customers whose weights of evidence are known."""
    order = np.argsort(bins.woe, kind="stable")
    at = order[np.clip(np.searchsorted(bins.woe[order], encoded), 0, len(order) - 1)]
    return np.where(bins.woe[at] == encoded, points[at], missing)


def _bands(bins: _Bins, points: Array) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    edges: list[Decimal | None] = [*bins.edges, None]
    for edge, gained in zip(edges, points.tolist(), strict=True):
        if found and found[-1]["points"] == gained:
            found.pop()
        found.append({"points": gained} if edge is None else {"points": gained, "most": edge})
    return found


def _meaning(score: Array, bad: Array) -> dict[str, Any]:
    """Return how likely a score fails, by a regression on it alone, and where grades begin."""
    model = LogisticRegression(C=10**6).fit(score[:, None], bad)
    slope, start = -model.coef_[0][0], -model.intercept_[0]
    middle = FULL_SCORE // 2
    odds = np.exp(start + slope * middle)
    return {
        "probability": {
            "score": middle,
            "odds": Decimal(str(round(odds.item(), PLACES))),
            "points_to_double": Decimal(str(round((np.log(2) / slope).item(), PLACES))),
        },
        "grades": _grades(score, 1 / (1 + np.exp(start + slope * np.arange(FULL_SCORE + 1)))),
    }


def _grades(score: Array, likely: Array) -> dict[str, int]:
    """
    Return the least score of each grade but the worst.

    The edges lie so that neighbors differ as clearly as they can: each grade spans the same part
    of the angle asin(sqrt p) that a rate turns through, weighed by how many customers are there.
    """
    counts = np.bincount(score, minlength=FULL_SCORE + 1)
    smooth = np.convolve(counts, np.ones(5) / 5, mode="same")
    angle = np.abs(np.gradient(np.arcsin(np.sqrt(likely))))
    # 2/3 is the power at which the least clear pair of neighbors is as clear as can be.
    part = np.cbrt((np.sqrt(smooth) * angle) ** 2)
    whole = np.cumsum(part[::-1])
    wanted = whole[-1] * np.arange(1, len(GRADES)) / len(GRADES)
    least = FULL_SCORE - np.searchsorted(whole, wanted)
    for at in range(1, len(least)):
        least[at] = min(least[at], least[at - 1] - 1)
    return {str(grade): max(0, one) for grade, one in zip(GRADES[:-1], least.tolist(), strict=True)}


def _rest() -> dict[str, Any]:
    """Return what no history teaches: the calendar, and where a new customer starts."""
    return {
        "new_customer": {"months": 12, "grade": "B"},
        "reassess_months": {"low": 12, "middle": 6, "high": 3},
    }
