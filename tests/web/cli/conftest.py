"""A terminal: commands typed, and what came back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from config import database, people
from config.people import Role
from web.cli import wattledger
from web.cli.problems import told

PASSWORD = "kilowatt-hours-2026"


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said, for programs."""
        return json.loads(self.out)


Terminal = Callable[..., Answer]


@pytest.fixture
def terminal(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """Return what types a command and returns the answer; the business day is 2026-03-02."""
    monkeypatch.setenv("WATTLEDGER_DATABASE", database_url)
    monkeypatch.setenv("WATTLEDGER_TODAY", "2026-03-02")
    monkeypatch.delenv("WATTLEDGER_USER", raising=False)

    def type_in(*words: object) -> Answer:
        capsys.readouterr()
        typed = [str(word) for word in words]
        code = told(lambda: wattledger.main(typed, "wattledger", standalone_mode=False))
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return type_in


@pytest.fixture
def staff(database_url: str) -> None:
    """Let a clerk (li), a supervisor (zhao) and an administrator (admin) work here."""
    sessions = database.sessions(database_url)
    roles = {
        "li": {Role.CLERK, Role.CASHIER, Role.COLLECTOR},
        "zhao": {Role.SUPERVISOR, Role.CREDIT_OFFICER},
        "admin": {Role.ADMINISTRATOR},
    }
    with sessions.begin() as session:
        for login, has in roles.items():
            people.add_user(session, login=login, name=login, password=PASSWORD, roles=has)
    database.engine_of(sessions).dispose()
