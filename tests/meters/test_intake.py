"""Readings come in: verdicts, doubts, failed rows, corrections, the same file again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from config import batch, journal
from config.batch import Batch, Kind
from config.dated import NothingInForceError
from config.refusal import RefusedFileError
from config.table_file import open_file
from meters import intake, invariants, store
from meters.period import Period
from meters.reading import Reading, Usage
from meters.readings import active_readings
from tests.meters import supplier
from tests.meters.supplier import NOW, TODAY

HEAD = "meter_id,register,reading_date,reading,quality"


def written(folder: Path, *rows: str, head: str = HEAD, name: str = "readings.csv") -> Path:
    """Write a file of rows."""
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def take_in(sessions: sessionmaker[Session], path: Path, **more: Any) -> Batch:
    """Take a file in as the clerk does."""
    return intake.take_in(sessions, path, by="chen", today=TODAY, now=NOW, **more)


def kept(sessions: sessionmaker[Session], serial: str, code: str = "total") -> list[Reading]:
    """Return the readings of a register that hold."""
    with sessions() as session:
        register = supplier.register_id(session, serial, code)
        return active_readings(session, [register]).get(register, [])


def said(taken: Batch) -> list[tuple[int, str, str]]:
    """Return what is said of rows: the row, its verdict and the code."""
    return [(one.row, str(one.verdict), one.code) for one in taken.verdicts]


def test_every_row_has_a_verdict_and_the_rest_does_not_wait(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1", "M2"])
    path = written(
        tmp_path,
        "M1,total,2026-11-01,3345,A",
        "M2,total,2026-11-01,9000,A",
        "M9,total,2026-11-01,1,A",
        "M1,peak,2026-11-01,1,A",
    )
    taken = take_in(sessions, path)
    assert (taken.rows, taken.accepted, taken.doubted, taken.refused) == (4, 1, 1, 2)
    assert said(taken) == [
        (3, "doubted", "spike"),
        (4, "refused", "unknown_meter"),
        (5, "refused", "unknown_register"),
    ]
    assert [one.value for one in kept(sessions, "M1")][-1] == 3345
    assert kept(sessions, "M1")[-1].row == 2
    assert [one.value for one in kept(sessions, "M2")][-1] == 3190
    with sessions() as session:
        assert invariants.findings(session, today=TODAY) == []


def test_the_same_file_again_changes_nothing_and_says_so(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    path = written(tmp_path, "M1,total,2026-11-01,3345,A")
    first = take_in(sessions, path)
    with sessions() as session:
        before = store.digest_of(session)
    again = take_in(sessions, path)
    renamed = take_in(sessions, path.rename(tmp_path / "other.csv"))
    assert (again.is_repeat, again.id, renamed.id) == (True, first.id, first.id)
    with sessions() as session:
        assert store.digest_of(session) == before
        assert len(batch.batches(session, Kind.READINGS)) == 1


def test_a_file_of_which_nothing_was_taken_may_be_tried_again(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    path = written(tmp_path, "M2,total,2026-11-01,15,A")
    assert take_in(sessions, path).refused == 1
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        supplier.add_meter(session, office_id, "M2", installed_on=date(2026, 10, 1))
    second = take_in(sessions, path)
    assert (second.accepted, second.is_repeat) == (1, False)
    assert take_in(sessions, path).is_repeat


def test_a_dry_run_says_the_same_and_keeps_nothing(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    path = written(tmp_path, "M1,total,2026-11-01,3345,A", "M9,total,2026-11-01,1,A")
    with sessions() as session:
        before = store.digest_of(session)
    tried = take_in(sessions, path, dry_run=True)
    with sessions() as session:
        assert store.digest_of(session) == before
        assert batch.batches(session) == []
    taken = take_in(sessions, path)
    assert (tried.id, said(tried)) == (None, said(taken))


def test_a_reading_that_differs_from_one_kept_is_never_an_overwrite(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3345,A"))
    taken = take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3346,A"))
    assert said(taken) == [(2, "refused", "conflict")]
    assert kept(sessions, "M1")[-1].value == 3345


def test_failed_rows_are_mended_and_taken_in(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1", "M2"])
    path = written(
        tmp_path,
        "M1,total,2026-11-01,3345,A",
        "M2,total,2026-11-01,33x5,A",
        "M1,total,2026-10-01,3190,A",
    )
    taken = take_in(sessions, path)
    for name in ("failed.csv", "failed.xlsx"):
        failed = tmp_path / name
        with sessions() as session:
            assert intake.failed_rows(session, taken.id or 0, failed) == 1
    text = (tmp_path / "failed.csv").read_text("utf-8-sig")
    assert text.splitlines()[0] == f"{HEAD},!row,!code,!message,!remedy"
    assert text.splitlines()[1].startswith("M2,total,2026-11-01,33x5,A,3,number_format,")
    mended = tmp_path / "mended.csv"
    mended.write_text("\ufeff" + text.replace("33x5", "3345"), "utf-8")
    assert take_in(sessions, mended).accepted == 1
    assert kept(sessions, "M2")[-1].value == 3345


def test_a_row_with_a_column_for_each_register_is_taken_whole_or_not_at_all(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        for serial in ("T1", "T2"):
            supplier.add_meter(
                session,
                office_id,
                serial,
                codes=("peak", "flat", "valley"),
                installed_on=date(2026, 10, 1),
            )
    path = written(
        tmp_path,
        "T1,2026-11-01,30,40,50",
        "T2,2026-11-01,30,-40,50",
        head="meter no,read date,peak,flat,valley",
    )
    taken = take_in(sessions, path)
    assert taken.layout == "readings_by_register"
    assert said(taken) == [(3, "refused", "negative")]
    assert [kept(sessions, "T1", code)[-1].value for code in ("peak", "flat", "valley")] == [
        30,
        40,
        50,
    ]
    assert [len(kept(sessions, "T2", code)) for code in ("peak", "flat", "valley")] == [1, 1, 1]


def test_a_clerk_sees_no_more_of_another_office_than_that_the_meter_is_unknown(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    from config import people
    from config.people import Role

    supplier.a_town(sessions, ["M1"])
    with sessions.begin() as session:
        other = people.add_office(session, code="R2", name_zh="西", name_en="West")
        roles = [Role.CLERK]
        people.add_user(
            session, login="far", name="Far", password="-", roles=roles, office_ids=[other]
        )
    path = written(tmp_path, "M1,total,2026-11-01,3345,A")
    taken = intake.take_in(sessions, path, by="far", today=TODAY, now=NOW)
    assert said(taken) == [(2, "refused", "unknown_meter")]
    with sessions() as session:
        assert "readings for another office" in {one.act for one in journal.notes(session)}


def test_a_refused_file_is_noted_and_nothing_of_it_is_kept(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    path = written(tmp_path, "M1;total", head="meter;register")
    with pytest.raises(RefusedFileError, match=r"readings\.csv:1: there is no column for serial"):
        take_in(sessions, path)
    with sessions() as session:
        assert batch.batches(session) == []
        note = journal.notes(session, subject="readings.csv")[0]
        assert (note.act, note.facts["code"]) == ("refuse readings file", "header")


def test_without_checks_in_force_nothing_is_taken_in(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with pytest.raises(NothingInForceError, match="policies/checks"):
        take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3345,A"))


def test_a_layout_can_be_named_and_a_supplier_can_have_its_own(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    own = tmp_path / "own" / "layouts"
    own.mkdir(parents=True)
    (own / "old_terminal.toml").write_text(
        """
        kind = "readings"
        header_row = 0
        delimiter = "semicolon"
        dates = "dmy"
        decimal = "comma"
        [[column]]
        field = "serial"
        type = "id"
        position = 2
        [[column]]
        field = "taken_on"
        type = "date"
        position = 1
        [[column]]
        field = "value"
        type = "number"
        position = 3
        """,
        "utf-8",
    )
    path = tmp_path / "old.txt"
    path.write_text("01/11/2026;M1;3345,5\n", "utf-8")
    taken = take_in(sessions, path, layout="old_terminal", folder=own.parent)
    assert (taken.layout, taken.accepted) == ("old_terminal", 1)
    assert kept(sessions, "M1")[-1].value == Decimal("3345.5")


def test_two_batches_of_one_reading_keep_it_once(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3345,A"))
    taken = take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3345.00,A"))
    assert said(taken) == [(2, "refused", "duplicate")]
    with sessions() as session:
        assert intake.failed_rows(session, taken.id or 0, tmp_path / "failed.csv") == 0


def test_usage_of_the_month_is_the_difference_of_what_was_taken_in(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    points = supplier.a_town(sessions, ["M1"])
    take_in(sessions, written(tmp_path, "M1,total,2026-11-01,3345.25,A"))
    period = Period(date(2026, 10, 1), date(2026, 11, 1))
    with sessions() as session:
        usage = store.usage_of(session, [(points["M1"], period)])[points["M1"], period]
    assert isinstance(usage, Usage)
    assert usage.kwh == Decimal("155.25")


ROWS = [
    "M1,total,2026-11-01,3345,A",
    "M1,total,2026-11-15,3400,A",
    "M2,total,2026-11-01,3300,E",
    "M2,total,2026-11-01,3310,E",
    "M9,total,2026-11-01,3310,A",
    "M1,total,2026-12-01,3345,A",
    "M2,total,2026-11-10,9999,A",
]


def test_the_order_of_rows_changes_nothing(
    sessions: sessionmaker[Session], tmp_path_factory: pytest.TempPathFactory
) -> None:
    supplier.a_town(sessions, ["M1", "M2"])
    told = set()

    @settings(max_examples=20, deadline=None)
    @given(st.permutations(range(len(ROWS))))
    def taken_in_any_order(order: list[int]) -> None:
        path = written(tmp_path_factory.mktemp("rows"), *(ROWS[at] for at in order))
        found = take_in(sessions, path, dry_run=True)
        told.add(frozenset((order[one.row - 2], one.verdict, one.code) for one in found.verdicts))

    taken_in_any_order()
    assert len(told) == 1


def test_a_file_name_that_cannot_be_printed_is_shown_escaped(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    path = written(tmp_path, "M1,total,2026-11-01,3345,A")
    renamed = path.rename(tmp_path / "a\u202egpj\n.csv")
    assert open_file(renamed).name == "a\\u202egpj\\n.csv"
    assert take_in(sessions, renamed).file_name == "a\\u202egpj\\n.csv"


def test_of_two_clerks_with_the_same_readings_one_is_told_that_they_are_kept(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    serials = [f"M{one}" for one in range(40)]
    supplier.a_town(sessions, serials)
    rows = [f"{serial},total,2026-11-01,3345,A" for serial in serials]
    files = [written(tmp_path, *rows, name=f"{one}.csv") for one in range(2)]
    # The same readings in another file, and the very same file.
    files.append(written(tmp_path, *rows[::-1], name="reversed.csv"))
    together = Barrier(len(files))

    def at_once(path: Path) -> Batch:
        together.wait()
        return take_in(sessions, path)

    with ThreadPoolExecutor(len(files)) as pool:
        taken = list(pool.map(at_once, files))

    fresh = [one for one in taken if not one.is_repeat]
    assert sum(one.accepted for one in fresh) == len(serials)
    assert {len(kept(sessions, serial)) for serial in serials} == {4}
    with sessions() as session:
        assert invariants.findings(session, today=TODAY) == []
