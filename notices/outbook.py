"""The outbox: notices on their way, claimed before they go. `notices.store` is its face."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Select, func, or_, select, update
from sqlalchemy.orm import Session

from config.database import add_rows, among, in_chunks, lock, rows_of, with_ids
from notices.notice import Channel
from notices.outbox import MOVES, State
from notices.record import Event, Queued
from notices.tables import OptOutRow, OutboxEventRow, OutboxRow

_SAID_MAX = 200
_QUEUED = cast(
    "Select[Any]",
    select(
        OutboxRow.id,
        OutboxRow.notice_id,
        OutboxRow.state,
        OutboxRow.mobile,
        OutboxRow.claimed_at,
        OutboxRow.claimed_on,
        OutboxRow.provider_id,
    ).order_by(OutboxRow.id),
)
_THESE = _QUEUED.where(with_ids(OutboxRow.id))


class WrongWayError(Exception):
    """A notice can't go from where it is to where it was told to go; somebody was quicker."""


def queued_ids(
    session: Session, channel: Channel, *, now: datetime, after: int = 0, limit: int
) -> list[int]:
    """Return ids of outbox rows that may go out now, the oldest first, after one of them."""
    query = (
        select(OutboxRow.id)
        .where(
            OutboxRow.channel == channel,
            OutboxRow.state == State.QUEUED,
            or_(OutboxRow.not_before_at.is_(None), OutboxRow.not_before_at <= now),
            OutboxRow.id > after,
        )
        .order_by(OutboxRow.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def held(session: Session, outbox_ids: Collection[int]) -> list[Queued]:
    """Hold outbox rows until the transaction ends, and return them as they then are."""
    lock(session, OutboxRow, outbox_ids)
    return _queued(session, outbox_ids)


def peek(session: Session, outbox_ids: Collection[int]) -> list[Queued]:
    """Return outbox rows without holding them."""
    return _queued(session, outbox_ids)


def _queued(session: Session, outbox_ids: Collection[int]) -> list[Queued]:
    return [_one(row) for row in rows_of(session, _THESE, outbox_ids)]


def find_outbox(session: Session, outbox_id: int) -> Queued | None:
    """Return an outbox row, or none."""
    return next(iter(_queued(session, [outbox_id])), None)


def outbox_of(session: Session, notice_id: int) -> int:
    """Return the id of a notice's outbox row."""
    return session.scalars(select(OutboxRow.id).where(OutboxRow.notice_id == notice_id)).one()


def in_state(
    session: Session, state: State, *, claimed_before: datetime, limit: int
) -> list[Queued]:
    """Return messages of a state that were claimed before a moment, the oldest first."""
    query = _QUEUED.where(
        OutboxRow.channel == Channel.SMS,
        OutboxRow.state == state,
        OutboxRow.claimed_at < claimed_before,
    ).limit(limit)
    return [_one(row) for row in session.execute(query)]


def move(
    session: Session,
    outbox_ids: Collection[int],
    state: State,
    *,
    said: str,
    now: datetime,
    **values: Any,
) -> None:
    """
    Move outbox rows to a state and write down what was said.

    :param values: further columns to set, such as `provider_id`.
    :raises WrongWayError: if one of them isn't in a state that this one may follow.
    """
    before = [old for old, moves in MOVES.items() if state in moves]
    for some in in_chunks(sorted(outbox_ids)):
        changed = session.execute(
            update(OutboxRow)
            .where(among(OutboxRow.id, some), OutboxRow.state.in_(before))
            .values(state=state, reason=said[:_SAID_MAX], **values)
            .execution_options(synchronize_session=False)
        )
        if cast("CursorResult[Any]", changed).rowcount != len(some):
            raise WrongWayError(
                f"one of the outbox rows {list(some)} can't become {state} any more"
            )
    add_rows(
        session,
        OutboxEventRow,
        [
            {"outbox_id": outbox_id, "at": now, "state": state, "said": said[:_SAID_MAX]}
            for outbox_id in sorted(outbox_ids)
        ],
    )


def postpone(session: Session, outbox_ids: Collection[int], until: datetime, *, said: str) -> None:
    """Let messages that wait go on waiting until a moment."""
    for some in in_chunks(sorted(outbox_ids)):
        session.execute(
            update(OutboxRow)
            .where(among(OutboxRow.id, some), OutboxRow.state == State.QUEUED)
            .values(not_before_at=until, reason=said[:_SAID_MAX])
            .execution_options(synchronize_session=False)
        )


def known_ids(session: Session, provider_ids: Collection[str]) -> set[str]:
    """Return which of a provider's ids belong to messages of ours already."""
    query = select(OutboxRow.provider_id).where(OutboxRow.provider_id.in_(sorted(provider_ids)))
    return {one for one in session.scalars(query) if one is not None}


def sent_on(session: Session, mobiles: Collection[str], day: date) -> dict[str, int]:
    """Return how many messages each number was sent, or may have been, on a day."""
    counts = {State.SENDING, State.UNKNOWN, State.SENT, State.DELIVERED, State.FAILED}
    found: dict[str, int] = {}
    for some in in_chunks(sorted(mobiles)):
        query = (
            select(OutboxRow.mobile, func.count())
            .where(
                among(OutboxRow.mobile, some),
                OutboxRow.claimed_on == day,
                OutboxRow.state.in_(counts),
            )
            .group_by(OutboxRow.mobile)
        )
        found |= {mobile: count for mobile, count in session.execute(query) if mobile}
    return found


def events(session: Session, notice_id: int) -> list[Event]:
    """Return what happened to a notice on its way, the oldest first."""
    query = (
        select(OutboxEventRow.at, OutboxEventRow.state, OutboxEventRow.said)
        .join(OutboxRow, OutboxRow.id == OutboxEventRow.outbox_id)
        .where(OutboxRow.notice_id == notice_id)
        .order_by(OutboxEventRow.id)
    )
    return [Event(at, State(state), said) for at, state, said in session.execute(query)]


def opted_out(session: Session, mobiles: Collection[str]) -> set[str]:
    """Return the numbers whose newest wish is to get no messages."""
    wishes: dict[str, bool] = {}
    for some in in_chunks(sorted(mobiles)):
        query = (
            select(OptOutRow.mobile, OptOutRow.is_out)
            .where(among(OptOutRow.mobile, some))
            .order_by(OptOutRow.id)
        )
        wishes |= {row.mobile: row.is_out for row in session.execute(query)}
    return {mobile for mobile, is_out in wishes.items() if is_out}


def set_opt_out(session: Session, mobile: str, *, is_out: bool, said: str, now: datetime) -> None:
    """Keep somebody's wish to get messages or not."""
    session.add(OptOutRow(mobile=mobile, is_out=is_out, said=said[:_SAID_MAX], at=now))
    session.flush()


def _one(row: Any) -> Queued:
    return Queued(
        row.id,
        row.notice_id,
        State(row.state),
        row.mobile,
        row.claimed_at,
        row.claimed_on,
        row.provider_id,
    )
