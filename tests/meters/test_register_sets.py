"""Meters with many registers: times of use, demand that is set back, import and export."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from meters.estimate import estimate
from meters.judge import Candidate, judge
from meters.period import Period
from meters.reading import ReadingKind, RegisterCode, Usage
from meters.usage import measure
from tests.meters.supplier import shipped_rules
from tests.meters.test_usage import dial, reading

TIMES = ("sharp", "peak", "flat", "valley", "deep_valley")
YEAR = Period(date(2026, 1, 1), date(2026, 3, 1))
TODAY = date(2026, 11, 21)


def used(readings: dict[str, list[str]], *, multiplier: str = "1") -> Usage:
    """Return what registers counted from January to March, by what each showed on the days."""
    dials = [
        dial(register_id=at, code=code, multiplier=Decimal(multiplier))
        for at, code in enumerate(readings, start=1)
    ]
    kept = {at: [reading(text) for text in some] for at, some in enumerate(readings.values(), 1)}
    found = measure(1, YEAR, dials, kept)
    assert isinstance(found, Usage), found
    return found


def shown(first: int, middle: int, last: int) -> list[str]:
    return [f"2026-01-01 {first}", f"2026-02-01 {middle}", f"2026-03-01 {last}"]


def test_five_times_of_use_make_the_total_where_there_is_no_total_register() -> None:
    found = used({code: shown(10, 15, 20 + at) for at, code in enumerate(TIMES)}, multiplier="20")
    assert {str(code) for code in found.codes} == set(TIMES)
    assert found.of(RegisterCode.DEEP_VALLEY) == 20 * 14
    assert found.kwh == 20 * (10 + 11 + 12 + 13 + 14)


def test_a_total_register_counts_and_the_times_only_share_it_out() -> None:
    every = {"total": shown(0, 50, 99)} | {code: shown(0, 10, 20) for code in TIMES}
    assert used(every).kwh == 99


def test_a_demand_register_is_set_back_at_each_reading_and_the_highest_counts() -> None:
    found = used({"total": shown(0, 1, 2), "demand": shown(3, 9, 4)}, multiplier="10")
    assert found.demand_kw == 90
    assert found.kwh == 20


def test_what_is_fed_in_is_not_taken_off_what_is_drawn() -> None:
    found = used({"total": shown(0, 50, 100), "export": shown(0, 30, 70)})
    assert (found.kwh, found.of(RegisterCode.EXPORT)) == (100, 70)


def test_an_export_register_that_counts_backwards_feeds_in_as_much() -> None:
    found = used({"total": shown(0, 50, 100), "export": shown(99990, 99960, 99920)})
    assert found.of(RegisterCode.EXPORT) == 70


def test_what_is_fed_in_is_told_by_the_times_at_which_registers_counted_it() -> None:
    exports = {f"export_{code}": shown(90, 80, 70 - at) for at, code in enumerate(TIMES)}
    found = used({"total": shown(0, 50, 100)} | exports, multiplier="10")
    assert found.export_by_time() == {code: 10 * (20 + at) for at, code in enumerate(TIMES)}
    assert (found.kwh, found.export_kwh, found.by_time()) == (1000, 10 * 110, {})


def test_an_export_register_for_all_times_counts_and_the_others_only_share_it_out() -> None:
    found = used({"export": shown(0, 50, 99), "export_peak": shown(0, 10, 20)})
    assert (found.kwh, found.export_kwh) == (0, 99)
    assert found.export_by_time() == {"peak": 20}


@given(st.booleans(), st.lists(st.integers(0, 400), min_size=4, max_size=4))
def test_an_estimate_of_what_is_fed_in_is_set_right_whichever_way_the_register_counts(
    counts_backwards: bool, moved: list[int]
) -> None:
    sign = -1 if counts_backwards else 1
    values = [5000 + sign * sum(moved[:at]) for at in range(4)]
    on = dial(code="export_valley")
    days = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-05-01"]
    kept = [reading(f"{day} {value}") for day, value in zip(days, values, strict=True)]
    made = estimate(on.register, kept[:3], date(2026, 4, 1), recent_days=100)
    assert made is not None
    guess = reading(f"2026-04-01 {made.value} estimated")
    months = [
        measure(1, Period(date(2026, 3, 1), date(2026, 4, 1)), [on], {1: [kept[2], guess]}),
        measure(1, Period(date(2026, 4, 1), date(2026, 5, 1)), [on], {1: [guess, kept[3]]}),
    ]
    assert [one.export_kwh for one in months if isinstance(one, Usage)] == [0, moved[2]]


def test_reactive_energy_is_counted_beside() -> None:
    found = used({"total": shown(0, 50, 100), "reactive": shown(5, 20, 45)})
    assert (found.kwh, found.of(RegisterCode.REACTIVE)) == (100, 40)


@given(
    st.lists(
        st.tuples(st.dates(date(2026, 9, 1), TODAY), st.integers(0, 2000)),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one[0],
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_entry_does_not_matter(rows: list[tuple[date, int]], chance: object) -> None:
    on = dial(most=Decimal(200), installed_on=date(2026, 1, 1))
    kept = [reading("2026-07-01 1000"), reading("2026-08-01 1150")]
    made = [
        Candidate(number, day, Decimal(value), ReadingKind.ACTUAL)
        for number, (day, value) in enumerate(rows, start=2)
    ]
    mixed = list(made)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = (
        {
            judged.candidate.row: [doubt.code for doubt in judged.doubts]
            for judged in judge([on], kept, some, shipped_rules(), today=TODAY)
        }
        for some in (made, mixed)
    )
    assert one == other
