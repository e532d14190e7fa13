"""Figures on how well scores tell who fails, against their definitions counted out."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from arrears.credit import Grade
from arrears.prediction import (
    Judged,
    auc,
    brier,
    by_grade,
    calibration,
    is_rising,
    ks,
    likely_from_others,
    psi,
)


def judged(score: int, is_bad: bool, likely: str = "0", grade: Grade = Grade.B) -> Judged:
    """Return a customer as a card saw him."""
    return Judged(score, grade, is_bad, Decimal(likely))


PEOPLE = st.lists(st.builds(judged, st.integers(0, 12), st.booleans()), min_size=1, max_size=30)


@given(PEOPLE)
def test_auc_is_how_often_the_failed_of_a_pair_has_the_lower_score(people: list[Judged]) -> None:
    pairs = [(b.score, g.score) for b in people if b.is_bad for g in people if not g.is_bad]
    won = sum(2 * (bad < good) + (bad == good) for bad, good in pairs)
    assert auc(people) == (Decimal(won) / (2 * len(pairs)) if pairs else None)


@given(PEOPLE)
def test_ks_is_the_largest_distance_of_the_two_shares(people: list[Judged]) -> None:
    bad = [one.score for one in people if one.is_bad]
    good = [one.score for one in people if not one.is_bad]
    if not bad or not good:
        assert ks(people) is None
        return
    apart = max(
        abs(
            sum(s <= edge for s in bad) * len(good) - sum(s <= edge for s in good) * len(bad),
        )
        for edge in range(13)
    )
    assert ks(people) == Decimal(apart) / (len(bad) * len(good))


def test_a_card_that_tells_them_all_apart_is_perfect_and_its_reverse_is_not() -> None:
    people = [judged(score, score < 5) for score in range(10)]
    assert (auc(people), ks(people)) == (1, 1)
    assert auc([judged(-one.score, one.is_bad) for one in people]) == 0


def test_calibration_sets_what_was_expected_beside_what_came() -> None:
    people = [judged(1, no < 3, "0.2") for no in range(10)] + [
        judged(0, no < 8, "0.9") for no in range(10)
    ]
    low, high = calibration(people, parts=2)
    assert (low.rate, low.expected_rate, low.error) == (
        Decimal("0.3"),
        Decimal("0.2"),
        Decimal("0.1"),
    )
    assert high.error == Decimal("0.1")
    missed = 3 * Decimal("0.64") + 7 * Decimal("0.04") + 8 * Decimal("0.01") + 2 * Decimal("0.81")
    assert brier(people) == missed / 20


@given(PEOPLE)
def test_the_likelihood_taken_from_others_never_rises_with_the_score(
    people: list[Judged],
) -> None:
    likely = likely_from_others(people)
    for fold in range(5):
        seen = sorted(
            (one.score, -p)
            for at, (one, p) in enumerate(zip(people, likely, strict=True))
            if at % 5 == fold
        )
        assert [p for _, p in seen] == sorted(p for _, p in seen)


@given(PEOPLE, st.booleans())
def test_nobodys_own_end_is_used_to_foretell_it(people: list[Judged], is_bad: bool) -> None:
    changed = [judged(people[0].score, is_bad), *people[1:]]
    assert likely_from_others(changed)[0] == likely_from_others(people)[0]


@given(st.lists(st.integers(0, 100), min_size=1))
def test_scores_that_stay_where_they_were_are_stable(scores: list[int]) -> None:
    assert psi(scores, scores) == 0


def test_scores_that_moved_are_told() -> None:
    assert psi(range(100), range(10, 110)) > Decimal("0.1")


def test_grades_rise_only_if_all_nine_have_customers_and_each_fails_more() -> None:
    people = [
        judged(50, no < at + 1, grade=grade) for at, grade in enumerate(Grade) for no in range(20)
    ]
    assert is_rising(by_grade(people))
    assert not is_rising(by_grade([one for one in people if one.grade is not Grade.AA]))
    assert not is_rising(by_grade(people)[::-1])
