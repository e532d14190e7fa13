"""Tell the customers: write what steps ask for, send messages, hear what became of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from billing.master_row import normalized_mobile
from config import journal, settings
from config.database import reading
from config.in_force import country_of, market_on
from config.people import POLICY
from notices import drafting, stationery, store
from notices.drafting import Problem
from notices.live import hold, mark_done, sort_out
from notices.notice import Channel
from notices.outbox import UNDER_WAY, State, next_opening, time_left
from notices.record import Queued
from notices.resolving import resolve, state_after, take_news
from notices.sms import Accepted, Answer, Busy, Gateway, Message, Refused, Unsure
from notices.stationery import Stationery

_CHUNK = 500
# So many are claimed at once: what a crash leaves unknown, and asks the provider about.
_AT_ONCE = 20
# Less than after what time a claim counts as lost (`resolving`), by more than one post takes.
_CLAIM_SECONDS = 60


class BadMobileError(Exception):
    """That isn't the number of a mobile telephone; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was written: messages and letters, and what stood in the way of others."""

    messages: int
    letters: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Dispatched:
    """
    What became of the messages that waited.

    `waiting` are left for later: quiet hours, a hold, the daily cap, a busy provider.
    """

    sent: int = 0
    failed: int = 0
    cancelled: int = 0
    waiting: int = 0
    unknown: int = 0

    def plus(self, other: "Dispatched") -> "Dispatched":
        """Return both together."""
        return Dispatched(
            self.sent + other.sent,
            self.failed + other.failed,
            self.cancelled + other.cancelled,
            self.waiting + other.waiting,
            self.unknown + other.unknown,
        )


def prepare(
    sessions: sessionmaker[Session],
    *,
    today: date,
    now: datetime,
    with_stationery: Stationery | None = None,
) -> Prepared:
    """
    Write the notices that approved steps ask for: one for each customer, kind and level.

    Run again it changes nothing. What can't be written waits, and is told as a problem.

    :param with_stationery: by default the installation's own.
    :raises BadStationeryError: if the supplier's file or a wording can't be used.
    """
    written = with_stationery or stationery.read(settings.from_environment().config)
    with sessions.begin() as session:
        due = drafting.due_steps(session, today=today)
    messages, total = 0, 0
    problems: list[Problem] = []
    for chunk in _chunks(due):
        with sessions.begin() as session:
            drafted = drafting.draft(session, chunk, written, today=today, now=now)
            _note(session, "write notices", now, {"notices": len(drafted.notice_ids)})
        messages += drafted.messages
        total += len(drafted.notice_ids)
        problems += drafted.problems
    return Prepared(messages, total - messages, tuple(problems))


def _chunks(due: Sequence[drafting.Due]) -> Iterable[Sequence[drafting.Due]]:
    """Part the steps so that a customer's are never parted."""
    start = 0
    while start < len(due):
        end = min(start + _CHUNK, len(due))
        while end < len(due) and due[end].customer_id == due[end - 1].customer_id:
            end += 1
        yield due[start:end]
        start = end


def send(
    sessions: sessionmaker[Session],
    gateway: Gateway,
    *,
    today: date,
    now: datetime,
    limit: int = 500,
) -> Dispatched:
    """
    Send the messages that wait: claim, send, mark. None is ever sent twice.

    What a crash or a fault left unknown is asked for first. A message whose account had a posting
    since it was written is cancelled in the claim's own transaction.
    """
    resolve(sessions, gateway, now=now)
    done, after = Dispatched(), 0
    while limit > 0:
        with sessions.begin() as session:
            ids = store.queued_ids(
                session, Channel.SMS, now=now, after=after, limit=min(limit, _AT_ONCE)
            )
            claimed, came = _claim(session, ids, today=today, now=now)
        if not ids:
            break
        answers = list(_post(gateway, claimed))
        with sessions.begin() as session:
            came = came.plus(_mark(session, answers, today=today, now=now))
        done, after, limit = done.plus(came), ids[-1], limit - len(ids)
    return done


def _post(
    gateway: Gateway, claimed: Sequence[tuple[Queued, Message]]
) -> Iterator[tuple[Queued, Answer]]:
    """Post what was claimed, unless the machine slept over it: then it may be thought lost."""
    began = monotonic()
    for row, message in claimed:
        if monotonic() - began < _CLAIM_SECONDS:
            yield row, gateway.send(message)


def _claim(
    session: Session, ids: Sequence[int], *, today: date, now: datetime
) -> tuple[list[tuple[Queued, Message]], Dispatched]:
    """Claim the messages that may go out now; cancel, refuse or postpone the others."""
    market = market_on(session, today)
    zone = ZoneInfo(market.time_zone)
    left = time_left(now, market.sms, zone)
    if left is None:
        until = next_opening(now, market.sms, zone)
        store.postpone(session, ids, until, said="quiet hours")
        return [], Dispatched(waiting=len(ids))
    found = sort_out(session, ids, today=today, now=now)
    silent, capped, free = _by_number(session, found.live, today)
    store.move(session, [row.outbox_id for row in silent], State.FAILED, said="opted out", now=now)
    tomorrow = next_opening(now + left + timedelta(hours=1), market.sms, zone)
    store.postpone(session, [row.outbox_id for row in capped], tomorrow, said="daily cap")
    store.move(
        session,
        [row.outbox_id for row in free],
        State.SENDING,
        said="",
        now=now,
        claimed_at=now,
        claimed_on=today,
    )
    came = Dispatched(
        failed=len(silent),
        cancelled=len(found.gone),
        waiting=len(found.resting) + len(capped),
    )
    return _messages(session, free, left), came


def _by_number(
    session: Session, rows: Sequence[Queued], today: date
) -> tuple[list[Queued], list[Queued], list[Queued]]:
    """Sort messages by their number: it wants none, has had its share of the day, or is free."""
    numbers = {row.mobile for row in rows if row.mobile}
    silent = store.opted_out(session, numbers)
    had = store.sent_on(session, numbers, today)
    supplier = store.suppliers(session, [row.notice_id for row in rows])
    sorted_out: tuple[list[Queued], list[Queued], list[Queued]] = ([], [], [])
    for row in rows:
        mobile = row.mobile or ""
        is_full = had.get(mobile, 0) >= supplier[row.notice_id].daily_cap
        which = 0 if mobile in silent else 1 if is_full else 2
        sorted_out[which].append(row)
        had[mobile] = had.get(mobile, 0) + (which == 2)
    return sorted_out


def _messages(
    session: Session, rows: Sequence[Queued], left: timedelta
) -> list[tuple[Queued, Message]]:
    texts = store.messages(session, [row.notice_id for row in rows])
    found = []
    for row in rows:
        told = texts[row.notice_id]
        message = Message(
            to=row.mobile or "",
            text=told.text,
            template=told.template,
            variables=told.variables,
            key=row.outbox_id,
            valid_for=left,
        )
        found.append((row, message))
    return found


def _mark(
    session: Session, answers: Sequence[tuple[Queued, Answer]], *, today: date, now: datetime
) -> Dispatched:
    """Write down what the provider answered to each message."""
    came = Dispatched()
    told = []
    current = {
        row.outbox_id: row.state for row in hold(session, [row.outbox_id for row, _ in answers])
    }
    for row, answer in answers:
        came = came.plus(_mark_one(session, row, current[row.outbox_id], answer, now))
        if isinstance(answer, Accepted):
            told.append(row.notice_id)
    mark_done(session, told, by=POLICY, today=today, now=now)
    if told:
        _note(session, "send messages", now, {"sent": len(told)})
    return came


def _mark_one(
    session: Session, row: Queued, current: State, answer: Answer, now: datetime
) -> Dispatched:
    if current not in UNDER_WAY:
        return Dispatched(sent=1)  # News of it was quicker than the answer.
    state, said, values, came = _meaning(answer, now)
    if state is not current:
        store.move(session, [row.outbox_id], state, said=said, now=now, **values)
    if isinstance(answer, Refused) and answer.is_opt_out and row.mobile:
        store.set_opt_out(session, row.mobile, is_out=True, said=said, now=now)
    return came


def _meaning(answer: Answer, now: datetime) -> tuple[State, str, dict[str, Any], Dispatched]:
    """Return the state that an answer leads to, what it says, what to keep of it, and its count."""
    match answer:
        case Accepted(provider_id, status):
            return State.SENT, status, {"provider_id": provider_id}, Dispatched(sent=1)
        case Refused(code, reason):
            return State.FAILED, f"{code} {reason}", {}, Dispatched(failed=1)
        case Busy(wait, reason):
            free = {"not_before_at": now + wait, "claimed_at": None, "claimed_on": None}
            return State.QUEUED, reason, free, Dispatched(waiting=1)
        case Unsure(reason):
            return State.UNKNOWN, reason, {}, Dispatched(unknown=1)


def status(
    sessions: sessionmaker[Session],
    *,
    key: int,
    provider_id: str,
    status: str,
    code: str = "",
    now: datetime,
) -> State | None:
    """
    Take in news of a message, in any order and as often as it comes, and return its state now.

    Whether the news is really the provider's, the front door has to prove (`sms.is_signed`).

    :param key: the id that the callback's address ends with.
    :return: none for a message that isn't ours, or has another id at the provider.
    """
    news = Accepted(provider_id, status)
    with reading(sessions) as session:
        row = store.find_outbox(session, key)
    state = None if row is None else state_after(row, news)
    if row is None or state in (None, row.state):
        return state  # Half of what a provider tells is known by then; nobody waits for that.
    with sessions.begin() as session:
        return take_news(session, key, news, code=code, now=now)


def opt_out(
    sessions: sessionmaker[Session], mobile: str, *, is_out: bool, said: str, now: datetime
) -> None:
    """
    Keep a customer's wish to get messages or not; what waits for that number isn't sent.

    :raises BadMobileError: if no telephone of the market has such a number.
    """
    with sessions.begin() as session:
        number = normalized_mobile(mobile, country_of(session))
        if number is None:
            raise BadMobileError(
                f"{mobile!r} is no mobile number; write it like +8613800138000, as the account "
                "has it"
            )
        store.set_opt_out(session, number, is_out=is_out, said=said, now=now)


def _note(session: Session, act: str, now: datetime, facts: dict[str, int]) -> None:
    journal.note(session, by=POLICY, act=act, subject="notices", facts=facts, now=now)
