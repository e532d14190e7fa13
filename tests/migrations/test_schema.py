"""A database that was upgraded step by step is the one that the tables describe."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from billing import invariants, tillbook
from config import database, journal
from migrations import schema
from tests.house import code

TRIGGERS = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
    "UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE '%refuse'",
}


def shape(engine: Engine) -> dict[str, object]:
    """Return all that makes up the tables of a database, in an order of its own."""
    look = inspect(engine)
    tables: dict[str, object] = {
        name: {
            "columns": sorted(map(_column, look.get_columns(name))),
            "key": look.get_pk_constraint(name),
            "foreign keys": sorted(map(repr, look.get_foreign_keys(name))),
            "unique": sorted(map(repr, look.get_unique_constraints(name))),
            "checks": sorted(map(repr, look.get_check_constraints(name))),
            "indexes": sorted(map(_index, look.get_indexes(name))),
        }
        for name in look.get_table_names()
        if name != "alembic_version"
    }
    with engine.connect() as connection:
        tables["triggers"] = sorted(connection.scalars(text(TRIGGERS[engine.dialect.name])))
    return tables


def _column(column: object) -> str:
    facts = dict(column)  # type: ignore[call-overload]
    # A serial's default names its sequence, and a sequence is named for its table either way.
    return f"{facts['name']} {facts['type']!r} {facts['nullable']} {facts['default']}"


def _index(index: object) -> str:
    facts = dict(index)  # type: ignore[call-overload]
    options = {key: str(option) for key, option in facts.pop("dialect_options", {}).items()}
    return f"{facts} {options}"


def test_an_upgraded_database_has_the_tables_that_the_code_describes(
    blank_database_url: str, database_url: str
) -> None:
    upgraded, described = map(database.engine_for, (blank_database_url, database_url))
    schema.upgrade(upgraded)

    assert shape(upgraded) == shape(described), (
        "The tables changed and no revision says so. Run `wattledger db revision` with a sentence "
        "that says what changes, read what it wrote to migrations/versions, and mend it."
    )
    assert schema.current(upgraded) == schema.newest() is not None
    upgraded.dispose()
    described.dispose()


def test_upgrading_twice_changes_nothing(blank_database_url: str) -> None:
    engine = database.engine_for(blank_database_url)
    schema.upgrade(engine)
    once = shape(engine)

    schema.upgrade(engine)

    assert shape(engine) == once
    engine.dispose()


def test_there_is_nothing_left_to_revise(tmp_path: Path) -> None:
    written = schema.revise("Whatever is missing", folder=tmp_path)

    assert written is None, f"a revision is missing; it would say:\n{written.read_text('utf-8')}"


@pytest.mark.parametrize("act", ["UPDATE journal SET act = 'nothing'", "DELETE FROM journal"])
def test_an_upgraded_database_refuses_to_change_what_is_append_only(
    act: str, blank_database_url: str
) -> None:
    sessions = database.sessions(blank_database_url)
    schema.upgrade(database.engine_of(sessions))
    now = datetime(2026, 1, 5, 8, tzinfo=UTC)
    with sessions.begin() as session:
        journal.note(session, by="li", act="bill", subject="run 1", now=now)

    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(text(act))

    database.engine_of(sessions).dispose()


def test_every_module_that_declares_tables_belongs_to_the_schema() -> None:
    declaring = {module.name for module in code.of(*code.ROOMS) if "__tablename__" in module.text}

    assert declaring - {"config.database", "config.append_only"} == set(schema.MODULES), (
        "mend migrations/schema.py"
    )


def test_tills_that_were_counted_before_keep_their_counts_and_what_was_short_is_not_posted(
    blank_database_url: str,
) -> None:
    engine = database.engine_for(blank_database_url)
    schema.upgrade(engine, "0014")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO till (cashier, day, opening, opened_at) "
                "VALUES ('li', '2026-01-05', 20000, '2026-01-05 08:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO till_count (till_id, counted, expected, note, closed_by, closed_at) "
                "VALUES (1, 29900, 30000, 'a coin', 'li', '2026-01-05 18:00:00')"
            )
        )

    schema.upgrade(engine)

    with engine.connect() as connection:
        kept = connection.execute(
            text("SELECT no, counted, expected, handed_in, note, entry_id FROM till_count")
        ).all()
        posted = connection.scalar(text("SELECT count(*) FROM ledger_entry"))
    assert [tuple(row) for row in kept] == [(0, 29900, 30000, 0, "a coin", None)]
    assert posted == 0
    sessions = database.sessions(blank_database_url)
    with database.reading(sessions) as session:
        (till,) = tillbook.tills(session, since=date(2026, 1, 5), until=date(2026, 1, 5))
        assert invariants.findings(session, today=date(2026, 1, 6)) == []
    assert till.difference == -100
    database.engine_of(sessions).dispose()
    engine.dispose()
