"""Capacity rests for so many months of a calendar year as the market's law says, and no more."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import customers, suspensions
from billing.resting import may_rest_until
from billing.supply import Protection, SupplyClass
from config.database import reading
from meters.period import Period
from tests.billing import grid
from tests.billing.test_moving import of, supplies_of


def span(start, end):
    return Period(date.fromisoformat(start), date.fromisoformat(end))


# Six months a calendar year: 供电营业规则 1996 art. 24, 发改办价格[2016]1583号.
@pytest.mark.parametrize(
    ("before", "since", "until"),
    [
        ([], "2026-01-01", "2026-07-01"),
        ([], "2026-01-10", "2026-07-10"),
        ([("2026-01-01", "2026-05-01")], "2026-06-01", "2026-08-01"),
        ([("2026-01-01", "2026-07-01")], "2026-08-01", "2026-08-01"),
        # 15 of January's 31 days, 5 months, and 16 of July's 31.
        ([("2026-01-01", "2026-01-16")], "2026-02-01", "2026-07-17"),
        # The year before counts for itself, and this one begins anew over New Year.
        ([("2025-06-01", "2026-02-01")], "2026-03-01", "2026-08-01"),
        ([], "2026-07-01", "2027-07-01"),
        ([], "2026-10-01", "2027-07-01"),
        ([("2026-01-01", "2026-06-01")], "2026-10-01", "2026-11-01"),
    ],
)
def test_a_year_s_rest_ends_after_six_months_of_it(before, since, until):
    rests = [span(*one) for one in before]

    found = may_rest_until(rests, date.fromisoformat(since), months_max=6)

    assert found == date.fromisoformat(until)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(1, 11))
def test_rest_is_never_cut_short_of_its_months_nor_goes_on_beyond_the_next_year(since, months):
    until = may_rest_until([], since, months_max=months)

    assert until.toordinal() - since.toordinal() >= min(
        28 * months, 365 - since.timetuple().tm_yday
    )
    assert until <= date(2027, 12, 2)


@pytest.fixture
def works(sessions):
    with sessions.begin() as session:
        grid.enact(session)
        grid.settle(
            session,
            {"F1": "industrial_two_part"},
            supply_class=SupplyClass.INDUSTRIAL,
            capacity_kva=Decimal(815),
            since=date(2025, 1, 1),
        )
    return sessions


def rest(sessions, start, end=None):
    day = date.fromisoformat(start)
    customers.suspend(sessions, **of("F1", on=day, today=day, kva=Decimal(315)))
    if end is not None:
        day = date.fromisoformat(end)
        customers.resume(sessions, **of("F1", on=day, today=day))


def test_capacity_that_has_rested_six_months_of_the_year_is_not_suspended_again(works):
    rest(works, "2026-01-10", "2026-07-10")

    with pytest.raises(customers.RefusedActError, match=r"6 months of 2026, .* art. 24"):
        rest(works, "2026-09-01")

    assert supplies_of(works, "F1")[-1].suspended_kva is None
    rest(works, "2027-01-01")


@pytest.mark.parametrize(
    ("today", "is_over"), [(date(2026, 9, 1), False), (date(2026, 9, 2), True)]
)
def test_what_rests_is_listed_with_the_day_on_which_the_law_wants_it_back(works, today, is_over):
    rest(works, "2026-01-01", "2026-05-01")
    rest(works, "2026-07-01")
    # A change meanwhile doesn't begin another suspension.
    day = date(2026, 8, 1)
    to = {"protection": Protection.WATER}
    customers.change(works, **of("F1", on=day, today=day, to=to))

    with reading(works) as session:
        (one,) = suspensions.resting(session, today=today)

    assert (one.account, one.service_point, one.since) == ("F1", "PF1", date(2026, 7, 1))
    assert (one.kva, one.until, one.is_over) == (315, date(2026, 9, 1), is_over)
