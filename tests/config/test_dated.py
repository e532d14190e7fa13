"""Dated files: in force only when two people have said so, and kept word for word."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from config import dated
from config.approval import OwnWorkError
from config.dated import BadFileError, DatedFile, NothingInForceError
from config.people import Role, User, add_user

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def boss(sessions: sessionmaker[Session]) -> User:
    """Return someone who may activate files."""
    with sessions.begin() as session:
        return add_user(session, login="boss", name="Boss", password="x", roles={Role.SUPERVISOR})


def _file(day: str, price: str) -> DatedFile:
    text = f"price = {price}\n"
    return DatedFile("tariffs/home", date.fromisoformat(day), text, dated.digest_of(text))


def _in_force(session: Session, file: DatedFile, boss: User) -> None:
    proposed = dated.propose(session, file, by="clerk", now=NOW)
    dated.activate(session, proposed, by=boss, reason="price notice 12", now=NOW)


def test_a_file_is_in_force_from_its_day_until_the_next_one(
    sessions: sessionmaker[Session], boss: User
) -> None:
    with sessions.begin() as session:
        _in_force(session, _file("2026-01-01", "0.50"), boss)
        _in_force(session, _file("2026-07-01", "0.55"), boss)
        assert dated.in_force(session, "tariffs/home", date(2026, 6, 30)).table["price"] == Decimal(
            "0.50"
        )
        assert dated.in_force(session, "tariffs/home", date(2026, 7, 1)).table["price"] == Decimal(
            "0.55"
        )
        with pytest.raises(NothingInForceError, match="no file is in force on 2025-12-31"):
            dated.in_force(session, "tariffs/home", date(2025, 12, 31))


def test_what_was_only_proposed_is_not_in_force_nor_can_its_maker_activate_it(
    sessions: sessionmaker[Session], boss: User
) -> None:
    with sessions.begin() as session:
        proposed = dated.propose(session, _file("2026-01-01", "0.50"), by=boss.login, now=NOW)
        with pytest.raises(NothingInForceError):
            dated.in_force(session, "tariffs/home", date(2026, 6, 30))
        with pytest.raises(OwnWorkError):
            dated.activate(session, proposed, by=boss, reason="", now=NOW)


def test_a_mistake_is_mended_by_activating_the_day_again_and_the_old_text_stays(
    sessions: sessionmaker[Session], boss: User
) -> None:
    wrong, right = _file("2026-01-01", "5.0"), _file("2026-01-01", "0.50")
    with sessions.begin() as session:
        _in_force(session, wrong, boss)
        _in_force(session, right, boss)
        assert dated.in_force(session, "tariffs/home", date(2026, 2, 1)).digest == right.digest
        assert dated.by_digest(session, wrong.digest) == wrong
        assert dated.history(session, "tariffs/home") == [right]


def test_every_shipped_file_can_be_read_and_is_named_by_its_day() -> None:
    files = dated.shipped()
    assert {file.subject.split("/")[0] for file in files} <= set(dated.SUBJECTS)
    assert files == sorted(files, key=lambda file: (file.subject, file.starts_on))


def test_the_suppliers_folder_takes_the_place_of_a_packaged_subject(tmp_path: Path) -> None:
    own = tmp_path / "markets" / "cn"
    own.mkdir(parents=True)
    (own / "2026-01-01.toml").write_text("note = 'ours'\n", "utf-8")
    files = [file for file in dated.shipped(tmp_path) if file.subject == "markets/cn"]
    assert [file.starts_on for file in files] == [date(2026, 1, 1)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("2026-01-01.toml", b"price = ", "2026-01-01.toml: not TOML: Invalid value"),
        ("2026-01-01.toml", "价 = 1".encode("gb18030"), "not UTF-8 text"),
        ("january.toml", b"price = 1", "named by the day it takes force"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFileError, match=message):
        dated.read(path, subject="tariffs/home")


def test_of_two_files_for_one_day_the_one_activated_last_holds(
    sessions: sessionmaker[Session], boss: User
) -> None:
    day = date(2026, 1, 1)
    with sessions.begin() as session:
        first, second = (
            dated.propose(session, _file("2026-01-01", price), by="clerk", now=NOW)
            for price in ("0.50", "0.60")
        )
        dated.activate(session, second, by=boss, reason="notice 12", now=NOW)
        later = NOW + timedelta(hours=1)
        dated.activate(session, first, by=boss, reason="notice 13", now=later)

        held = [
            dated.in_force(session, "tariffs/home", day),
            *dated.history(session, "tariffs/home"),
            *dated.in_force_until(session, "tariffs/home", day),
        ]
    assert [file.table["price"] for file in held] == [Decimal("0.50")] * 3
