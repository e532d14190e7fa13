"""The ground floor's invariants name what somebody with the keys of the database has changed."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from config import approval, batch, dated, invariants, journal, seal
from config.acts import Act
from config.batch import Kind, RowVerdict, Verdict
from config.database import engine_of, reading
from config.finding import Finding
from config.people import Role, add_user

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def kept(sessions: sessionmaker[Session]) -> sessionmaker[Session]:
    """A database in which one file was activated, one batch taken in and one day sealed."""
    content = "price = 0.5\n"
    file = dated.DatedFile("tariffs/home", date(2026, 1, 1), content, dated.digest_of(content))
    with sessions.begin() as session:
        boss = add_user(session, login="boss", name="B", password="x", roles={Role.SUPERVISOR})
        asked = dated.propose(session, file, by="clerk", now=NOW)
        dated.activate(session, asked, by=boss, reason="", now=NOW)
        approval.ask(
            session, act=Act.REFUND, subject="a", summary="a", facts={}, maker="boss", now=NOW
        )
        tallied = batch.tally(
            kind=Kind.READINGS,
            file_name="a.csv",
            digest="d",
            layout="",
            verdicts=[RowVerdict(2, Verdict.REFUSED, "unknown_meter")],
            received_on=TODAY,
            received_by="clerk",
        )
        batch.add(session, tallied, now=NOW)
        seal.seal_day(session, invariants.JOURNAL, NOW.date(), rows=invariants.sealed_rows, now=NOW)
    return sessions


def _found(sessions: sessionmaker[Session]) -> list[Finding]:
    with reading(sessions) as session:
        return invariants.findings(session, today=TODAY)


def test_nothing_is_found_where_nothing_was_tampered_with(kept: sessionmaker[Session]) -> None:
    assert _found(kept) == []
    with reading(kept) as session:
        assert len(journal.of_day(session, NOW.date())) == 3


@pytest.mark.parametrize(
    ("tampering", "check", "subject"),
    [
        ("UPDATE dated_file SET text = 'price = 0.4'", invariants.WORD_FOR_WORD, "tariffs/home"),
        ("UPDATE approval SET state = 'approved'", invariants.TWO_PEOPLE, "approval 2"),
        ("UPDATE approval SET maker = 'boss'", invariants.TWO_PEOPLE, "approval 1"),
        ("UPDATE approval SET state = 'waiting'", invariants.ACTIVATED, "tariffs/home"),
        ("UPDATE batch SET refused = 0, accepted = 1", invariants.COUNTED, "batch 1"),
        ("DELETE FROM journal WHERE act = 'activate file'", seal.CHECK, "journal of 2026"),
    ],
)
def test_tampering_is_named_with_its_row(
    kept: sessionmaker[Session], tampering: str, check: str, subject: str
) -> None:
    with kept.begin() as session:
        if engine_of(kept).dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER journal_no_delete"))
        else:
            session.execute(text("ALTER TABLE journal DISABLE TRIGGER ALL"))
        session.execute(text(tampering))
    found = _found(kept)
    assert found
    assert {finding.check for finding in found} == {check}
    assert found[0].subject.startswith(subject)
