"""Serve notices: keep the proof, and tell arrears, for the law's days begin with it."""

from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import disconnection
from arrears import store as casebook
from arrears.step import StepState
from arrears.switches import When
from billing import books
from config import journal
from notices import store
from notices.notice import Channel, NoticeKind
from notices.proof import Method, Proof, problems
from notices.record import Told


class UnknownNoticeError(Exception):
    """No notice on paper has this number."""


class NotServedError(Exception):
    """The proof of service can't be true, or is there already; the message says why."""


def serve(
    sessions: sessionmaker[Session],
    notice_number: str,
    *,
    served_on: date,
    method: Method,
    by: str,
    witness: str = "",
    received_by: str = "",
    note: str = "",
    today: date,
    now: datetime,
) -> Proof:
    """
    Record that a notice reached its customer; from that day the law counts.

    :param by: the login of the person who served it. :param witness: wanted where it was left
        or refused. :param received_by: wanted where it was handed over.
    :raises UnknownNoticeError: if no notice on paper has the number.
    :raises NotServedError: with everything that is wrong with the proof.
    """
    with sessions.begin() as session:
        told = _find(session, notice_number)
        account_ids = store.account_ids_of(session, [told.id])[told.id]
        books.lock_accounts(session, account_ids)
        proof = Proof(told.id, served_on, method, by, received_by, witness, note, now)
        _refuse(session, told, proof, today)
        store.add_proof(session, proof)
        _start_the_clock(session, told, proof, today)
        facts = {"method": method, "served_on": served_on, "witness": witness}
        journal.note(
            session,
            by=by,
            act="serve notice",
            subject=f"notice {notice_number}",
            facts=facts,
            now=now,
        )
    return proof


def _find(session: Session, number: str) -> Told:
    found = store.find_notice(session, number)
    if found is None or found.channel is not Channel.PAPER:
        raise UnknownNoticeError(
            f"no notice on paper has the number {number!r}; it stands below the bars of its receipt"
        )
    return found


def _refuse(session: Session, told: Told, proof: Proof, today: date) -> None:
    before = store.proofs(session, [told.id]).get(told.id)
    if before is not None:
        raise NotServedError(
            f"notice {told.number} was served on {before.served_on} already ({before.method}, "
            f"by {before.served_by}); nothing was changed"
        )
    wrong = problems(
        method=proof.method,
        served_on=proof.served_on,
        printed_on=told.printed_on,
        today=today,
        received_by=proof.received_by,
        witness=proof.witness,
    )
    if wrong:
        raise NotServedError(f"notice {told.number}: {'; '.join(wrong)}")


def _start_the_clock(session: Session, told: Told, proof: Proof, today: date) -> None:
    """Let arrears know from which day the law counts, unless the step was withdrawn since."""
    if told.kind is not NoticeKind.DISCONNECTION_NOTICE:
        return
    for ref in store.steps_of(session, [told.id])[told.id]:
        step = casebook.find_step(session, ref.step_id)
        if step is not None and step.state is StepState.DONE:
            disconnection.record_service(
                session,
                step.id,
                served_on=proof.served_on,
                method=proof.method,
                witness=proof.witness or None,
                when=When(today, proof.recorded_at, proof.served_by),
            )
