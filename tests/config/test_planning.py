"""A plan for a full table is not made from what was known while it was empty."""

from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from config import database, lease, planning
from config.journal import JournalRow

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def fill(sessions: sessionmaker[Session], rows: int) -> None:
    with sessions.begin() as session:
        session.add_all(
            JournalRow(at=NOW, by="li", act="wrote", subject=f"page {at}", facts={})
            for at in range(rows)
        )
        if database.engine_of(sessions).dialect.name == "postgresql":
            # The server's bookkeeping may hear of it some seconds later.
            session.flush()
            session.execute(text("SELECT pg_stat_force_next_flush()"))


def expected_rows(sessions: sessionmaker[Session]) -> int:
    """Return how many rows PostgreSQL plans for."""
    with sessions() as session:
        plan = session.scalar(text("EXPLAIN (FORMAT JSON) SELECT * FROM journal WHERE by = 'li'"))
    return plan[0]["Plan"]["Plan Rows"]


def test_only_what_changed_much_is_counted(
    sessions: sessionmaker[Session], database_kind: str
) -> None:
    engine = database.engine_of(sessions)
    with sessions.begin() as session:
        session.execute(text("ANALYZE journal"))  # The database may have been another test's.
    assert planning.freshen(engine) == []
    fill(sessions, 900)
    assert planning.freshen(engine) == []
    fill(sessions, 900)
    counted = ["public.journal"] if database_kind == "postgresql" else []
    assert planning.freshen(engine) == counted
    fill(sessions, 100)
    assert planning.freshen(engine) == []
    with sessions() as session:
        assert len(session.scalars(select(JournalRow.id)).all()) == 1_900


def test_what_runs_alone_is_planned_for_the_tables_as_they_are(
    sessions: sessionmaker[Session], database_kind: str
) -> None:
    fill(sessions, 3_000)
    if database_kind == "postgresql":
        assert expected_rows(sessions) < 500, "nothing is known of it yet"
    with lease.holding(sessions, "a long run"):
        if database_kind == "postgresql":
            assert expected_rows(sessions) == 3_000
    with sessions() as session:
        assert len(session.scalars(select(JournalRow.id)).all()) == 3_000
