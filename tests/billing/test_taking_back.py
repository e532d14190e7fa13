"""A clerk who mistyped takes it back, and enters for the same day what is right."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError

from billing import agreeing, customers, invariants, run, store, taking_back
from billing.agreeing import Wanted
from billing.supply import PaymentMode, SupplyClass, Terms
from billing.tables import SupplyRow
from billing.tenancy import Dated
from config import journal
from config.database import reading
from meters.reading import RegisterCode
from tests.billing import grid
from tests.billing.grid import CHIEF, CLERK, at, town
from tests.billing.test_moving import FEBRUARY, TODAY, acted, issued, of, supplies_of

AHEAD = date(2026, 3, 1)


def back(sessions, number="A1", what=Dated.SUPPLY, today=TODAY, **facts):
    where = {"service_point": f"P{number}"} if what is Dated.SUPPLY else {}
    told = {"by": CLERK, "reason": "mistyped", "today": today, "now": at(today)}
    return customers.take_back(sessions, account_number=number, what=what, **where, **told, **facts)


def agreed(sessions, asked, door=taking_back.agree, today=TODAY):
    return door(sessions, asked, by=grid.person(CHIEF), reason="yes", today=today, now=at(today))


def kept(sessions):
    with reading(sessions) as session:
        return session.execute(
            text("SELECT kind, reason, taken_back_by FROM taken_back ORDER BY id")
        ).all()


@pytest.mark.parametrize("on", [TODAY, AHEAD], ids=["from today", "from a day to come"])
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"household_size": 6}, {"household_size": 5}),
        ({"supply_class": SupplyClass.AGRICULTURAL, "tariff": "agricultural"}, {"tariff": "x"}),
    ],
    ids=["household", "class"],
)
def test_a_wrong_change_is_taken_back_and_the_right_one_entered_for_its_day(
    sessions, on, wrong, right
):
    town(sessions, A1=310)
    (before,) = supplies_of(sessions, "A1")
    customers.change(sessions, **of("A1", on=on, to=wrong))

    assert back(sessions) is None

    assert supplies_of(sessions, "A1") == [before]
    assert kept(sessions) == [("supply", "mistyped", CLERK)]
    right = right if "tariff" not in right else {"household_size": 3}
    changed = customers.change(sessions, **of("A1", on=on, to=right))
    assert changed.starts_on == on
    with reading(sessions) as session:
        acts = [note.act for note in journal.notes(session, by=CLERK)]
        assert acts[:3] == ["change supply", "take back", "change supply"]
        assert invariants.findings(session, today=TODAY) == []


def test_what_is_right_may_be_wrong_again(sessions):
    town(sessions, A1=310)
    for size in (6, 7, 8):
        customers.change(sessions, **of("A1", to={"household_size": size}))
        assert back(sessions) is None

    assert len(supplies_of(sessions, "A1")) == 1
    assert len(kept(sessions)) == 3


def test_what_is_entered_anew_gets_no_key_of_what_is_gone_and_stays(sessions):
    town(sessions, A1=310)
    for size in (6, 7):
        customers.change(sessions, **of("A1", to={"household_size": size}))
        assert back(sessions) is None
    customers.change(sessions, **of("A1", to={"household_size": 5}))

    with sessions() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(delete(SupplyRow).where(SupplyRow.household_size == 5))
    with reading(sessions) as session:
        assert len(set(session.scalars(text("SELECT row_id FROM taken_back")))) == 2
        assert invariants.findings(session, today=TODAY) == []


def test_a_row_under_the_key_of_one_that_is_gone_is_found(sessions):
    town(sessions, A1=310)
    customers.change(sessions, **of("A1", to={"household_size": 6}))
    back(sessions)
    customers.change(sessions, **of("A1", to={"household_size": 5}))
    with sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO taken_back SELECT 99, kind, (SELECT max(id) FROM supply), account_id,"
                " facts, reason, taken_back_by, taken_back_on FROM taken_back"
            )
        )

    with reading(sessions) as session:
        (found,) = invariants.findings(session, today=TODAY)
    assert found.check == "what was taken back is gone"


def test_a_moving_in_and_a_moving_out_are_taken_back_in_their_order(sessions):
    town(sessions, A1=310, B1=10)
    shown = {RegisterCode.TOTAL: Decimal("400.5")}
    customers.move_out(sessions, **of("A1", readings=shown))
    terms = Terms(SupplyClass.RESIDENTIAL, "residential_beijing")
    customers.move_in(sessions, **acted(account_number="B1", service_point="PA1", terms=terms))

    with pytest.raises(customers.RefusedActError, match=r"account B1 from .* take that back"):
        back(sessions)
    taken = {"by": CLERK, "reason": "wrong flat", "today": TODAY, "now": at(TODAY)}
    customers.take_back(
        sessions, account_number="B1", what=Dated.SUPPLY, service_point="PA1", **taken
    )
    assert back(sessions) is None

    (mine,) = supplies_of(sessions, "A1")
    assert mine.ends_on is None
    assert len(supplies_of(sessions, "B1")) == 1


def test_a_suspension_is_taken_back(sessions):
    with sessions.begin() as session:
        grid.enact(session)
        grid.settle(
            session,
            {"F1": "industrial_two_part"},
            supply_class=SupplyClass.INDUSTRIAL,
            capacity_kva=Decimal(815),
        )
    customers.suspend(sessions, **of("F1", kva=Decimal(815), asked_on=date(2026, 1, 5)))

    back(sessions, "F1")

    (supply,) = supplies_of(sessions, "F1")
    assert supply.suspended_kva is None


def test_what_holds_since_an_earlier_day_stays(sessions):
    town(sessions, A1=310)
    customers.change(sessions, **of("A1", to={"household_size": 6}))

    with pytest.raises(customers.RefusedActError, match=r"since 2026-02-20, .* today on"):
        back(sessions, today=date(2026, 2, 21))

    assert len(supplies_of(sessions, "A1")) == 2


def test_what_a_bill_stands_on_stays(sessions):
    town(sessions, A1=310)
    issued(sessions, FEBRUARY)
    customers.move_out(
        sessions,
        **of("A1", on=FEBRUARY, today=FEBRUARY, readings={RegisterCode.TOTAL: Decimal(310)}),
    )

    with pytest.raises(customers.RefusedActError, match="PA1 is billed up to 2026-02-01; have"):
        back(sessions, today=FEBRUARY)


def test_the_database_itself_lets_nothing_go_that_is_not_kept(sessions):
    town(sessions, A1=310)

    with sessions() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(delete(SupplyRow))


def test_a_payment_mode_that_two_agreed_to_is_taken_back_by_two(sessions):
    town(sessions, A1=310)
    told = {"by": CLERK, "reason": "asked", "today": TODAY, "now": at(TODAY)}
    wanted = Wanted(TODAY, payment_mode=PaymentMode.PREPAID, service_point="PA1")
    asked = agreeing.ask_terms(sessions, account_number="A1", wanted=wanted, **told)
    agreed(sessions, asked, agreeing.agree)

    asked = back(sessions)

    assert len(supplies_of(sessions, "A1")) == 2, "nothing is done yet"
    with pytest.raises(customers.RefusedActError, match=f"approval {asked} waits"):
        back(sessions)
    agreed(sessions, asked)
    (supply,) = supplies_of(sessions, "A1")
    assert supply.payment_mode is PaymentMode.POSTPAID


def test_terms_are_taken_back_by_two_until_a_bill_was_issued_on_them(sessions):
    town(sessions, A1=310)
    told = {"by": CLERK, "reason": "asked", "today": FEBRUARY, "now": at(FEBRUARY)}

    def change(days):
        wanted = Wanted(FEBRUARY, credit_days=days)
        asked = agreeing.ask_terms(sessions, account_number="A1", wanted=wanted, **told)
        return agreed(sessions, asked, agreeing.agree, today=FEBRUARY)

    change(3)
    account = agreed(sessions, back(sessions, what=Dated.TERMS, today=FEBRUARY), today=FEBRUARY)
    assert account.credit_days == 15
    assert change(30).credit_days == 30
    run.issue(
        sessions,
        run.bill(
            sessions, cycle=None, until=FEBRUARY, by=CLERK, today=FEBRUARY, now=at(FEBRUARY)
        ).run_id,
        by=CHIEF,
        today=FEBRUARY,
        now=at(FEBRUARY),
    )

    with pytest.raises(customers.RefusedActError, match=r"bill .* was issued since 2026-02-01"):
        back(sessions, what=Dated.TERMS, today=FEBRUARY)
    with pytest.raises(customers.RefusedActError, match="only what holds from today on"):
        back(sessions, what=Dated.TERMS, today=TODAY)


def test_a_name_is_taken_back(sessions):
    town(sessions, A1=310)
    with pytest.raises(customers.RefusedActError, match="never had another name"):
        back(sessions, what=Dated.NAME)
    for name in ("Wang Wie", "Wang Wei"):
        told = {"on": TODAY, "by": CLERK, "reason": "x", "today": TODAY, "now": at(TODAY)}
        customers.rename(sessions, account_number="A1", name=name, **told)
        if name == "Wang Wie":
            assert back(sessions, what=Dated.NAME) is None

    with reading(sessions) as session:
        found = store.find_customers(session, ["A1"])["A1"]
        events = [one.facts for one in customers.find_history(session, "A1")]
    assert found.name == "Wang Wei"
    assert events[0] == {"name": ("Customer A1", "Wang Wei")}
