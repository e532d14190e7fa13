"""Capacity rests for so many months of a calendar year as the market's law says, and no more."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import customers, suspensions
from billing.resting import may_rest_until
from billing.supply import Protection, SupplyClass
from billing.tenancy import first_of_month
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
    asked = {"kva": Decimal(315), "asked_on": day - timedelta(30)}
    customers.suspend(sessions, **of("F1", on=day, today=day, **asked))
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


# 10 February 2026 is a Tuesday; the Spring Festival is off from the 15th to the 23rd, and the 14th
# and the 28th are worked for it.
@pytest.mark.parametrize(
    ("asked_on", "on", "right"),
    [
        ("2026-03-02", "2026-03-09", None),
        ("2026-03-02", "2026-03-06", "2026-03-09"),
        ("2026-02-10", "2026-02-15", "2026-02-24"),
        ("2026-02-11", "2026-02-24", "2026-02-25"),
    ],
)
def test_a_suspension_is_asked_for_five_working_days_before(works, asked_on, on, right):
    asked, day = date.fromisoformat(asked_on), date.fromisoformat(on)
    act = of("F1", on=day, today=asked, kva=Decimal(315))

    if right is not None:
        with pytest.raises(customers.RefusedActError, match=f"5 business days .* from {right} on"):
            customers.suspend(works, **act)
        act = of("F1", on=date.fromisoformat(right), today=asked, kva=Decimal(315))
    customers.suspend(works, **act)

    assert supplies_of(works, "F1")[-1].suspended_kva == 315


def test_what_was_asked_for_in_time_is_entered_later_but_not_before_it_was_asked(works):
    day = date(2026, 3, 9)
    act = of("F1", on=day, today=day, kva=Decimal(315))
    with pytest.raises(customers.RefusedActError, match="2026-03-10 hasn't come yet"):
        customers.suspend(works, **act, asked_on=date(2026, 3, 10))
    customers.suspend(works, **act, asked_on=date(2026, 3, 2))


def test_capacity_that_is_paid_for_by_demand_rests_for_whole_months(works):
    asked = {"today": date(2026, 3, 2), "asked_on": date(2026, 3, 2)}
    to = {"tariff": "industrial_two_part_demand", "contracted_kw": Decimal(400)}
    customers.change(works, **of("F1", on=date(2026, 1, 1), today=date(2026, 3, 2), to=to))

    for on in (date(2026, 3, 3), date(2026, 3, 12)):
        with pytest.raises(customers.RefusedActError, match=r"2026-04-01"):
            customers.suspend(works, **of("F1", on=on, kva=None, **asked))
    customers.suspend(works, **of("F1", on=date(2026, 4, 1), kva=None, **asked))

    end = {"today": date(2026, 5, 10)}
    with pytest.raises(customers.RefusedActError, match="whole months; take 2026-06-01"):
        customers.resume(works, **of("F1", on=date(2026, 5, 10), **end))
    customers.resume(works, **of("F1", on=date(2026, 6, 1), **end))


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_the_next_month_begins_on_its_first_day(day):
    first = first_of_month(day)

    assert first.day == 1
    assert 0 <= (first - day).days < 31
