"""People, their rights and their passwords."""

import subprocess
import sys

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config import people
from config.people import Permission, Role, User


def test_passwords_are_hashed_as_hard_as_it_takes() -> None:
    """OWASP's least for argon2id: 19 MiB, two passes. Asked elsewhere: tests hash cheaply."""
    asked = "from config.people import HASHER as h; print(h.type.name, h.memory_cost, h.time_cost)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True)
    kind, memory, passes = done.stdout.decode().split()

    assert kind == "ID"
    assert int(memory) >= 19 * 1024
    assert int(passes) >= 2


def test_only_the_right_password_opens(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        people.add_user(
            session, login="li", name="Li Na", password="kilowatt-hours", roles=[Role.CLERK]
        )
        assert people.verify_password(session, "li", "kilowatt-hours") is not None
        assert people.verify_password(session, "li", "Kilowatt-hours") is None
        assert people.verify_password(session, "nobody", "kilowatt-hours") is None
        people.set_user(session, "li", is_active=False)
        assert people.verify_password(session, "li", "kilowatt-hours") is None


def test_nobody_takes_the_name_under_which_the_house_acts(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session, pytest.raises(people.LoginTakenError):
        people.add_user(session, login=people.POLICY, name="x", password="y", roles=[])


def test_who_may_no_longer_log_in_may_do_nothing() -> None:
    user = User(1, "li", "Li Na", frozenset(Role), frozenset(), "zh", is_active=False)

    assert not any(user.may(permission) for permission in Permission)
