"""Turn a post-paid account into a prepaid one: agreed, ordered, active; withdrawn at any time."""

from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from arrears import store
from arrears.case import CONVERSION_MOVES, Conversion, ConversionState
from billing import store as master
from billing.supply import PaymentMode
from config import journal
from config.database import reading


class BadConversionError(Exception):
    """A conversion cannot move on like this; the message says where it stands."""


def conversions(
    sessions: sessionmaker[Session], states: tuple[ConversionState, ...] = tuple(ConversionState)
) -> list[Conversion]:
    """Return the conversions in these states, the newest first."""
    with reading(sessions) as session:
        return store.conversions(session, states=states)


def agree(
    sessions: sessionmaker[Session], conversion_id: int, *, by: str, today: date, now: datetime
) -> Conversion:
    """
    Record that the customer has signed the agreement, so that the meter can be changed.

    :raises BadConversionError: if no agreement is waited for.
    """
    return _move(sessions, conversion_id, ConversionState.ORDERED, by, today, now)


def activate(
    sessions: sessionmaker[Session], conversion_id: int, *, by: str, today: date, now: datetime
) -> Conversion:
    """
    Let the account pay before it uses, from today on: its supplies go on as prepaid ones.

    :raises BadConversionError: if it hasn't been agreed and ordered.
    """
    return _move(sessions, conversion_id, ConversionState.ACTIVE, by, today, now)


def withdraw(
    sessions: sessionmaker[Session], conversion_id: int, *, by: str, today: date, now: datetime
) -> Conversion:
    """
    Leave the account as it is.

    :raises BadConversionError: if it is prepaid already, or was withdrawn before.
    """
    return _move(sessions, conversion_id, ConversionState.WITHDRAWN, by, today, now)


def _move(
    sessions: sessionmaker[Session],
    conversion_id: int,
    state: ConversionState,
    by: str,
    today: date,
    now: datetime,
) -> Conversion:
    with sessions.begin() as session:
        found = store.find_conversion(session, conversion_id)
        if found is None:
            raise BadConversionError(f"conversion {conversion_id}: there is none")
        if state not in CONVERSION_MOVES[found.state]:
            raise BadConversionError(
                f"conversion {conversion_id} is {found.state}; it cannot become {state}"
            )
        store.move_conversion(session, conversion_id, state, on=today)
        if state is ConversionState.ACTIVE:
            master.set_payment_mode(session, [found.account_id], PaymentMode.PREPAID, on=today)
        journal.note(
            session,
            by=by,
            act=f"conversion {state}",
            subject=f"conversion {conversion_id}",
            facts={"account": found.account_id},
            now=now,
        )
        moved = store.find_conversion(session, conversion_id)
        assert moved is not None
        return moved
