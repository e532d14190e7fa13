"""What must always hold of notices and their way, checked on a live database."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from config.finding import Finding
from notices.kept import from_facts
from notices.notice import Channel, Notice
from notices.outbox import MOVES, State
from notices.tables import (
    NoticeRow,
    NoticeStepRow,
    OutboxEventRow,
    OutboxRow,
    PrintBatchRow,
    ProofRow,
)
from notices.wording import Words

WORDS = "what a customer was told is kept word for word"
FORWARD = "a notice on its way only moved forward"
ONCE = "a step has told its customer at most once"
BATCHES = "a print batch holds the letters that say so"
PROOFS = "what was served had been printed"
WAITING = "a message is told of by its provider's id"
CHECKS = [WORDS, FORWARD, ONCE, BATCHES, PROOFS, WAITING]


def findings(session: Session, *, today: date) -> list[Finding]:
    """Return every offence against what must always hold of the notices room."""
    return [found for check in _CHECKS for found in check(session, today)]


def _words(session: Session, _today: date) -> Iterator[Finding]:
    query = select(NoticeRow).execution_options(yield_per=1_000)
    for row in session.scalars(query):
        notice = from_facts(Notice, row.facts)
        same = (
            Words.from_facts(row.words).plain() == row.text
            and notice.number == row.number
            and (notice.principal, notice.late_charge) == (row.principal, row.late_charge)
        )
        if not same:
            yield Finding(WORDS, f"notice {row.number}", "its text and its facts don't agree")


def _forward(session: Session, _today: date) -> Iterator[Finding]:
    query = (
        select(OutboxRow.id, OutboxRow.state, OutboxEventRow.state.label("event"))
        .outerjoin(OutboxEventRow, OutboxEventRow.outbox_id == OutboxRow.id)
        .order_by(OutboxRow.id, OutboxEventRow.id)
    )
    walked: dict[int, list[State]] = {}
    now: dict[int, State] = {}
    for outbox_id, state, event in session.execute(query):
        now[outbox_id] = State(state)
        walked.setdefault(outbox_id, []).extend([State(event)] if event else [])
    for outbox_id, states in walked.items():
        if not states or states[0] is not State.QUEUED or states[-1] is not now[outbox_id]:
            message = f"it is {now[outbox_id]}, and its events say {', '.join(states) or 'nothing'}"
            yield Finding(FORWARD, f"outbox {outbox_id}", message)
        for before, after in pairwise(states):
            if after not in MOVES[before]:
                yield Finding(FORWARD, f"outbox {outbox_id}", f"it went from {before} to {after}")


def _once(session: Session, _today: date) -> Iterator[Finding]:
    # A message that failed may be followed by a letter; otherwise one notice reaches the customer.
    reached = (State.SENT, State.DELIVERED, State.PRINTED, State.SENDING, State.UNKNOWN)
    query = (
        select(NoticeStepRow.step_id, func.count())
        .join(OutboxRow, OutboxRow.notice_id == NoticeStepRow.notice_id)
        .where(OutboxRow.state.in_(reached))
        .group_by(NoticeStepRow.step_id)
        .having(func.count() > 1)
    )
    for step_id, count in session.execute(query):
        yield Finding(ONCE, f"step {step_id}", f"{count} notices of it went out")


def _batches(session: Session, _today: date) -> Iterator[Finding]:
    query = (
        select(PrintBatchRow.number, PrintBatchRow.letters, func.count(OutboxRow.id))
        .outerjoin(OutboxRow, OutboxRow.batch_id == PrintBatchRow.id)
        .group_by(PrintBatchRow.number, PrintBatchRow.letters)
    )
    for number, letters, found in session.execute(query):
        if letters != found:
            message = f"its cover counts {letters} letters, and {found} name it"
            yield Finding(BATCHES, f"batch {number}", message)


def _proofs(session: Session, _today: date) -> Iterator[Finding]:
    query = (
        select(NoticeRow.number, ProofRow.served_on)
        .join(ProofRow, ProofRow.notice_id == NoticeRow.id)
        .join(OutboxRow, OutboxRow.notice_id == NoticeRow.id)
        .outerjoin(PrintBatchRow, PrintBatchRow.id == OutboxRow.batch_id)
        .where(or_(PrintBatchRow.id.is_(None), PrintBatchRow.printed_on > ProofRow.served_on))
    )
    for number, served_on in session.execute(query):
        message = f"it was served on {served_on}, when it had not been printed"
        yield Finding(PROOFS, f"notice {number}", message)


def _provider_ids(session: Session, _today: date) -> Iterator[Finding]:
    taken = (State.SENT, State.DELIVERED)
    query = select(OutboxRow.id, OutboxRow.state).where(
        OutboxRow.channel == Channel.SMS,
        OutboxRow.state.in_(taken),
        OutboxRow.provider_id.is_(None),
    )
    for outbox_id, state in session.execute(query):
        yield Finding(WAITING, f"outbox {outbox_id}", f"it is {state} without a provider's id")


_CHECKS: tuple[Callable[[Session, date], Iterator[Finding]], ...] = (
    _words,
    _forward,
    _once,
    _batches,
    _proofs,
    _provider_ids,
)
