"""What the tests stand on: a database that was used before is as good as new."""

from sqlalchemy import text

from config import database, journal, people
from tests.databases import NewDatabase


def _write(url: str) -> int:
    """Write into tables with and without triggers against change, and return the office's id."""
    sessions = database.sessions(url)
    with sessions.begin() as session:
        office_id = people.add_office(session, code="N1", name_zh="城北", name_en="North")
        now = session.execute(text("SELECT current_timestamp")).scalar_one()
        journal.note(session, by="li", act="try", subject="this", now=now)
    database.engine_of(sessions).dispose()
    return office_id


def test_a_used_database_is_given_out_empty_and_counts_from_one(
    new_postgresql: NewDatabase,
) -> None:
    with new_postgresql() as first:
        assert _write(first) == 1
    with new_postgresql() as again:
        assert _write(again) == 1

    assert again == first


def test_a_database_whose_tables_were_changed_is_not_given_out_again(
    new_postgresql: NewDatabase,
) -> None:
    with new_postgresql() as first:
        engine = database.engine_for(first)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE journal DISABLE TRIGGER ALL"))
        engine.dispose()
    with new_postgresql() as next_one:
        assert next_one != first


def test_two_databases_at_once_are_two(new_postgresql: NewDatabase) -> None:
    with new_postgresql() as one, new_postgresql() as other:
        assert one != other
