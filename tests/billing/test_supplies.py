from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import customers, invariants, store
from billing.supply import PaymentMode, Supply, SupplyClass, Terms, overlapping
from config import journal, people
from config.database import reading
from tests.billing import town

TODAY = date(2026, 3, 1)


@pytest.fixture
def house(sessions):
    with sessions.begin() as session:
        town.enact(session)
        town.settle_in(session, "A-100", "B-1")
    return sessions


def test_one_moves_out_and_another_moves_in_on_the_same_day(house):
    on = date(2026, 2, 1)

    def move_in():
        return customers.move_in(
            house,
            account_number="B-1",
            service_point="SP-A-100",
            on=on,
            terms=Terms(SupplyClass.COMMERCIAL, "shop"),
            by="li.na",
            now=town.at(TODAY),
        )

    with pytest.raises(store.OverlapError, match="end the first"):
        move_in()
    customers.move_out(
        house,
        account_number="A-100",
        service_point="SP-A-100",
        on=on,
        by="li.na",
        reason="sold the flat",
        now=town.at(TODAY),
    )
    move_in()

    with reading(house) as session:
        accounts = store.find_accounts(session, ["A-100", "B-1"])
        ids = [one.id for one in accounts.values()]
        before = store.supplies_on(session, ids, date(2026, 1, 31))
        after = store.supplies_on(session, ids, on)
        assert len(before[accounts["A-100"].id]) == 1
        assert accounts["A-100"].id not in after
        assert len(after[accounts["B-1"].id]) == 2
        assert invariants.findings(session, today=TODAY) == []
        acts = [note.act for note in journal.notes(session, by="li.na")]
        assert acts[:2] == ["move in", "move out"]


def test_a_change_ends_a_supply_and_starts_another(house):
    on = date(2026, 2, 1)

    customers.change(
        house,
        account_number="A-100",
        service_point="SP-A-100",
        on=on,
        to={"household_size": 7, "payment_mode": PaymentMode.PREPAID},
        by="li.na",
        reason="more family",
        now=town.at(TODAY),
    )

    with reading(house) as session:
        account = store.find_accounts(session, ["A-100"])["A-100"]
        old, new = store.supplies_of(session, [account.id])[account.id]
        assert (old.household_size, old.ends_on) == (None, on)
        assert (new.household_size, new.starts_on, new.ends_on) == (7, on, None)
        assert (new.payment_mode, new.tariff) == (PaymentMode.PREPAID, "residential")


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"account_number": "A-9"}, customers.UnknownAccountError),
        ({"service_point": "SP-9"}, customers.NoSupplyError),
        ({"on": date(2020, 1, 1)}, customers.NoSupplyError),
    ],
)
def test_what_is_not_there_cannot_be_ended(house, facts, error):
    wanted = {"account_number": "A-100", "service_point": "SP-A-100", "on": TODAY} | facts

    with pytest.raises(error):
        customers.move_out(house, **wanted, by="li.na", reason="?", now=town.at(TODAY))


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
        north = [one.id for one in people.offices(session) if one.code == "north"]
        found = store.search(session, "customer 000", office_ids=north)
        assert [hit.account_number for hit in found] == ["0001234", "0005678"]


def test_terms_hold_from_their_day(house):
    with house.begin() as session:
        account = town.settle_in(session, "A-1")["A-1"]
        store.add_terms(session, [(account.id, date(2026, 2, 1), 7)])

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
