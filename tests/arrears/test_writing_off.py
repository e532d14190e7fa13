"""A debt written off: proposed, approved by two others, posted, closed, and recovered later."""

from dataclasses import replace
from datetime import date

import pytest

from arrears import approval, figures, review, store, writing_off
from arrears import invariants as of_arrears
from arrears.credit import Grade
from arrears.decide import look_again
from arrears.policy import BadPolicyError, parse_policy
from arrears.standing import Standing
from arrears.step import Step, StepKind, StepState
from arrears.writing_off import CannotWriteOffError
from billing import books
from billing import invariants as of_billing
from billing.money import money
from config.approval import AlreadyDecidedError, OwnWorkError
from meters import orders
from tests.arrears import shipped, street

DAY = date(2026, 6, 1)
WHY = {"reason": "company dissolved", "evidence": "register, file 17"}
OWED = money(300)


def ask(sessions, by=street.MAKER, **others):
    """Ask that the debt of A-100 be written off."""
    facts = WHY | others
    return writing_off.ask(sessions, "A-100", by=by, today=DAY, now=street.at(DAY), **facts)


def say(sessions, asked, no, *, day=DAY):
    """Let one of the officers say yes."""
    with sessions() as session:
        user = street.officer(session, no)
    return approval.approve(
        sessions, asked.approval_id, by=user, reason="seen", today=day, now=street.at(day)
    )


def written(sessions):
    """Write the debt of A-100 off by two people."""
    asked = ask(sessions)
    say(sessions, asked, 0)
    return say(sessions, asked, 1)


def sound(sessions, day=DAY):
    """Test whether everything that must hold does."""
    with sessions() as session:
        found = of_billing.findings(session, today=day) + of_arrears.findings(session, today=day)
    return found == []


def owed(sessions, account, day=DAY):
    """Return what is open of an account and what stands written off of it."""
    with sessions() as session:
        charges = books.open_charges(session, [account.id], as_of=day).get(account.id, ())
        lost = books.written_off(session, [account.id], as_of=day).get(account.id, ())
    return sum(one.open for one in charges), sum(one.amount for one in lost)


def test_two_others_approve_and_then_it_is_posted_and_the_case_closed(sessions, account):
    asked = ask(sessions, by=street.OFFICERS[0])
    assert asked.amount == OWED
    with pytest.raises(OwnWorkError):
        say(sessions, asked, 0)
    assert say(sessions, asked, 1).step.state is StepState.PROPOSED
    assert owed(sessions, account) == (OWED, 0)
    assert say(sessions, asked, 2).step.state is StepState.DONE
    assert owed(sessions, account) == (0, OWED)
    with sessions() as session:
        assert store.open_cases(session, [account.id]) == {}
        (kept,) = store.steps_of(session, account.id)
        assert books.receivable(session, as_of=DAY) == 0
    assert kept.facts["reasons"] == ["reason: company dissolved", "evidence: register, file 17"]
    assert sound(sessions)


def test_what_is_written_off_is_never_dunned_again(sessions, account):
    written(sessions)
    found = review.review(sessions, today=DAY, now=street.at(DAY))
    assert found.proposals == ()


def test_a_payment_before_the_second_word_ends_it(sessions, account):
    asked = ask(sessions)
    say(sessions, asked, 0)
    street.pay(sessions, account, "400.00", on=DAY)
    with pytest.raises(AlreadyDecidedError, match="withdrawn"):
        say(sessions, asked, 1)
    assert owed(sessions, account)[1] == 0
    assert sound(sessions)


def test_what_falls_overdue_after_it_was_asked_for_is_not_written_off(sessions, account):
    with sessions.begin() as session:
        street.bill(session, account, "50.00", due=DAY)
    asked = ask(sessions)
    say(sessions, asked, 0)
    later = DAY + 5 * street.DAY
    assert say(sessions, asked, 1, day=later).step.state is StepState.DONE
    left, lost = owed(sessions, account, later)
    # What its lateness came to was posted with the second bill, and is lost with it.
    assert left == money(50)
    assert OWED < lost < OWED + money(50)
    assert sound(sessions, later)


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_asked(sessions, account):
    with pytest.raises(CannotWriteOffError) as refused:
        ask(sessions, reason=" ", evidence="")
    assert "reason" in str(refused.value)
    assert "evidence" in str(refused.value)
    asked = ask(sessions)
    with pytest.raises(CannotWriteOffError, match="write_off is proposed already"):
        ask(sessions)
    with sessions() as session:
        assert [one.id for one in store.steps_of(session, account.id)] == [asked.step_id]
    how = {"by": "li", "today": DAY, "now": street.at(DAY)}
    with pytest.raises(CannotWriteOffError, match="nothing of it is written off"):
        writing_off.recover(sessions, "A-100", **how)
    with pytest.raises(CannotWriteOffError, match="nothing is overdue"):
        writing_off.ask(sessions, "A-200", **WHY, **how)


def test_what_comes_in_later_is_recovered_part_by_part(sessions, account):
    written(sessions)
    later = DAY + 40 * street.DAY
    how = {"by": "li", "today": later, "now": street.at(later)}
    with pytest.raises(CannotWriteOffError, match="no money stands on it"):
        writing_off.recover(sessions, "A-100", **how)
    street.pay(sessions, account, "120.00", on=later)
    assert writing_off.recover(sessions, "A-100", **how) == money(120)
    assert owed(sessions, account, later) == (0, money(180))
    street.pay(sessions, account, "500.00", on=later, reference="second")
    assert writing_off.recover(sessions, "A-100", **how) == money(180)
    assert owed(sessions, account, later) == (0, 0)
    with sessions() as session:
        assert books.on_account(session, [account.id], as_of=later) == {account.id: money(320)}
    assert sound(sessions, later)


@pytest.mark.slow
def test_supply_is_given_back_once_all_that_was_written_off_has_come_in(sessions, account):
    street.live(sessions, account, street.DUE, date(2026, 5, 20))
    assert street.steps(sessions, account)[-1].kind is StepKind.DISCONNECTION
    day = date(2026, 6, 1)
    asked = writing_off.ask(sessions, "A-100", by="li", today=day, now=street.at(day), **WHY)
    say(sessions, asked, 0, day=day)
    say(sessions, asked, 1, day=day)
    with sessions() as session:
        assert store.open_cases(session) == {}
    later = day + 30 * street.DAY
    how = {"by": "li", "today": later, "now": street.at(later)}
    for amount, kinds in (("100.00", []), ("400.00", ["reconnection"])):
        street.pay(sessions, account, amount, on=later, reference=amount)
        writing_off.recover(sessions, "A-100", **how)
        own = [one for one in street.steps(sessions, account) if one.is_pending]
        assert [str(one.kind) for one in own] == kinds
    with sessions() as session:
        cut, back = orders.orders(session)
    assert (back.kind, back.service_point_id) == ("reconnect", cut.service_point_id)
    street.night(sessions, later)
    street.work(sessions, later)
    assert street.steps(sessions, account)[-1].state is StepState.DONE
    street.night(sessions, later + street.DAY)
    with sessions() as session:
        assert store.open_cases(session) == {}
    assert sound(sessions, later + street.DAY)


def test_a_payment_that_is_taken_back_leaves_the_debt_written_off(sessions, account):
    written(sessions)
    later = DAY + 40 * street.DAY
    street.pay(sessions, account, "120.00", on=later)
    writing_off.recover(sessions, "A-100", by="li", today=later, now=street.at(later))
    with sessions.begin() as session:
        (payment,) = books.payments_of(session, account.id)
        books.reverse_payments(session, [payment.id], posted_on=later, reason="bounced")
    assert owed(sessions, account, later) == (0, OWED)
    assert sound(sessions, later)


def test_writing_off_collects_nothing_and_hides_nothing_from_the_ceiling(sessions, account):
    day = date(2027, 6, 1)

    def line():
        with sessions() as session:
            return figures.kpis(session, as_of=day)[-1]

    before = line()
    asked = writing_off.ask(sessions, "A-100", by="li", today=day, now=street.at(day), **WHY)
    say(sessions, asked, 0, day=day)
    say(sessions, asked, 1, day=day)
    after = line()
    assert (before.of.written_off, after.of.written_off) == (0, OWED)
    assert (after.of.settled, after.of.balance) == (before.of.settled, 0)
    assert before.figures["bad_debt_ratio"] == after.figures["bad_debt_ratio"] == 100
    assert after.is_over(5)


def test_supply_that_was_cut_stays_off_and_the_case_closes():
    cut = Step(
        1, 1, 1, StepKind.DISCONNECTION, "cut", DAY, OWED, StepState.DONE, 0, "", done_on=DAY
    )
    lost = replace(cut, id=2, kind=StepKind.WRITE_OFF, level="")
    rules = shipped.rules()
    paid = look_again(Standing(1, Grade.C, steps=(cut,)), rules, today=DAY)
    assert (paid.is_to_reconnect, paid.is_over) == (True, False)
    given_up = look_again(Standing(1, Grade.C, steps=(cut, lost)), rules, today=DAY)
    assert (given_up.is_to_reconnect, given_up.is_over) == (False, True)


def test_a_policy_lets_no_one_person_write_off():
    table = shipped.table_of("policies/dunning/cn/2024-06-01")
    next(one for one in table["level"] if one["step"] == "write_off")["approvals"] = 1
    with pytest.raises(BadPolicyError, match="level write_off: approvals: two people"):
        parse_policy("own", table)
