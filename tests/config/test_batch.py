"""Batches, leases, seals and the business day."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from config import batch, business_day, journal, seal
from config.batch import Decision, Kind, RowVerdict, Verdict
from config.batch_report import NoSuchBatchError, write_report
from config.database import engine_of, reading
from config.failed_rows import write_failed_rows
from config.lease import BusyError, holding
from config.settings import BadSettingsError, from_environment

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
VERDICTS = (
    RowVerdict(2, Verdict.ACCEPTED),
    RowVerdict(
        3, Verdict.DOUBTED, "zero_use", "no use in 31 days", "look", {"表号": "M1"}, {"kwh": "0"}
    ),
    RowVerdict(
        4, Verdict.REFUSED, "unknown_meter", "no meter M9", "check the number", {"表号": "M9"}
    ),
)


def _taken_in(session: Session) -> batch.Batch:
    tallied = batch.tally(
        kind=Kind.READINGS,
        file_name="march.csv",
        digest="d" * 64,
        layout="handheld",
        verdicts=VERDICTS,
        received_on=date(2026, 3, 1),
        received_by="chen",
    )
    return batch.add(session, tallied, now=NOW)


def test_every_row_has_a_verdict_and_the_counts_add_up(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        taken = _taken_in(session)
        assert (taken.rows, taken.accepted, taken.doubted, taken.refused) == (3, 1, 1, 1)
        assert taken.id is not None
        kept = batch.verdicts(session, taken.id)
        assert [one.verdict for one in kept] == list(VERDICTS[1:])


def test_failed_rows_keep_the_order_of_the_files_columns(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    cells = {"number": "9", "name": "Li", "address": "1 Canal Street"}
    refused = RowVerdict(2, Verdict.REFUSED, "missing", "no phone", "add it", cells)
    failed = tmp_path / "failed.csv"
    with sessions.begin() as session:
        tallied = batch.tally(
            kind=Kind.CUSTOMERS,
            file_name="customers.csv",
            digest="e" * 64,
            layout="customers",
            verdicts=[refused],
            received_on=date(2026, 3, 1),
            received_by="chen",
            facts={"added": 0},
        )
        kept = batch.add(session, tallied, now=NOW)
        assert write_failed_rows(session, kept.id or 0, failed) == 1

    first, second = failed.read_text("utf-8-sig").splitlines()
    assert first.startswith("number,name,address,!row")
    assert second.startswith("9,Li,1 Canal Street,2")


def test_the_same_file_is_known_again(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        taken = _taken_in(session)
        again = batch.find(session, Kind.READINGS, "d" * 64)
        assert again is not None
        assert (again.id, again.is_repeat) == (taken.id, True)
        assert batch.find(session, Kind.PAYMENTS, "d" * 64) is None


def test_the_report_of_a_batch_tells_every_row_and_why(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions.begin() as session:
        taken = _taken_in(session)
        assert taken.id is not None
        assert write_report(session, taken.id, tmp_path / "r.json") == 2
        assert write_report(session, taken.id, tmp_path / "r.xlsx") == 2
        with pytest.raises(NoSuchBatchError, match="no batch 99"):
            write_report(session, 99, tmp_path / "none.xlsx")
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert (report["rows"], report["refused"]) == (3, 1)
    told = report["rows_told"][1]
    assert (told["row"], told["code"], told["remedy"]) == (4, "unknown_meter", "check the number")
    sheet = load_workbook(tmp_path / "r.xlsx")["Rows"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:5] == ("row", "verdict", "code", "message", "remedy")
    assert [row[:3] for row in rows[1:]] == [
        (3, "doubted", "zero_use"),
        (4, "refused", "unknown_meter"),
    ]
    assert not (tmp_path / "none.xlsx").exists()


def test_a_doubt_is_settled_once_and_by_name(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        _taken_in(session)
        (doubt,) = batch.verdicts(session, verdict=Verdict.DOUBTED, undecided=True)
        said = {"decision": Decision.ACCEPTED, "by": "li", "reason": "empty house", "now": NOW}
        money, own = (Kind.STATEMENT, Kind.PAYMENTS), (Kind.READINGS,)
        assert batch.settle(session, doubt.id, kinds=money, **said) is None  # type: ignore[arg-type]
        settled = batch.settle(session, doubt.id, kinds=own, **said)  # type: ignore[arg-type]
        assert settled is not None
        assert (settled.decision, settled.decided_by) == (Decision.ACCEPTED, "li")
        assert batch.settle(session, doubt.id, kinds=own, **said) is None  # type: ignore[arg-type]
        assert batch.verdicts(session, verdict=Verdict.DOUBTED, undecided=True) == []


def test_a_refused_row_is_no_doubt_to_settle(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        taken = _taken_in(session)
        refused = batch.verdicts(session, taken.id, verdict=Verdict.REFUSED)[0]
        said = {"decision": Decision.ACCEPTED, "by": "li", "reason": "", "now": NOW}
        settled = batch.settle(session, refused.id, kinds=Kind, **said)  # type: ignore[arg-type]
        assert settled is None


def test_one_runner_at_a_time_and_the_next_may_follow(sessions: sessionmaker[Session]) -> None:
    with holding(sessions, "bill run"):
        with pytest.raises(BusyError, match="running already"), holding(sessions, "bill run"):
            raise AssertionError("two runners at once")
        with holding(sessions, "review"):
            pass
    with holding(sessions, "bill run"):
        pass


def _journal_of(session: Session, day: date) -> list[object]:
    return [
        [note.id, note.act] for note in reversed(journal.notes(session)) if note.at.date() == day
    ]


def test_a_sealed_day_shows_that_somebody_changed_it(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        for act in ("pay", "bill"):
            journal.note(session, by="li", act=act, subject="account 1", now=NOW)
        assert seal.seal_day(session, "journal", NOW.date(), rows=_journal_of, now=NOW) is not None
        assert seal.seal_day(session, "journal", NOW.date(), rows=_journal_of, now=NOW) is None
        assert seal.broken(session, "journal", rows=_journal_of) == []
    with sessions.begin() as session:  # Somebody with the keys of the database.
        if engine_of(sessions).dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER journal_no_update"))
        else:
            session.execute(text("ALTER TABLE journal DISABLE TRIGGER ALL"))
        session.execute(text("UPDATE journal SET act = 'gift' WHERE act = 'pay'"))
    with reading(sessions) as session:
        (finding,) = seal.broken(session, "journal", rows=_journal_of)
        assert finding.subject == "journal of 2026-03-01"


def test_the_business_day_can_be_moved_and_let_go(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        assert business_day.set_day(session) is None
        business_day.move_to(session, date(2026, 10, 31))
        business_day.move_to(session, date(2026, 11, 1))
        assert business_day.set_day(session) == date(2026, 11, 1)
        business_day.move_to(session, None)
        assert business_day.set_day(session) is None


def test_settings_come_from_the_environment_and_a_typo_is_refused() -> None:
    assert from_environment({"WATTLEDGER_MARKET": "au", "HOME": "/"}).market == "au"
    with pytest.raises(BadSettingsError, match="WATTLEDGER_DATABSE"):
        from_environment({"WATTLEDGER_DATABSE": "sqlite://"})
    with pytest.raises(BadSettingsError, match="no time zone"):
        from_environment({"WATTLEDGER_TIME_ZONE": "Mars/Olympus"})
