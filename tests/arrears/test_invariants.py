"""What must always hold of the arrears room, and that a hand in the database is noticed."""

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from arrears import invariants, store
from arrears.step import StepKind, StepState
from arrears.tables import AssessmentRow, CreditStandingRow, StepRow
from billing import books
from billing.payment import NewDemand
from billing.supply import SupplyClass
from tests.arrears import street
from tests.billing import town

DUE = street.DUE
DAY = street.DAY
CUT_BY = date(2026, 5, 20)


@pytest.fixture
def cut(sessions):
    """Cut an account off for its debt, by the book."""
    with sessions.begin() as session:
        street.enact(session)
        account = town.settle_in(session, "A-100")["A-100"]
        street.bill(session, account, "300.00", due=DUE)
    street.work(sessions, street.until_cut_is_ordered(sessions, account))
    assert street.steps(sessions, account)[-1].kind is StepKind.DISCONNECTION
    return account


def found(sessions, today=CUT_BY):
    with sessions() as session:
        return [(one.check, one.message) for one in invariants.findings(session, today=today)]


def test_nothing_is_found_after_a_lawful_life(sessions, cut):
    assert found(sessions) == []
    street.pay(sessions, cut, "500.00", on=CUT_BY)
    street.work(sessions, CUT_BY)
    street.night(sessions, CUT_BY + DAY)
    assert found(sessions, CUT_BY + DAY) == []


def test_a_notice_whose_service_was_moved_is_noticed(sessions, cut):
    notice = next(s for s in street.steps(sessions, cut) if s.served_on is not None)
    with sessions.begin() as session:
        store.set_served(session, notice.id, served_on=CUT_BY)
    assert [check for check, _ in found(sessions)] == [invariants.CUTS]


def test_a_grade_that_was_changed_beside_its_assessment_is_noticed(sessions, cut):
    with sessions.begin() as session:
        session.execute(update(CreditStandingRow).values(grade="AAA"))
    ((check, message),) = found(sessions)
    assert check == invariants.NEWEST
    assert "AAA" in message


def test_a_grade_that_does_not_follow_from_its_indicators_is_noticed(sessions, cut):
    with sessions.begin() as session:
        table = AssessmentRow.__table__
        row = session.execute(select(table).order_by(table.c.id)).mappings().first()
        forged = {**row, "as_of": date(2025, 1, 1), "grade": "AAA", "tier": "low", "score": 100}
        del forged["id"]
        session.execute(insert(table).values(forged))
    assert [check for check, _ in found(sessions)] == [invariants.GRADES]


def test_a_step_that_hangs_over_somebody_who_paid_is_noticed(sessions, cut):
    street.pay(sessions, cut, "500.00", on=CUT_BY)
    street.work(sessions, CUT_BY)
    with sessions.begin() as session:
        row = session.scalars(select(StepRow).where(StepRow.kind == StepKind.LETTER)).first()
        posted = town.store.accounts(session, [cut.id])[cut.id].posted_no
        session.execute(
            update(StepRow)
            .where(StepRow.id == row.id)
            .values(state=StepState.APPROVED, done_on=None, posted_no=posted)
        )
    assert [check for check, _ in found(sessions)] == [invariants.SILENCE]


def test_every_check_has_a_name_of_its_own():
    assert len(set(invariants.CHECKS)) == len(invariants.CHECKS) == 8


def test_a_demand_over_another_amount_than_was_decided_is_noticed(sessions):
    with sessions.begin() as session:
        street.enact(session)
        shop = town.settle_in(session, "B-100", supply_class=SupplyClass.COMMERCIAL)["B-100"]
        street.bill(session, shop, "5000.00", due=DUE)
    day = street.until_asked(sessions, shop, StepKind.DEPOSIT_DEMAND)
    street.say_yes(sessions, day)
    assert found(sessions, day) == []
    with sessions.begin() as session:
        (was,) = books.deposit_demands(session, [shop.id])[shop.id]
        more = NewDemand(shop.id, was.amount + 1, day, was.due_on, was.demanded_by, was.reason)
        books.demand_deposits(session, [more])
    ((check, message),) = found(sessions, day)
    assert check == invariants.DEMANDED
    assert "demands 10,000.01, and 10,000.00 was decided" in message
