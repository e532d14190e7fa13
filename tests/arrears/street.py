"""A street with debts: the law and policies in force, people who approve, bills and payments."""

from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from arrears import approval, disconnection, review, store
from arrears.review import Review
from arrears.step import Step, StepKind, StepState
from billing import books
from billing.account import Account
from billing.money import money
from billing.payment import NewPayment
from billing.tables import BillRow
from config import approval as approvals
from config import dated, people
from config.people import Role, User
from tests.billing import town

MAKER = "zhao.min"
OFFICERS = ("qian.ying", "sun.li", "zhou.hua")
OPENED = date(2020, 1, 1)
DUE = date(2026, 3, 16)
DAY = timedelta(days=1)


def at(day: date, *, hour: int = 4) -> datetime:
    """Return a moment of the day; four o'clock in London is noon in Shanghai."""
    return town.at(day).replace(hour=hour)


def enact(session: Session) -> None:
    """Put the shipped law, dunning policy and scorecard of mainland China into force."""
    for login in OFFICERS:
        _hire(session, login)
    for file in dated.shipped():
        if file.subject in ("markets/cn", "policies/dunning", "policies/credit"):
            put_in_force(session, file)


def _hire(session: Session, login: str) -> None:
    # Past the store: nobody logs in here, and a password takes long to hash.
    row = people.UserRow(login=login, name=login, password_hash="-", language="zh", is_active=True)
    session.add(row)
    session.flush()
    for role in (Role.CREDIT_OFFICER, Role.SUPERVISOR):
        session.add(people.UserRoleRow(user_id=row.id, role=role))
    session.flush()


def put_in_force(session: Session, file: dated.DatedFile) -> None:
    """Let a file take force by the hands of two people."""
    asked = dated.propose(session, file, by=MAKER, now=at(OPENED))
    dated.activate(session, asked, by=officer(session), reason="law", now=at(OPENED))


def officer(session: Session, no: int = 0) -> User:
    """Return one of the people who may approve."""
    user = people.find_user(session, OFFICERS[no])
    assert user is not None
    return user


def bill(
    session: Session, account: Account, amount: str, *, due: date, raised: date | None = None
) -> None:
    """Issue and post a bill of the month before it was raised."""
    raised_on = raised or due - timedelta(days=15)
    made = town.bill(session, account, amount, on=raised_on, due_on=due)
    session.execute(
        update(BillRow)
        .where(BillRow.id == made.id)
        .values(period_start=raised_on - timedelta(days=30), period_end=raised_on)
    )


def pay(
    sessions: sessionmaker[Session],
    account: Account,
    amount: str,
    *,
    on: date,
    reference: str | None = None,
) -> int:
    """Take money at the counter and look at the account again, as the front door does."""
    new = NewPayment(
        account.id, "counter", reference or f"{account.number}-{on}", money(amount), on
    )
    with sessions.begin() as session:
        received = books.receive(session, [new], posted_on=on, by="till", now=at(on))
    review.reassess(sessions, [account.id], today=on, now=at(on))
    return received.payment_ids[0]


def take_back(
    sessions: sessionmaker[Session], payment_id: int, account: Account, *, on: date
) -> None:
    """Take a payment back, and look at the account again."""
    with sessions.begin() as session:
        books.reverse_payments(session, [payment_id], posted_on=on, reason="returned")
    review.reassess(sessions, [account.id], today=on, now=at(on))


def night(sessions: sessionmaker[Session], day: date) -> Review:
    """Run the review of a day."""
    return review.review(sessions, today=day, now=at(day))


def steps(sessions: sessionmaker[Session], account: Account) -> list[Step]:
    """Return the steps of an account, the oldest first."""
    with sessions() as session:
        return store.steps_of(session, account.id)[::-1]


def work(sessions: sessionmaker[Session], day: date, *, approve: bool = True) -> None:
    """Let the office do a day's work: approve, send, print, serve, cut and give back."""
    if approve:
        say_yes(sessions, day)
    with sessions.begin() as session:
        kinds = [kind for kind in StepKind if kind not in _AT_THE_METER]
        ready = store.ready_steps(session, kinds=kinds, limit=1000, today=day)
        store.mark(session, [step.id for step in ready], StepState.DONE, on=day)
    with sessions() as session:
        orders = store.pending_steps(session, kinds=_AT_THE_METER)
    for step in orders:
        disconnection.done(
            sessions,
            step.id,
            by="crew",
            today=day,
            now=at(day),
            second_notice_at=at(day, hour=3),
        )


def serve(sessions: sessionmaker[Session], account: Account, day: date) -> None:
    """Serve the account's notices that are printed and not served."""
    for step in steps(sessions, account):
        is_printed = step.done_on is not None and step.served_on is None
        if step.kind is StepKind.DISCONNECTION_NOTICE and is_printed:
            disconnection.served(
                sessions,
                step.id,
                served_on=day,
                method="by hand",
                by="wu.gang",
                today=day,
                now=at(day),
            )


def live(sessions: sessionmaker[Session], account: Account, since: date, until: date) -> None:
    """Let review and office live through some days; notices are served a day after printing."""
    day = since
    while day <= until:
        night(sessions, day)
        serve(sessions, account, day)
        work(sessions, day)
        day += DAY


def until_notice_is_served(sessions: sessionmaker[Session], account: Account) -> date:
    """Live until the account's disconnection notice was served, and return that day."""
    day = DUE
    while not any(step.served_on for step in steps(sessions, account)):
        day += 3 * DAY
        live(sessions, account, day, day)
    return day


def until_cut_is_ordered(sessions: sessionmaker[Session], account: Account) -> date:
    """Live until the account's cut was ordered and not carried out, and return that day."""
    day = until_notice_is_served(sessions, account) + 6 * DAY
    while steps(sessions, account)[-1].kind is not StepKind.DISCONNECTION:
        day += DAY
        night(sessions, day)
    return day


def until_asked(sessions: sessionmaker[Session], account: Account, kind: StepKind) -> date:
    """Live until people are asked for a step of the kind, and return that day."""
    day = DUE
    while not any(step.kind is kind for step in steps(sessions, account)):
        day += 3 * DAY
        night(sessions, day)
        work(sessions, day, approve=False)
    return day


def say_yes(sessions: sessionmaker[Session], day: date) -> None:
    """Let as many people as it takes approve whatever waits."""
    for no in range(len(OFFICERS)):
        with sessions() as session:
            user = officer(session, no)
            asked = approvals.waiting(session, user=user)
        for one in asked:
            approval.approve(sessions, one.id, by=user, reason="checked", today=day, now=at(day))


_AT_THE_METER = (StepKind.DISCONNECTION, StepKind.RECONNECTION)
