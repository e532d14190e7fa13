"""The database: exact numbers, no lost update, append-only tables, bulk rows."""

import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from config import journal
from config.database import (
    Instant,
    Json,
    Scaled,
    add_rows,
    among,
    canonical,
    in_chunks,
    lock,
    next_ids,
    reading,
)
from config.journal import JournalRow
from config.people import OfficeRow

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class _Dialect:
    name = "sqlite"


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9
    )
)
def test_a_decimal_comes_back_as_it_went_in(value: Decimal) -> None:
    column = Scaled(6)
    kept = column.process_bind_param(value, _Dialect())  # type: ignore[arg-type]
    assert isinstance(kept, int)
    assert column.process_result_value(kept, _Dialect()) == value  # type: ignore[arg-type]


def test_a_decimal_with_too_many_places_is_refused_and_not_rounded() -> None:
    with pytest.raises(ValueError, match="more than 2 decimal places"):
        Scaled(2).process_bind_param(Decimal("0.001"), _Dialect())  # type: ignore[arg-type]


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), _Dialect())  # type: ignore[arg-type]  # noqa: DTZ001


def test_equal_facts_have_one_text_whatever_their_order() -> None:
    one = canonical({"b": Decimal("1.50"), "a": date(2026, 1, 2)})
    assert one == canonical({"a": date(2026, 1, 2), "b": Decimal("1.50")})
    assert one == '{"a":"2026-01-02","b":"1.50"}'
    assert Json().process_result_value(one, _Dialect()) == {"a": "2026-01-02", "b": "1.50"}  # type: ignore[arg-type]


def test_rows_added_at_once_read_like_rows_added_one_by_one(
    sessions: sessionmaker[Session],
) -> None:
    shanghai = datetime(2026, 3, 1, 17, 0, tzinfo=timezone(timedelta(hours=8)))
    awkward = "tab\t, newline\n, backslash \\N, 供电所 and 'quotes\""
    with sessions.begin() as session:
        journal.note(session, by="li", act="a", subject=awkward, facts={"n": 1}, now=shanghai)
        row = {"at": shanghai, "by": "li", "act": "a", "subject": awkward, "facts": {"n": 1}}
        add_rows(session, JournalRow, [row, row])
    with reading(sessions) as session:
        first, *others = journal.notes(session)
        assert len(others) == 2
        for other in others:
            assert (other.at, other.by, other.subject, other.facts) == (
                first.at,
                first.by,
                first.subject,
                first.facts,
            )
        assert first.at == NOW


def test_ids_are_handed_out_once_even_before_the_rows_are_there(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        ids = next_ids(session, OfficeRow, 3) + next_ids(session, OfficeRow, 2)
        assert len(set(ids)) == 5
        add_rows(
            session,
            OfficeRow,
            [{"id": n, "code": f"o{n}", "name_zh": "所", "name_en": "Office"} for n in ids],
        )
        assert not set(next_ids(session, OfficeRow, 2)) & set(ids)
        assert next_ids(session, OfficeRow, 0) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal SET act = 'nothing'", "DELETE FROM journal"],
)
def test_the_database_itself_refuses_to_change_what_is_append_only(
    sessions: sessionmaker[Session], statement: str
) -> None:
    with sessions.begin() as session:
        journal.note(session, by="li", act="pay", subject="account 1", now=NOW)
    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(text(statement))
    with reading(sessions) as session:
        assert [note.act for note in journal.notes(session)] == ["pay"]


def test_no_update_is_lost_when_eight_clerks_change_one_row(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        session.add(OfficeRow(id=1, code="0", name_zh="", name_en=""))

    def count_up() -> None:
        for _ in range(10):
            with sessions.begin() as session:
                lock(session, OfficeRow, [1])
                row = session.get_one(OfficeRow, 1, populate_existing=True)
                row.code = str(int(row.code) + 1)

    clerks = [threading.Thread(target=count_up) for _ in range(8)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    with reading(sessions) as session:
        assert session.get_one(OfficeRow, 1).code == "80"


def test_one_who_looks_sees_one_unchanging_view_and_stops_no_writer(
    sessions: sessionmaker[Session],
) -> None:
    with reading(sessions) as looker:
        assert journal.notes(looker) == []
        with sessions.begin() as writer:
            journal.note(writer, by="li", act="pay", subject="account 1", now=NOW)
        assert journal.notes(looker) == []
    with reading(sessions) as looker:
        assert len(journal.notes(looker)) == 1


def test_one_who_looks_changes_nothing(sessions: sessionmaker[Session]) -> None:
    # PostgreSQL refuses aloud; SQLite forgets it when the look ends.
    with suppress(DBAPIError), reading(sessions) as session:
        journal.note(session, by="li", act="pay", subject="account 1", now=NOW)
    with reading(sessions) as session:
        assert journal.notes(session) == []


@given(st.lists(st.integers()), st.integers(min_value=1, max_value=9))
def test_chunks_lose_and_double_nothing(items: list[int], size: int) -> None:
    assert [item for chunk in in_chunks(items, size) for item in chunk] == items


def test_a_list_of_ids_is_a_condition_that_an_index_answers(
    sessions: sessionmaker[Session],
) -> None:
    query = select(OfficeRow.id).where(among(OfficeRow.code, ["N", "S"]), OfficeRow.id > 0)
    with sessions() as session:
        session.execute(query)
        asked = str(query.compile(dialect=session.get_bind().dialect))
    # Compared with 1, as a truth is where a database has none, it would read every row.
    assert "= 1" not in asked, asked
