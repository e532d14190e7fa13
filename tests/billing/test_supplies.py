from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import store
from billing.account import AccountTerms
from billing.supply import PaymentMode, Supply, SupplyClass, overlapping
from config import people
from config.database import reading
from tests.billing import town

TODAY = date(2026, 3, 1)


@pytest.fixture
def house(sessions):
    with sessions.begin() as session:
        town.enact(session)
        town.settle_in(session, "A-100", "B-1")
    return sessions


def test_search_tolerates_missing_leading_zeros_and_keeps_to_its_offices(house):
    with house.begin() as session:
        town.settle_in(session, "0001234", "0005678")
        town.settle_in(session, "0009999", office="south")

    with reading(house) as session:
        assert [hit.account_number for hit in store.search(session, "1234")] == ["0001234"]
        assert [hit.account_number for hit in store.search(session, "0005678")] == ["0005678"]
        assert len(store.search(session, "customer")) == 5
        assert len(store.search(session, "13800000000")) == 5
        assert store.search(session, "  ") == []
        assert store.search(session, "%") == []
        # A keyboard set to Chinese types its digits twice as wide.
        assert [hit.account_number for hit in store.search(session, "　０００１２３４")] == [
            "0001234"
        ]
        north = [one.id for one in people.offices(session) if one.code == "north"]
        found = store.search(session, "customer 000", office_ids=north)
        assert [hit.account_number for hit in found] == ["0001234", "0005678"]


def test_terms_hold_from_their_day(house):
    with house.begin() as session:
        account = town.settle_in(session, "A-1")["A-1"]
        store.add_terms(session, [AccountTerms(account.id, date(2026, 2, 1), 7)])

    with reading(house) as session:
        for on, days in ((date(2026, 1, 31), 15), (date(2026, 2, 1), 7), (None, 7)):
            assert store.accounts(session, [account.id], on=on)[account.id].credit_days == days


def test_payment_mode_changes_from_a_day_on(house):
    with house.begin() as session:
        account = town.settle_in(session, "A-1")["A-1"]
        store.set_payment_mode(session, [account.id], PaymentMode.PREPAID, on=TODAY)
        assert store.set_payment_mode(session, [account.id], PaymentMode.PREPAID, on=TODAY) == []
        (old, new) = store.supplies_of(session, [account.id])[account.id]

    assert (old.payment_mode, new.payment_mode) == (PaymentMode.POSTPAID, PaymentMode.PREPAID)


days = st.dates(date(2026, 1, 1), date(2026, 1, 20))


@given(st.lists(st.tuples(days, st.none() | days), max_size=6))
def test_supplies_overlap_exactly_when_they_share_a_day(spans):
    spans = [(start, end) for start, end in spans if end is None or end > start]
    supplies = [
        Supply(at, 1, 1, start, end, SupplyClass.RESIDENTIAL, "x")
        for at, (start, end) in enumerate(spans)
    ]
    last = date(2026, 2, 1)
    taken = [
        start.toordinal() + day
        for start, end in spans
        for day in range(((end or last) - start).days)
    ]

    assert bool(overlapping(supplies)) == (len(set(taken)) < len(taken))
