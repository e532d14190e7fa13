"""Doubts are settled once, corrections name what they replace, and readings are only added."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from config import journal
from config.batch import Decision
from meters import intake, invariants
from meters.reading import ReadingKind, RegisterCode
from meters.readings import revisions
from meters.tables import ReadingRow
from tests.meters import supplier
from tests.meters.supplier import NOW, TODAY
from tests.meters.test_intake import kept, said, take_in, written


def test_a_correction_names_what_it_replaces_and_why(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3345,A"))
    act: dict[str, Any] = {
        "serial": "M1",
        "register": RegisterCode.TOTAL,
        "taken_on": date(2026, 11, 1),
        "by": "li.na",
        "today": TODAY,
        "now": NOW,
    }
    right = intake.correct(sessions, value=Decimal(3435), reason="two digits swapped", **act)
    assert (right.value, right.revision) == (3435, 1)
    with sessions() as session:
        register = supplier.register_id(session, "M1")
        told = revisions(session, register, date(2026, 11, 1))
        assert [(one.value, reason) for one, reason in told] == [
            (Decimal(3345), None),
            (Decimal(3435), "two digits swapped"),
        ]
        assert journal.notes(session, by="li.na")[0].act == "correct reading"
        assert invariants.findings(session, today=TODAY) == []
    assert kept(sessions, "M1")[-1] == right


@pytest.mark.parametrize(
    ("value", "reason", "day", "problem"),
    [
        ("3435", " ", "2026-10-01", "wants a reason"),
        ("3190", "checked", "2026-10-01", "kept for 2026-10-01 already"),
        ("3435", "checked", "2026-10-02", "has no reading on 2026-10-02"),
        ("-1", "checked", "2026-10-01", "is below zero"),
        ("343500", "checked", "2026-10-01", "more digits"),
        ("3435", "checked", "2020-01-01", "had no register total"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_with_its_remedy(
    sessions: sessionmaker[Session], value: str, reason: str, day: str, problem: str
) -> None:
    supplier.a_town(sessions, ["M1"])
    with pytest.raises(intake.CorrectionError, match=problem):
        intake.correct(
            sessions,
            serial="M1",
            register=RegisterCode.TOTAL,
            taken_on=date.fromisoformat(day),
            value=Decimal(value),
            reason=reason,
            by="li.na",
            today=TODAY,
            now=NOW,
        )


def test_the_database_itself_refuses_to_change_a_reading(
    sessions: sessionmaker[Session],
) -> None:
    supplier.a_town(sessions, ["M1"])
    with sessions.begin() as session:
        row = session.scalars(select(ReadingRow).limit(1)).one()
        row.value = Decimal(1)
        with pytest.raises(DBAPIError, match="append-only"):
            session.flush()
        session.rollback()


def settle(sessions: sessionmaker[Session], row_id: int, *, accept: bool) -> Any:
    """Say of a doubted row whether it holds."""
    return intake.settle(
        sessions, row_id, accept=accept, by="li.na", reason="asked", today=TODAY, now=NOW
    )


def test_an_accepted_doubt_becomes_a_reading_once(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    taken = take_in(sessions, written(tmp_path, "M1,total,2026-11-01,9000,A"))
    with sessions() as session:
        (doubt,) = intake.doubts(session)
    settled = settle(sessions, doubt.id, accept=True)
    assert settled.decision is Decision.ACCEPTED
    last = kept(sessions, "M1")[-1]
    assert (last.value, last.batch_id, last.row) == (9000, taken.id, 2)
    assert settle(sessions, doubt.id, accept=True) is None
    with sessions() as session:
        assert intake.doubts(session) == []
        assert invariants.findings(session, today=TODAY) == []


def test_a_refused_doubt_leaves_nothing(sessions: sessionmaker[Session], tmp_path: Path) -> None:
    supplier.a_town(sessions, ["M1"])
    take_in(sessions, written(tmp_path, "M1,total,2026-11-01,9000,A"))
    with sessions() as session:
        (doubt,) = intake.doubts(session)
    assert settle(sessions, doubt.id, accept=False).decision is Decision.REFUSED
    assert kept(sessions, "M1")[-1].value == 3190


def test_a_doubt_that_was_overtaken_can_no_longer_be_accepted(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    take_in(sessions, written(tmp_path, "M1,total,2026-11-01,9000,A"))
    take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3345,A"))
    with sessions() as session:
        (doubt,) = intake.doubts(session)
    with pytest.raises(intake.StaleDoubtError, match="3345 is kept"):
        settle(sessions, doubt.id, accept=True)
    with sessions() as session:
        assert len(intake.doubts(session)) == 1
    settle(sessions, doubt.id, accept=False)


def test_an_actual_reading_replaces_the_estimate_of_its_day_once_accepted(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    with sessions.begin() as session:
        supplier.read(session, "M1", {"2026-11-01": "3350"}, kind="estimated")
    taken = take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3300,A"))
    assert said(taken) == [(2, "doubted", "estimate_kept")]
    with sessions() as session:
        (doubt,) = intake.doubts(session)
    settle(sessions, doubt.id, accept=True)
    last = kept(sessions, "M1")[-1]
    assert (last.value, last.kind, last.revision) == (3300, ReadingKind.ACTUAL, 1)
