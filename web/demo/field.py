"""What follows from arrears in the demo: looked at, approved, told, served, cut, given back."""

from contextlib import suppress
from datetime import date, time, timedelta

import arrears.approval
import arrears.conversion
import arrears.disconnection
import arrears.review
import arrears.store
from arrears.case import ConversionState
from arrears.step import Step, StepKind, StepState
from billing import books, cashier
from billing.payment import DepositDemand
from config import approval
from config.approval import Act, Approval
from config.database import reading
from notices import dispatch
from web.demo.behaviour import Contact
from web.demo.lots import lot
from web.demo.people import Subscriber
from web.demo.staff import CASHIER, CLERK, COLLECTOR, approvers
from web.demo.stage import Stage
from web.demo.telephone import Telephone

# Of 1,000 things that wait for a word: refused, and left waiting for good.
_FATES = {
    Act.DEMAND_DEPOSIT: (150, 100),
    Act.CONVERT_TO_PREPAID: (250, 350),
    Act.DISCONNECT: (60, 20),
}
# Business days that an approval waits until somebody gets round to it, at most.
_WAITS_MAX = 4
# What a step that is done tells the customer, and the days until it reaches them.
_TELLS = {
    StepKind.SMS_REMINDER: (Contact.SMS, 0),
    StepKind.LETTER: (Contact.LETTER, 2),
    StepKind.VISIT: (Contact.VISIT, 2),
    StepKind.DISCONNECTION: (Contact.CUT, 0),
}
# The days of the week on which crews cut (the first is Monday), and how many accounts a crew has.
_CUTTING_DAYS = frozenset({1, 3})
_ACCOUNTS_A_CREW = 2000
# Of 1,000 who are asked for a deposit, and who are asked to sign a prepayment agreement.
_PAYS_DEPOSIT = 520
_SIGNS = 550


def contacts(stage: Stage) -> dict[int, list[tuple[date, Contact]]]:
    """Return what has reached each account with an open case, in the order of the days."""
    with reading(stage.sessions) as session:
        cases = arrears.store.open_cases(session)
        steps = arrears.store.steps_in(session, [case.id for case in cases.values()], [])
    return {
        account_id: sorted(told for step in own if (told := _contact(step)) is not None)
        for account_id, own in steps.items()
    }


def _contact(step: Step) -> tuple[date, Contact] | None:
    if step.served_on is not None:
        return step.served_on, Contact.NOTICE
    if step.state is not StepState.DONE or step.done_on is None or step.kind not in _TELLS:
        return None
    contact, days = _TELLS[step.kind]
    return step.done_on + timedelta(days=days), contact


def review(stage: Stage, day: date) -> None:
    """Let the house look at every account that owes."""
    arrears.review.review(stage.sessions, today=day, now=stage.now(day, time(6)))


def decide(stage: Stage, day: date) -> None:
    """Let the two people who may say yes or no to what waits, as they get round to it."""
    with reading(stage.sessions) as session:
        waiting = approval.waiting(session)
        people = approvers(session)
    for one in waiting:
        if one.act not in _FATES or one.account_id is None:
            continue
        accept = _word(stage, one, day)
        if accept is None:
            continue
        for at, person in enumerate(people[one.act][: one.missing if accept else 1]):
            door = arrears.approval.approve if accept else arrears.approval.refuse
            decided = door(
                stage.sessions,
                one.id,
                by=person,
                reason="debt and notices checked" if accept else "talks are under way",
                today=day,
                now=stage.now(day, time(10, at)),
            )
            if decided.approval.state is not approval.State.WAITING:
                break


def _word(stage: Stage, one: Approval, day: date) -> bool | None:
    """Return yes, no, or none while nobody has got round to it."""
    assert one.account_id is not None, "asked for an account"
    subscriber = stage.subscribers[one.account_id]
    asked_on = one.asked_at.astimezone(stage.zone).date()
    draw = lot(stage.world.seed, "approval", subscriber.seq, one.act, asked_on)
    refused, left = _FATES[one.act]
    fate = draw.randrange(1000)
    waits = draw.randrange(_WAITS_MAX + 1)
    waited = stage.calendar.business_days_between(asked_on, day)
    if waited < waits or refused <= fate < refused + left:
        return None
    return fate >= refused


def tell(stage: Stage, phone: Telephone, day: date) -> None:
    """Write the notices that are due, and send the messages among them."""
    now = stage.now(day, time(10, 30))
    dispatch.prepare(stage.sessions, today=day, now=now)
    phone.send(today=day, now=now)


def switch(stage: Stage, day: date) -> None:
    """Send the crews out: whoever has paid gets supply back today; some who haven't are cut."""
    now = stage.now(day, time(11))
    with stage.sessions.begin() as session:
        ready = arrears.store.ready_steps(
            session,
            kinds=(StepKind.RECONNECTION, StepKind.DISCONNECTION),
            limit=500,
            today=day,
        )
    cuts = [step for step in ready if step.kind is StepKind.DISCONNECTION]
    if day.weekday() not in _CUTTING_DAYS:
        cuts = []
    backs = [step for step in ready if step.kind is StepKind.RECONNECTION]
    for step in [*backs, *cuts[: _crews(stage)]]:
        with suppress(arrears.disconnection.MayNotCutError):  # It is the eve of a holiday.
            arrears.disconnection.done(
                stage.sessions,
                step.id,
                by=COLLECTOR,
                today=day,
                now=now,
                second_notice_at=now - timedelta(minutes=45),
            )


def _crews(stage: Stage) -> int:
    """Return how many supplies the crews can cut in a day."""
    return -(-len(stage.world.served) // _ACCOUNTS_A_CREW)


def secure(stage: Stage, day: date) -> None:
    """Let some pay the deposit they were asked for, and some sign for prepayment."""
    with reading(stage.sessions) as session:
        demands = books.deposit_demands(session, None)
        conversions = arrears.store.conversions(session, states=tuple(ConversionState))
    for account_id, own in sorted(demands.items()):
        for demand in own:
            if not demand.is_met and _agrees(
                stage, stage.subscribers[account_id], demand.demanded_on, day, _PAYS_DEPOSIT
            ):
                _pay_deposit(stage, demand, day)
    for one in conversions:
        subscriber = stage.subscribers[one.account_id]
        if one.state is ConversionState.AGREEMENT_WANTED and _agrees(
            stage, subscriber, one.approved_on, day, _SIGNS
        ):
            arrears.conversion.agree(
                stage.sessions, one.id, by=CLERK, today=day, now=stage.now(day)
            )


def _pay_deposit(stage: Stage, demand: DepositDemand, day: date) -> None:
    subscriber = stage.subscribers[demand.account_id]
    cashier.pay_deposit(
        stage.sessions,
        account_number=subscriber.account_number,
        amount=demand.amount - demand.paid,
        channel="counter",
        reference=f"{day:%y%m%d}D{subscriber.seq:06d}",
        value_on=day,
        by=CASHIER,
        today=day,
        now=stage.now(day, time(15)),
        demand_number=demand.number,
    )


def _agrees(stage: Stage, subscriber: Subscriber, asked_on: date, day: date, permille: int) -> bool:
    draw = lot(stage.world.seed, "agrees", subscriber.seq, asked_on)
    agrees_after = draw.randint(3, 14) if draw.randrange(1000) < permille else None
    return agrees_after is not None and day >= asked_on + timedelta(days=agrees_after)


def print_and_serve(stage: Stage, day: date) -> None:
    """Print what waits, and carry the disconnection notices printed before to their doors."""
