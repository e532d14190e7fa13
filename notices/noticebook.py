"""The book of notices: what customers were told, word for word. `notices.store` is its face."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from config.database import add_rows, among, canonical, in_chunks, next_ids, rows_of, with_ids
from notices.kept import from_facts, to_facts
from notices.notice import PREFIXES, Channel, Notice, NoticeKind
from notices.outbox import TOLD, State
from notices.proof import Method
from notices.record import KeptNotice, MessageText, NewNotice, StepRef, Told
from notices.supplier import Supplier
from notices.tables import (
    LetterheadRow,
    NoticeRow,
    NoticeStepRow,
    OutboxEventRow,
    OutboxRow,
    PrintBatchRow,
    ProofRow,
)
from notices.wording import Words

_STEPS = (
    select(
        NoticeStepRow.notice_id,
        NoticeStepRow.step_id,
        NoticeStepRow.account_id,
        NoticeStepRow.posted_no,
        NoticeStepRow.attempt,
    )
    .where(with_ids(NoticeStepRow.notice_id))
    .order_by(NoticeStepRow.notice_id, NoticeStepRow.account_id, NoticeStepRow.step_id)
)


def letterhead_id(session: Session, supplier: Supplier) -> int:
    """Return the id of the letterhead that says what the supplier's file says, adding it if new."""
    facts = to_facts(supplier)
    digest = sha256(canonical(facts).encode()).hexdigest()
    found = session.scalar(select(LetterheadRow.id).where(LetterheadRow.digest == digest))
    if found is not None:
        return found
    row = LetterheadRow(digest=digest, facts=facts)
    session.add(row)
    session.flush()
    return row.id


def letterheads(session: Session, ids: Collection[int]) -> dict[int, Supplier]:
    """Return what the supplier's file said, by the ids that notices and batches keep."""
    rows = session.scalars(select(LetterheadRow).where(LetterheadRow.id.in_(sorted(ids))))
    return {row.id: from_facts(Supplier, row.facts) for row in rows}


def next_numbers(
    session: Session, kinds: Sequence[NoticeKind], *, issued_on: date
) -> list[tuple[int, str]]:
    """Return an id and a number for each of the notices that are about to be written."""
    ids = next_ids(session, NoticeRow, len(kinds))
    return [
        (notice_id, f"{PREFIXES[kind]}{issued_on.year}-{notice_id:06d}")
        for notice_id, kind in zip(ids, kinds, strict=True)
    ]


def add_notices(
    session: Session, new: Sequence[tuple[int, NewNotice]], *, now: datetime
) -> list[int]:
    """Keep notices under the ids they were numbered by, queue them, and return those ids."""
    add_rows(session, NoticeRow, [_row(notice_id, one, now) for notice_id, one in new])
    add_rows(
        session,
        NoticeStepRow,
        [
            {
                "notice_id": notice_id,
                "step_id": step.step_id,
                "account_id": step.account_id,
                "posted_no": step.posted_no,
                "attempt": step.attempt,
            }
            for notice_id, one in new
            for step in one.steps
        ],
    )
    outbox_ids = next_ids(session, OutboxRow, len(new))
    queued = list(zip(outbox_ids, new, strict=True))
    add_rows(session, OutboxRow, [_queued(outbox_id, *one) for outbox_id, one in queued])
    events = [
        {"outbox_id": outbox_id, "at": now, "state": State.QUEUED, "said": ""}
        for outbox_id, _ in queued
    ]
    add_rows(session, OutboxEventRow, events)
    return [notice_id for notice_id, _ in new]


def _row(notice_id: int, one: NewNotice, now: datetime) -> dict[str, Any]:
    notice = one.notice
    return {
        "id": notice_id,
        "number": notice.number,
        "kind": notice.kind,
        "level": one.level,
        "channel": one.channel,
        "customer_id": one.customer_id,
        "language": notice.language,
        "issued_on": notice.issued_on,
        "principal": notice.principal,
        "late_charge": notice.late_charge,
        "title": one.words.title,
        "text": one.words.plain(),
        "words": one.words.to_facts(),
        "facts": to_facts(notice),
        "wording_digest": one.wording_digest,
        "letterhead_id": one.letterhead_id,
        "follows_id": one.follows_id,
        "written_at": now,
    }


def _queued(outbox_id: int, notice_id: int, one: NewNotice) -> dict[str, Any]:
    return {
        "id": outbox_id,
        "notice_id": notice_id,
        "channel": one.channel,
        "state": State.QUEUED,
        "mobile": one.mobile,
        "segments": one.segments,
        "not_before_at": None,
        "claimed_at": None,
        "claimed_on": None,
        "provider_id": None,
        "batch_id": None,
        "reason": "",
    }


def steps_of(session: Session, notice_ids: Collection[int]) -> dict[int, tuple[StepRef, ...]]:
    """Return the steps that each notice carries out, in the order of their accounts."""
    found: dict[int, list[StepRef]] = {}
    for notice_id, *ref in rows_of(session, _STEPS, notice_ids):
        found.setdefault(notice_id, []).append(StepRef(*ref))
    return {notice_id: tuple(refs) for notice_id, refs in found.items()}


def last_attempts(
    session: Session, step_ids: Collection[int]
) -> dict[int, tuple[int, int, Channel, State]]:
    """Return the newest notice of each step: its attempt, its id, its channel and its state."""
    found: dict[int, tuple[int, int, Channel, State]] = {}
    for some in in_chunks(sorted(step_ids)):
        query = (
            select(
                NoticeStepRow.step_id,
                NoticeStepRow.attempt,
                NoticeStepRow.notice_id,
                OutboxRow.channel,
                OutboxRow.state,
            )
            .join(OutboxRow, OutboxRow.notice_id == NoticeStepRow.notice_id)
            .where(among(NoticeStepRow.step_id, some))
            .order_by(NoticeStepRow.step_id, NoticeStepRow.attempt)
        )
        for step_id, attempt, notice_id, channel, state in session.execute(query):
            found[step_id] = (attempt, notice_id, Channel(channel), State(state))
    return found


def failed_steps(session: Session) -> list[int]:
    """Return the steps whose message failed and which no later notice has carried out."""
    # Asked once for all: for each failed message alone, every notice would be looked at.
    followed = select(NoticeRow.follows_id).where(NoticeRow.follows_id.is_not(None))
    query = (
        select(NoticeStepRow.step_id)
        .join(OutboxRow, OutboxRow.notice_id == NoticeStepRow.notice_id)
        .where(
            OutboxRow.channel == Channel.SMS,
            OutboxRow.state == State.FAILED,
            OutboxRow.notice_id.not_in(followed),
        )
        .order_by(NoticeStepRow.step_id)
    )
    return list(session.scalars(query))


def kept_notices(session: Session, notice_ids: Collection[int]) -> dict[int, KeptNotice]:
    """Return notices with all that their papers show."""
    found: dict[int, KeptNotice] = {}
    for some in in_chunks(sorted(notice_ids)):
        rows = list(session.scalars(select(NoticeRow).where(among(NoticeRow.id, some))))
        heads = letterheads(session, {row.letterhead_id for row in rows})
        for row in rows:
            words = Words.from_facts(row.words)
            notice = from_facts(Notice, row.facts)
            found[row.id] = KeptNotice(row.id, notice, words, heads[row.letterhead_id])
    return found


def messages(session: Session, notice_ids: Collection[int]) -> dict[int, MessageText]:
    """Return what each message says, and by which wording and facts it came to say it."""
    found: dict[int, MessageText] = {}
    for some in in_chunks(sorted(notice_ids)):
        query = select(
            NoticeRow.id, NoticeRow.language, NoticeRow.kind, NoticeRow.text, NoticeRow.facts
        )
        for row in session.execute(query.where(among(NoticeRow.id, some))):
            plain = {key: value for key, value in row.facts.items() if isinstance(value, str)}
            found[row.id] = MessageText(f"{row.language}/{row.kind}", row.text, plain)
    return found


def numbers(session: Session, notice_ids: Collection[int]) -> dict[int, str]:
    """Return the number of each notice."""
    found: dict[int, str] = {}
    for some in in_chunks(sorted(notice_ids)):
        query = select(NoticeRow.id, NoticeRow.number).where(among(NoticeRow.id, some))
        found |= {row.id: row.number for row in session.execute(query)}
    return found


def suppliers(session: Session, notice_ids: Collection[int]) -> dict[int, Supplier]:
    """Return what the supplier's file said when each notice was written."""
    query = select(NoticeRow.id, NoticeRow.letterhead_id).where(among(NoticeRow.id, notice_ids))
    heads = {row.id: row.letterhead_id for row in session.execute(query)}
    known = letterheads(session, set(heads.values()))
    return {notice_id: known[head] for notice_id, head in heads.items()}


def find_notice(session: Session, number: str) -> Told | None:
    """Return the notice that has a number, or none."""
    return next(iter(_told(session, NoticeRow.number == number, limit=1)), None)


def notices(
    session: Session,
    *,
    account_id: int | None = None,
    customer_id: int | None = None,
    batch_id: int | None = None,
    channel: Channel | None = None,
    states: Collection[State] = (),
    before_id: int | None = None,
    limit: int = 100,
) -> list[Told]:
    """Return the notices that meet all that is given, the newest first."""
    wanted: list[ColumnElement[bool]] = []
    if account_id is not None:
        of_account = select(NoticeStepRow.notice_id).where(NoticeStepRow.account_id == account_id)
        wanted.append(NoticeRow.id.in_(of_account))
    if customer_id is not None:
        wanted.append(NoticeRow.customer_id == customer_id)
    if batch_id is not None:
        wanted.append(OutboxRow.batch_id == batch_id)
    if channel is not None:
        wanted.append(NoticeRow.channel == channel)
    if states:
        wanted.append(OutboxRow.state.in_(states))
    if before_id is not None:
        wanted.append(NoticeRow.id < before_id)
    return _told(session, *wanted, limit=limit)


def dunned(
    session: Session, account_ids: Collection[int], *, since: date
) -> dict[int, list[tuple[date, NoticeKind]]]:
    """Return when each account was told of its debts, and by which kind of notice, oldest first."""
    found: dict[int, list[tuple[date, NoticeKind]]] = {}
    for some in in_chunks(sorted(account_ids)):
        query = (
            select(NoticeStepRow.account_id, NoticeRow.issued_on, NoticeRow.kind)
            .join(NoticeRow, NoticeRow.id == NoticeStepRow.notice_id)
            .join(OutboxRow, OutboxRow.notice_id == NoticeStepRow.notice_id)
            .where(
                among(NoticeStepRow.account_id, some),
                NoticeRow.issued_on >= since,
                OutboxRow.state.in_(TOLD),
            )
            .order_by(NoticeStepRow.account_id, NoticeRow.issued_on, NoticeRow.id)
        )
        for account_id, issued_on, kind in session.execute(query):
            found.setdefault(account_id, []).append((issued_on, NoticeKind(kind)))
    return found


def _told(session: Session, *wanted: ColumnElement[bool], limit: int) -> list[Told]:
    query = _told_query().where(*wanted).order_by(NoticeRow.id.desc()).limit(limit)
    return [_one(row) for row in session.execute(query)]


def _told_query() -> Select[Any]:
    query = (
        select(NoticeRow, OutboxRow, PrintBatchRow, ProofRow)
        .join(OutboxRow, OutboxRow.notice_id == NoticeRow.id)
        .outerjoin(PrintBatchRow, PrintBatchRow.id == OutboxRow.batch_id)
        .outerjoin(ProofRow, ProofRow.notice_id == NoticeRow.id)
    )
    return cast("Select[Any]", query)


def _one(row: Any) -> Told:
    notice, outbox, batch, proof = row
    return Told(
        id=notice.id,
        number=notice.number,
        kind=NoticeKind(notice.kind),
        level=notice.level,
        channel=Channel(notice.channel),
        customer_id=notice.customer_id,
        language=notice.language,
        issued_on=notice.issued_on,
        principal=notice.principal,
        late_charge=notice.late_charge,
        title=notice.title,
        text=notice.text,
        state=State(outbox.state),
        mobile=outbox.mobile,
        segments=outbox.segments,
        provider_id=outbox.provider_id,
        reason=outbox.reason,
        batch=None if batch is None else batch.number,
        printed_on=None if batch is None else batch.printed_on,
        served_on=None if proof is None else proof.served_on,
        method=None if proof is None else Method(proof.method),
    )


def account_ids_of(session: Session, notice_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return the accounts that each notice is about."""
    return {
        notice_id: tuple(dict.fromkeys(ref.account_id for ref in refs))
        for notice_id, refs in steps_of(session, set(notice_ids)).items()
    }


def count_by_state(session: Session) -> Mapping[tuple[Channel, State], int]:
    """Return how many notices stand in each state, by channel."""
    query = select(OutboxRow.channel, OutboxRow.state, func.count()).group_by(
        OutboxRow.channel, OutboxRow.state
    )
    return {
        (Channel(channel), State(state)): count for channel, state, count in session.execute(query)
    }
