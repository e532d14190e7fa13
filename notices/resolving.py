"""What became of messages nobody is sure of: news from the provider, and asking it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from config.people import POLICY
from notices import store
from notices.live import hold, mark_done
from notices.outbox import TOLD, UNDER_WAY, State, follow, state_of
from notices.record import Queued
from notices.sms import OPTED_OUT, Accepted, Gateway

# Longer than a post may take; what is claimed for longer has lost its sender.
_LOST_AFTER = timedelta(minutes=2)
# A provider lists what it has taken well within this time.
_LISTED_AFTER = timedelta(minutes=10)
_ASKED_AT_ONCE = 200


def take_news(
    session: Session, outbox_id: int, news: Accepted, *, code: str, now: datetime
) -> State | None:
    """
    Follow what the provider says of a message, and return its state; none if it isn't that one.

    The first news that it was taken is what makes its step done.
    """
    known = store.peek(session, [outbox_id])[0]
    # The first news marks steps as done, and so wants their accounts held; later ones don't.
    first = known.state not in TOLD
    row = (hold if first else store.held)(session, [outbox_id])[0]
    state = state_after(row, news)
    if state in (None, row.state):
        return state
    said = f"{news.status} {code}".strip()
    store.move(session, [outbox_id], state, said=said, now=now, provider_id=news.provider_id)
    if code == str(OPTED_OUT) and row.mobile:
        store.set_opt_out(session, row.mobile, is_out=True, said=said, now=now)
    if row.state in UNDER_WAY and state in TOLD:
        assert row.claimed_on is not None, "what is under way was claimed"
        mark_done(session, [row.notice_id], by=POLICY, today=row.claimed_on, now=now)
    return state


def state_after(row: Queued, news: Accepted) -> State | None:
    """Return the state of a message after news of it; none if they are of another one."""
    heard = state_of(news.status)
    if heard is None or row.provider_id not in (None, news.provider_id):
        return None
    return follow(row.state, heard)


def resolve(sessions: sessionmaker[Session], gateway: Gateway, *, now: datetime) -> int:
    """
    Ask the provider for the messages that nobody is sure of, and return how many were settled.

    One that it has is adopted. One that it surely doesn't have, long after it was posted, goes
    back to the queue; so nothing is sent twice and nothing is lost.
    """
    with sessions.begin() as session:
        lost = store.in_state(
            session, State.SENDING, claimed_before=now - _LOST_AFTER, limit=_ASKED_AT_ONCE
        )
        said = "whoever claimed it never said what came of it"
        ids = [row.outbox_id for row in lost]
        store.move(session, ids, State.UNKNOWN, said=said, now=now)
        unknown = store.in_state(session, State.UNKNOWN, claimed_before=now, limit=_ASKED_AT_ONCE)
        texts = store.messages(session, [row.notice_id for row in unknown])
    return sum(_ask(sessions, gateway, row, texts[row.notice_id].text, now=now) for row in unknown)


def _ask(
    sessions: sessionmaker[Session], gateway: Gateway, row: Queued, text: str, *, now: datetime
) -> bool:
    assert row.mobile is not None, "only messages are asked for"
    assert row.claimed_at is not None, "what is under way was claimed"
    # The clocks of two machines differ a little.
    found = gateway.find(row.mobile, text, since=row.claimed_at - _LOST_AFTER)
    if found is None:
        return False
    with sessions.begin() as session:
        current = hold(session, [row.outbox_id])[0]
        if current.state is not State.UNKNOWN:
            return True
        known = store.known_ids(session, {one.provider_id for one in found})
        ours = [one for one in found if one.provider_id not in known]
        if ours:
            return take_news(session, row.outbox_id, ours[0], code="", now=now) is not None
        if now - row.claimed_at < _LISTED_AFTER:
            return False
        store.move(
            session,
            [row.outbox_id],
            State.QUEUED,
            said="the provider never had it",
            now=now,
            claimed_at=None,
            claimed_on=None,
        )
    return True
