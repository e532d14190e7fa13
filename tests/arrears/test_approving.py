"""What people say yes and no to, what follows from it, and what is left alone."""

import pytest

from arrears import approval, conversion, holds, store
from arrears.case import ConversionState
from arrears.holds import HoldReason
from arrears.step import StepKind, StepState
from billing import books
from billing import store as master
from billing.payment import NewPayment
from billing.supply import PaymentMode, SupplyClass
from config import approval as approvals
from config.approval import AlreadyDecidedError, OwnWorkError
from tests.arrears import street
from tests.billing import town

DUE = street.DUE
DAY = street.DAY


def test_a_notice_wants_two_people(notice_is_asked):
    sessions, _account, day = notice_is_asked
    with sessions() as session:
        first, second = street.officer(session, 0), street.officer(session, 1)
        (asked,) = approvals.waiting(session)
    assert asked.needed == 2

    def approve(user):
        return approval.approve(
            sessions, asked.id, by=user, reason="seen", today=day, now=street.at(day)
        )

    assert approve(first).step.state is StepState.PROPOSED
    with pytest.raises(OwnWorkError):
        approve(first)
    assert approve(second).step.state is StepState.APPROVED


def test_many_are_decided_at_once_and_what_may_not_be_is_named(notice_is_asked):
    sessions, _account, day = notice_is_asked
    with sessions() as session:
        first, second = street.officer(session, 0), street.officer(session, 1)
        (asked,) = approvals.waiting(session)

    def approve_all(user):
        return approval.decide_all(
            sessions,
            [asked.id, asked.id],
            accept=True,
            by=user,
            reason="seen",
            today=day,
            now=street.at(day),
        )

    done, named = approve_all(first)
    assert done.step.state is StepState.PROPOSED
    assert isinstance(named.problem, OwnWorkError)
    done, named = approve_all(second)
    assert done.step.state is StepState.APPROVED
    assert isinstance(named.problem, AlreadyDecidedError)


def test_one_no_refuses_a_notice_and_it_rests(notice_is_asked):
    sessions, _account, day = notice_is_asked
    with sessions() as session:
        user = street.officer(session)
        (asked,) = approval.waiting(sessions, user)
    found = approval.refuse(
        sessions, asked.id, by=user, reason="old lady", today=day, now=street.at(day)
    )
    assert found.step.state is StepState.REFUSED
    quiet = street.night(sessions, day + 5 * DAY)
    assert [one.kind for one in quiet.proposals if one.kind is StepKind.DISCONNECTION_NOTICE] == []


def test_nobody_approves_a_notice_for_a_debt_that_was_paid_meanwhile(notice_is_asked):
    sessions, account, day = notice_is_asked
    with sessions.begin() as session:
        user = street.officer(session)
        (asked,) = approvals.waiting(session)
        new = NewPayment(account.id, "counter", "late", 50000, day)
        books.receive(session, [new], posted_on=day, by="till", now=street.at(day))
    found = approval.approve(
        sessions, asked.id, by=user, reason="seen", today=day, now=street.at(day)
    )
    assert found.step is None
    assert found.approval.state is approvals.State.WITHDRAWN


def test_a_deposit_that_is_approved_is_demanded(sessions, account):
    with sessions.begin() as session:
        shop = town.settle_in(session, "B-100", supply_class=SupplyClass.COMMERCIAL)["B-100"]
        street.bill(session, shop, "5000.00", due=DUE)
    day = street.until_asked(sessions, shop, StepKind.DEPOSIT_DEMAND)
    street.say_yes(sessions, day)
    with sessions() as session:
        (demand,) = books.deposit_demands(session, [shop.id])[shop.id]
    assert demand.amount == 1_000_000
    assert (demand.due_on - demand.demanded_on).days == 15
    assert "policies/dunning/2024-06-01" in demand.reason


def test_prepayment_is_agreed_then_ordered_then_active(sessions, account):
    with sessions.begin() as session:
        for due in (DUE + DAY, DUE + 20 * DAY):
            street.bill(session, account, "300.00", due=due)
    day = street.until_asked(sessions, account, StepKind.PREPAID_CONVERSION)
    street.say_yes(sessions, day)
    (found,) = conversion.conversions(sessions)
    assert found.state is ConversionState.AGREEMENT_WANTED
    how = {"by": "wu.gang", "today": day, "now": street.at(day)}
    with pytest.raises(conversion.BadConversionError, match="agreement_wanted"):
        conversion.activate(sessions, found.id, **how)
    conversion.agree(sessions, found.id, **how)
    assert conversion.activate(sessions, found.id, **how).state is ConversionState.ACTIVE
    with sessions() as session:
        supplies = master.supplies_on(session, [account.id], day)[account.id]
    assert [one.payment_mode for one in supplies] == [PaymentMode.PREPAID]
    with pytest.raises(conversion.BadConversionError, match="active"):
        conversion.withdraw(sessions, found.id, **how)


def test_who_is_offered_prepayment_is_not_offered_it_again_while_that_is_open(sessions, account):
    with sessions.begin() as session:
        for due in (DUE + DAY, DUE + 20 * DAY):
            street.bill(session, account, "300.00", due=due)
    day = street.until_asked(sessions, account, StepKind.PREPAID_CONVERSION)
    street.work(sessions, day)
    found = street.night(sessions, day + 200 * DAY)
    street.work(sessions, day + 200 * DAY)
    again = street.night(sessions, day + 201 * DAY)
    offered = [one.kind for one in (*found.proposals, *again.proposals)]
    assert StepKind.PREPAID_CONVERSION not in offered
    assert len(conversion.conversions(sessions)) == 1


def test_payment_ends_a_conversion_nobody_has_agreed_to(sessions, account):
    with sessions.begin() as session:
        for due in (DUE + DAY, DUE + 20 * DAY):
            street.bill(session, account, "300.00", due=due)
    day = street.until_asked(sessions, account, StepKind.PREPAID_CONVERSION)
    street.work(sessions, day)
    street.pay(sessions, account, "2000.00", on=day)
    (found,) = conversion.conversions(sessions)
    assert found.state is ConversionState.WITHDRAWN


def test_a_step_on_hold_waits_and_goes_on(sessions, account):
    day = DUE + 3 * DAY
    street.night(sessions, day)
    holds.place(
        sessions,
        "A-100",
        reason=HoldReason.PROMISE,
        note="pays on Friday",
        ends_on=day + DAY,
        by="wu.gang",
        today=day,
        now=street.at(day),
    )
    for later, ready in ((0, 0), (1, 0), (2, 1)):
        with sessions.begin() as session:
            found = store.ready_steps(
                session, kinds=list(StepKind), limit=10, today=day + later * DAY
            )
        assert len(found) == ready


def test_a_hold_needs_an_account_an_end_and_a_reason(sessions, account):
    for number, note, ends_on, said in (
        ("A-999", "x", DUE, "there is none"),
        ("A-100", " ", DUE, "say why"),
        ("A-100", "x", DUE - DAY, "past"),
    ):
        with pytest.raises(holds.BadHoldError, match=said):
            holds.place(
                sessions,
                number,
                reason=HoldReason.OTHER,
                note=note,
                ends_on=ends_on,
                by="wu.gang",
                today=DUE,
                now=street.at(DUE),
            )
