"""Money that goes back, lateness that is waived: by two people, every cent accounted for."""

import threading
from datetime import date

import pytest

from billing import books, cashier, invariants, refunds, waivers
from billing.money import money
from config import approval, people
from config.database import reading
from config.people import Role
from tests.billing import town

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)


@pytest.fixture
def account(sessions):
    with sessions.begin() as session:
        town.enact(session)
        for login in ("wang", "zhao"):
            people.add_user(
                session,
                login=login,
                name=login,
                password="x",
                roles=[Role.SUPERVISOR, Role.CREDIT_OFFICER],
            )
        return town.settle_in(session, "A-100")["A-100"]


def pay(sessions, amount="100.00", *, on=MARCH_1, reference="T-1", method="cash", by="li.wei"):
    return cashier.pay(
        sessions,
        account_number="A-100",
        amount=money(amount),
        channel="counter",
        reference=reference,
        value_on=on,
        by=by,
        today=on,
        now=town.at(on),
        method=method,
    )


def ask_refund(sessions, amount="40.00", payee="Li Na, 6222"):
    return refunds.ask_refund(
        sessions,
        account_number="A-100",
        amount=money(amount),
        payee=payee,
        by="li.wei",
        reason="paid twice",
        today=MARCH_16,
        now=town.at(MARCH_16),
    )


def approve(sessions, door, asked, by="wang", on=MARCH_16):
    with reading(sessions) as session:
        user = people.find_user(session, by)
    return door(sessions, asked, by=user, reason="seen", today=on, now=town.at(on))


def stands(sessions, account, on=MARCH_26):
    with reading(sessions) as session:
        assert invariants.findings(session, today=on) == []
        credit = books.on_account(session, [account.id], as_of=on).get(account.id, 0)
        held = books.deposits_held(session, [account.id], as_of=on).get(account.id, 0)
        return credit, held, town.owed(session, account, as_of=on)


def test_what_stands_on_account_is_given_back_by_a_second_person(sessions, account):
    pay(sessions)

    made = approve(sessions, refunds.refund, ask_refund(sessions))

    assert (made.amount, made.payee, made.refunded_by) == (4_000, "Li Na, 6222", "wang")
    assert stands(sessions, account) == (6_000, 0, [])


@pytest.mark.parametrize(
    ("amount", "payee", "why"), [("100.01", "Li Na", "100.00 stands"), ("5", " ", "to whom")]
)
def test_no_more_is_given_back_than_there_is_and_to_somebody(sessions, account, amount, payee, why):
    pay(sessions)
    with pytest.raises(refunds.CannotRefundError, match=why):
        ask_refund(sessions, amount, payee)


def test_money_that_was_used_meanwhile_is_not_given_back_and_the_approval_still_waits(
    sessions, account
):
    pay(sessions)
    asked = ask_refund(sessions, "100.00")
    with sessions.begin() as session:
        town.bill(session, account, "30.00", on=MARCH_16, due_on=MARCH_26)

    with pytest.raises(refunds.CannotRefundError, match=r"70.00 stands on account A-100"):
        approve(sessions, refunds.refund, asked)
    with reading(sessions) as session:
        assert approval.find(session, asked).state is approval.State.WAITING
    assert stands(sessions, account) == (7_000, 0, [])


def test_a_refund_is_carried_out_once_by_two_who_approve_at_the_same_moment(sessions, account):
    pay(sessions)
    asked, outcomes, gate = ask_refund(sessions), [], threading.Barrier(2)

    def decide(by):
        gate.wait()
        try:
            outcomes.append(approve(sessions, refunds.refund, asked, by=by))
        except approval.AlreadyDecidedError as told:
            outcomes.append(told)

    clerks = [threading.Thread(target=decide, args=(by,)) for by in ("wang", "zhao")]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()

    assert sum(isinstance(one, refunds.Refund) for one in outcomes) == 1
    assert stands(sessions, account)[0] == 6_000


def test_a_payment_that_bounces_after_its_refund_leaves_the_refund_owed(sessions, account):
    receipt = pay(sessions)
    approve(sessions, refunds.refund, ask_refund(sessions))

    cashier.reverse(
        sessions,
        receipt.payment_id,
        by="wang",
        reason="returned by the bank",
        today=MARCH_26,
        now=town.at(MARCH_26),
    )

    assert stands(sessions, account) == (0, 0, [("fee", 4_000)])


def test_released_security_pays_what_is_owed_and_the_rest_goes_back(sessions, account):
    cashier.pay_deposit(
        sessions,
        account_number="A-100",
        amount=money("300"),
        channel="counter",
        reference="D-1",
        value_on=MARCH_1,
        by="li.wei",
        today=MARCH_1,
        now=town.at(MARCH_1),
    )
    with sessions.begin() as session:
        town.bill(session, account, "120.00", on=MARCH_1, due_on=MARCH_16)

    asked = refunds.ask_release(
        sessions,
        account_number="A-100",
        payee="Li Na, 6222",
        by="li.wei",
        reason="moved out",
        today=MARCH_26,
        now=town.at(MARCH_26),
    )
    made = approve(sessions, refunds.release, asked, on=MARCH_26)

    # Ten days late: 120.00 at 1 per mille a day are 1.20.
    assert made.amount == 30_000 - 12_000 - 120
    assert stands(sessions, account) == (0, 0, [])
    with pytest.raises(cashier.UnknownPaymentError, match="has been released"):
        cashier.reverse(sessions, 1, by="wang", reason="x", today=MARCH_26, now=town.at(MARCH_26))


def test_security_that_was_released_is_not_taken_back_out_of_what_came_after(sessions, account):
    def take(reference, on):
        return cashier.pay_deposit(
            sessions,
            account_number="A-100",
            amount=30_000,
            channel="counter",
            reference=reference,
            value_on=on,
            by="li.wei",
            today=on,
            now=town.at(on),
        )

    def take_back(receipt):
        day = {"today": MARCH_26, "now": town.at(MARCH_26)}
        cashier.reverse(sessions, receipt.payment_id, by="wang", reason="x", **day)

    first = take("D-1", MARCH_1)
    asked = refunds.ask_release(
        sessions,
        account_number="A-100",
        payee="Li Na, 6222",
        by="li.wei",
        reason="paid well",
        today=MARCH_16,
        now=town.at(MARCH_16),
    )
    approve(sessions, refunds.release, asked, on=MARCH_16)
    second = take("D-2", MARCH_26)

    with pytest.raises(cashier.UnknownPaymentError, match="has been released"):
        take_back(first)
    with reading(sessions) as session:
        assert books.deposits_held(session, [account.id]) == {account.id: 30_000}
    take_back(second)
    with reading(sessions) as session:
        assert not books.deposits_held(session, [account.id]).get(account.id)


def test_late_charges_are_waived_by_a_second_person_and_do_not_come_back(sessions, account):
    with sessions.begin() as session:
        town.bill(session, account, "1000.00", on=MARCH_1, due_on=MARCH_16)
    asked = waivers.ask_waiver(
        sessions,
        account_number="A-100",
        by="li.wei",
        reason="our letter came late",
        today=MARCH_26,
        now=town.at(MARCH_26),
    )

    _, waived = approve(sessions, waivers.waive, asked, on=MARCH_26)

    assert waived == 1_000
    assert stands(sessions, account) == (0, 0, [("energy", 100_000)])
    with reading(sessions) as session:
        assert books.late_charge_to(session, [account.id], as_of=MARCH_26) == {account.id: 0}
    with pytest.raises(waivers.CannotWaiveError, match="no late charge"):
        waivers.ask_waiver(
            sessions,
            account_number="A-100",
            by="li.wei",
            reason="again",
            today=MARCH_26,
            now=town.at(MARCH_26),
        )
