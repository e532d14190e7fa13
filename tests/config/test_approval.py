"""Maker and checker: nobody approves their own work, and two means two."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config import approval, journal
from config.acts import Act
from config.approval import AlreadyDecidedError, NotAllowedError, OwnWorkError, State
from config.database import reading
from config.people import POLICY, LoginTakenError, Role, User, add_user, set_user, verify_password

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def people(sessions: sessionmaker[Session]) -> dict[str, User]:
    """Four people of one office."""
    roles = {
        "li": {Role.SUPERVISOR},
        "wang": {Role.CREDIT_OFFICER},
        "zhao": {Role.SUPERVISOR},
        "chen": {Role.CLERK},
    }
    with sessions.begin() as session:
        return {
            login: add_user(session, login=login, name=login.title(), password="x", roles=given)
            for login, given in roles.items()
        }


def _ask(session: Session, *, maker: str = POLICY, needed: int = 2) -> int:
    return approval.ask(
        session,
        act=Act.DISCONNECT,
        subject="account 42",
        summary="cut account 42",
        facts={"overdue": 12345},
        maker=maker,
        now=NOW,
        needed=needed,
    )


def test_a_cut_waits_until_a_second_person_has_said_yes(
    sessions: sessionmaker[Session], people: dict[str, User]
) -> None:
    with sessions.begin() as session:
        cut = _ask(session)
        first = approval.decide(session, cut, by=people["li"], accept=True, reason="", now=NOW)
        assert (first.state, first.missing) == (State.WAITING, 1)
        second = approval.decide(session, cut, by=people["wang"], accept=True, reason="", now=NOW)
        assert (second.state, second.missing) == (State.APPROVED, 0)
        assert [vote.by for vote in second.votes] == ["li", "wang"]


def test_the_maker_cannot_approve_and_nobody_can_twice(
    sessions: sessionmaker[Session], people: dict[str, User]
) -> None:
    with sessions.begin() as session:
        own = _ask(session, maker="li")
        with pytest.raises(OwnWorkError, match="someone else must decide"):
            approval.decide(session, own, by=people["li"], accept=True, reason="", now=NOW)
        approval.decide(session, own, by=people["wang"], accept=True, reason="", now=NOW)
        with pytest.raises(OwnWorkError, match="someone else must be the second"):
            approval.decide(session, own, by=people["wang"], accept=True, reason="", now=NOW)


def test_one_no_is_enough_and_is_final(
    sessions: sessionmaker[Session], people: dict[str, User]
) -> None:
    with sessions.begin() as session:
        cut = _ask(session)
        no = approval.decide(session, cut, by=people["li"], accept=False, reason="ill", now=NOW)
        assert no.state is State.REFUSED
        with pytest.raises(AlreadyDecidedError, match="refused already"):
            approval.decide(session, cut, by=people["wang"], accept=True, reason="", now=NOW)


def test_a_role_without_the_right_is_refused_and_sees_nothing_to_do(
    sessions: sessionmaker[Session], people: dict[str, User]
) -> None:
    with sessions.begin() as session:
        cut = _ask(session)
        with pytest.raises(NotAllowedError, match="approve_disconnection"):
            approval.decide(session, cut, by=people["chen"], accept=True, reason="", now=NOW)
        assert approval.waiting(session, user=people["chen"]) == []
        assert [one.id for one in approval.waiting(session, user=people["li"])] == [cut]


def test_what_was_withdrawn_can_no_longer_be_approved(
    sessions: sessionmaker[Session], people: dict[str, User]
) -> None:
    with sessions.begin() as session:
        cut = _ask(session)
        approval.withdraw(session, [cut], by="payment", now=NOW)
        with pytest.raises(AlreadyDecidedError, match="withdrawn already"):
            approval.decide(session, cut, by=people["li"], accept=True, reason="", now=NOW)
        assert approval.waiting(session) == []


def test_each_word_stands_in_the_audit_trail(
    sessions: sessionmaker[Session], people: dict[str, User]
) -> None:
    with sessions.begin() as session:
        cut = _ask(session, needed=1)
        approval.decide(session, cut, by=people["li"], accept=True, reason="seen", now=NOW)
    with reading(sessions) as session:
        (note,) = journal.notes(session, subject="account 42")
        assert (note.by, note.act, note.facts["reason"]) == ("li", "approve disconnect", "seen")


def test_of_two_people_who_press_at_once_one_is_told_it_is_done(
    sessions: sessionmaker[Session], people: dict[str, User]
) -> None:
    with sessions.begin() as session:
        cut = _ask(session, needed=1)
    outcomes: list[str] = []

    def press(login: str) -> None:
        try:
            with sessions.begin() as session:
                approval.decide(session, cut, by=people[login], accept=True, reason="", now=NOW)
            outcomes.append("done")
        except AlreadyDecidedError:
            outcomes.append("told")

    pressing = [threading.Thread(target=press, args=(login,)) for login in ("li", "wang", "zhao")]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert sorted(outcomes) == ["done", "told", "told"]


def test_a_password_opens_the_door_only_to_its_owner_while_active(
    sessions: sessionmaker[Session], people: dict[str, User]
) -> None:
    with sessions.begin() as session:
        assert verify_password(session, "li", "x") == people["li"]
        assert verify_password(session, "li", "y") is None
        assert verify_password(session, "nobody", "x") is None
        set_user(session, "li", is_active=False)
        assert verify_password(session, "li", "x") is None


def test_nobody_can_be_called_what_the_house_calls_itself(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session, pytest.raises(LoginTakenError):
        add_user(session, login=POLICY, name="", password="x", roles=())
