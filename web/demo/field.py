"""What follows from arrears in the demo: looked at, approved, told, served, cut, given back."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, time, timedelta

import arrears.approval
import arrears.conversion
import arrears.disconnection
import arrears.review
import arrears.store
import arrears.visits
import notices.store
from arrears.case import ConversionState
from arrears.step import Step, StepKind, StepState
from arrears.visits import VisitOutcome
from billing import books, cashier
from billing.payment import DepositDemand
from config import approval
from config.acts import MAY_APPROVE, Act
from config.approval import Approval
from config.database import reading
from config.people import User
from meters.orders import OrderKind, OrderState, orders
from notices import dispatch, printing, service
from notices.notice import NoticeKind
from notices.proof import WITNESSED, Method
from notices.record import Told
from web.demo import names
from web.demo.behaviour import Contact
from web.demo.lots import lot, one_of
from web.demo.people import Subscriber
from web.demo.staff import CASHIER, CLERK, COLLECTOR, approvers
from web.demo.stage import Stage
from web.demo.telephone import Telephone

# Of 1,000 things that wait for a word: refused, and left waiting for good.
_FATES = {
    Act.DEMAND_DEPOSIT: (150, 100),
    Act.CONVERT_TO_PREPAID: (500, 280),
    Act.DISCONNECT: (60, 20),
}
# Business days that an approval waits until somebody gets round to it, at most.
_WAITS_MAX = 4
# As often as one act may need another person's word in a morning.
_TURNS = 2
# Days of business until a printed notice is carried to its door, at most.
_SERVED_DAYS_MAX = 4
# What comes of a visit, out of a hundred.
_VISITS = (
    (VisitOutcome.PROMISED, 45),
    (VisitOutcome.NOBODY_THERE, 30),
    (VisitOutcome.REFUSED, 20),
    (VisitOutcome.MOVED, 5),
)
# Of 1,000 notices: nobody was found, and nothing could be left.
_NOT_FOUND = 60
_VISITS_MAX = 1_000
# What a step that is done tells the customer, and the days until it reaches them.
_TELLS = {
    StepKind.SMS_REMINDER: (Contact.SMS, 0),
    StepKind.LETTER: (Contact.LETTER, 2),
    StepKind.VISIT: (Contact.VISIT, 2),
    StepKind.DISCONNECTION: (Contact.CUT, 0),
}
# The days of the week on which crews cut (the first is Monday), and how many accounts a crew has.
_CUTTING_DAYS = frozenset({1, 2, 3})
_ACCOUNTS_A_CREW = 2000
# Of 1,000 who are asked for a deposit, and who are asked to sign a prepayment agreement.
_PAYS_DEPOSIT = 520
_SIGNS = 550


def contacts(stage: Stage) -> dict[int, list[tuple[date, Contact]]]:
    """Return what has reached each account with an open case, in the order of the days."""
    return {
        account_id: sorted(told for step in own if (told := _contact(step)) is not None)
        for account_id, own in _steps(stage).items()
    }


def _steps(stage: Stage) -> dict[int, list[Step]]:
    """Return what was done about each account with an open case."""
    with reading(stage.sessions) as session:
        cases = arrears.store.open_cases(session)
        return arrears.store.steps_in(session, [case.id for case in cases.values()], [])


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
    """Let the people who may say yes or no to what waits, as they get round to it."""
    with reading(stage.sessions) as session:
        waiting = approval.waiting(session)
        people = approvers(session)
    words = {one.id: word for one in waiting if (word := _word(stage, one, day)) is not None}
    # A yes wants as many people as the act; the first no is enough.
    missing = {one.id: one.missing if words.get(one.id) else 1 for one in waiting}
    for at, person in enumerate(people):
        for accept in (True, False):
            own = [
                one.id
                for one in waiting
                if words.get(one.id) is accept and missing[one.id] and _may_speak(person, one)
            ]
            _say(stage, own, person, accept=accept, day=day, minute=at)
            for approval_id in own:
                missing[approval_id] -= 1


def _may_speak(person: User, one: Approval) -> bool:
    has_spoken = any(vote.by == person.login for vote in one.votes)
    return not has_spoken and person.may(MAY_APPROVE[one.act])


def _say(
    stage: Stage, approval_ids: Sequence[int], by: User, *, accept: bool, day: date, minute: int
) -> None:
    if approval_ids:
        with stage.sessions.begin() as session:
            for key in approval.sample(approval_ids, by=by):
                approval.look(session, key, by=by, now=stage.now(day, time(10, minute)))
        arrears.approval.decide_all(
            stage.sessions,
            approval_ids,
            accept=accept,
            by=by,
            reason="debt and notices checked" if accept else "talks are under way",
            today=day,
            now=stage.now(day, time(10, minute)),
        )


def _word(stage: Stage, one: Approval, day: date) -> bool | None:
    """Return yes, no, or none while nobody has got round to it."""
    if one.act not in _FATES or one.account_id is None:
        return None
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
        today = [one for one in orders(session, states=[OrderState.DONE]) if one.state_on == day]
    left = _crews(stage, day) - sum(one.kind is OrderKind.CUT for one in today)
    cuts = [step for step in ready if step.kind is StepKind.DISCONNECTION][: max(0, left)]
    backs = [step for step in ready if step.kind is StepKind.RECONNECTION]
    for step in [*backs, *cuts]:
        with suppress(arrears.disconnection.MayNotCutError):  # It is the eve of a holiday.
            arrears.disconnection.done(
                stage.sessions,
                step.id,
                by=COLLECTOR,
                today=day,
                now=now,
                second_notice_at=now - timedelta(minutes=45),
            )


def _crews(stage: Stage, day: date) -> int:
    """Return how many supplies the crews can cut on a day: on one of many, if there are few."""
    if day.weekday() not in _CUTTING_DAYS:
        return 0
    whole, rest = divmod(len(stage.world.served), _ACCOUNTS_A_CREW)
    lucky = lot(stage.world.seed, "crew", day).randrange(_ACCOUNTS_A_CREW) < rest
    return whole + lucky


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
    now = stage.now(day, time(13))
    folder = stage.folder / "print"
    while printing.print_due(stage.sessions, folder, today=day, now=now, by=CLERK) is not None:
        pass  # A file holds some hundreds; the next call prints the next ones.
    for notice in _to_serve(stage, day):
        method, who = _at_the_door(stage, notice.number)
        service.serve(
            stage.sessions,
            notice.number,
            served_on=day,
            method=method,
            by=COLLECTOR,
            received_by=who if method is Method.DIRECT else "",
            witness=who if method in WITNESSED else "",
            today=day,
            now=stage.now(day, time(14)),
        )


def _to_serve(stage: Stage, day: date) -> list[Told]:
    """Return the disconnection notices that the collector carries to their doors today."""
    carried = [
        step for own in _steps(stage).values() for step in own if _is_carried(stage, step, day)
    ]
    found: dict[str, Told] = {}
    with reading(stage.sessions) as session:
        for step in carried:
            for notice in notices.store.notices(session, account_id=step.account_id, limit=5):
                is_it = notice.kind is NoticeKind.DISCONNECTION_NOTICE
                if is_it and notice.printed_on == step.done_on and notice.served_on is None:
                    found[notice.number] = notice
    return [notice for _, notice in sorted(found.items())]


def _is_carried(stage: Stage, step: Step, day: date) -> bool:
    """Say whether a printed notice is carried to its door today."""
    if step.kind is not StepKind.DISCONNECTION_NOTICE or step.state is not StepState.DONE:
        return False
    if step.served_on is not None or step.done_on is None or (day - step.done_on).days > 20:
        return False
    subscriber = stage.subscribers[step.account_id]
    draw = lot(stage.world.seed, "carried", subscriber.seq, step.done_on)
    if draw.randrange(1000) < _NOT_FOUND:
        return False
    after = draw.randint(1, _SERVED_DAYS_MAX)
    # On that day or never: the collector's bag holds some that nobody gets round to carrying.
    return stage.calendar.business_days_between(step.done_on, day) == after


def _at_the_door(stage: Stage, number: str) -> tuple[Method, str]:
    """Return how a notice is served, and who received it or saw it."""
    draw = lot(stage.world.seed, "door", number)
    methods = ((Method.DIRECT, 70), (Method.LEFT, 16), (Method.REFUSED, 6), (Method.REGISTERED, 8))
    return one_of(draw, methods), names.person(draw)


def visit(stage: Stage, day: date) -> None:
    """Call on those whom the policy wants to be called on."""
    with stage.sessions.begin() as session:
        ready = arrears.store.ready_steps(
            session, kinds=(StepKind.VISIT,), limit=_VISITS_MAX, today=day
        )
    for step in ready:
        draw = lot(stage.world.seed, "visit", stage.subscribers[step.account_id].seq, day)
        outcome = one_of(draw, _VISITS)
        promised = outcome is VisitOutcome.PROMISED
        arrears.visits.made(
            stage.sessions,
            step.id,
            outcome=outcome,
            note="",
            by=COLLECTOR,
            today=day,
            now=stage.now(day, time(15)),
            promised_on=day + timedelta(days=draw.randint(2, 10)) if promised else None,
        )
