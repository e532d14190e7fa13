"""Rounds: the sheet for the reader, what comes back, what is missing, and what is estimated."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session, sessionmaker

from meters import gaps, intake, invariants, rounds, store
from meters.period import Period
from meters.reading import ReadingKind, Usage
from tests.meters import supplier
from tests.meters.supplier import NOW, TODAY
from tests.meters.test_intake import kept, said

NOVEMBER = date(2026, 11, 1)


def a_route(sessions: sessionmaker[Session]) -> dict[str, int]:
    """Open a route of three meters, walked in another order than that of their numbers."""
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        points = {
            serial: supplier.add_meter(session, office_id, serial, route="R-1", walk_order=order)
            for serial, order in (("A1", 30), ("A2", 10), ("A3", 20))
        }
        for serial in points:
            supplier.read(session, serial, {"2026-09-01": "3040", "2026-10-01": "3190"})
    return points


def test_the_sheet_is_in_walking_order_with_what_is_expected(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    a_route(sessions)
    path = tmp_path / "route.xlsx"
    assert rounds.route_sheet(sessions, "R-1", path, today=NOVEMBER) == 3
    sheet = load_workbook(path).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[3] for row in rows] == ["A2", "A3", "A1"]
    # 150 kWh in 30 days before: 155 in the 31 days to come, give or take half.
    assert rows[0][6:9] == (3190, 3267, 3423)
    assert sheet.freeze_panes == "A2"


def test_a_route_that_is_not_there_is_named_with_those_that_are(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    a_route(sessions)
    with pytest.raises(rounds.NoSuchRouteError, match="there is R-1"):
        rounds.route_sheet(sessions, "R-2", tmp_path / "route.xlsx", today=TODAY)


def test_the_filled_sheet_is_taken_in_and_what_was_not_read_stays_missing(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    a_route(sessions)
    path = tmp_path / "route.xlsx"
    rounds.route_sheet(sessions, "R-1", path, today=NOVEMBER)
    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    headings = [cell.value for cell in sheet[1]]
    day, value = headings.index("Read on 抄表日期") + 1, headings.index("Reading 本次示数") + 1
    for row, shown in ((2, 3345), (4, 3333.5)):
        sheet.cell(row, day).value = NOVEMBER
        sheet.cell(row, value).value = shown
    book.save(path)

    taken = intake.take_in(sessions, path, by="chen", today=TODAY, now=NOW)

    assert (taken.layout, taken.rows, taken.accepted, said(taken)) == ("route_sheet", 2, 2, [])
    assert kept(sessions, "A1")[-1].value == Decimal("3333.5")
    with sessions() as session:
        left = gaps.missing(session, route="R-1", since=NOVEMBER, until=NOVEMBER)
    assert [(one.serial, one.code, one.last_read_on) for one in left] == [
        ("A3", "total", date(2026, 10, 1))
    ]


def estimate(sessions: sessionmaker[Session], **more: object) -> int:
    """Estimate what is missing on the first of November."""
    asked = {"route": "R-1", "day": NOVEMBER, "by": "chen", "now": NOW} | more
    return intake.estimate_missing(sessions, **asked)  # type: ignore[arg-type]


def test_what_is_missing_is_estimated_from_its_own_past_and_flagged(
    sessions: sessionmaker[Session],
) -> None:
    points = a_route(sessions)
    with sessions.begin() as session:
        supplier.read(session, "A1", {"2026-11-01": "3300"})
    assert estimate(sessions) == 2
    assert estimate(sessions) == 0
    last = kept(sessions, "A2")[-1]
    assert (last.value, last.kind) == (3345, ReadingKind.ESTIMATED)
    assert kept(sessions, "A1")[-1].kind is ReadingKind.ACTUAL
    period = Period(date(2026, 10, 1), NOVEMBER)
    with sessions() as session:
        usage = store.usage_of(session, [(points["A2"], period)])[points["A2"], period]
        assert invariants.findings(session, today=TODAY) == []
    assert isinstance(usage, Usage)
    assert (usage.kwh, usage.is_estimated) == (155, True)


def test_the_next_actual_reading_sets_the_estimate_right_also_when_it_is_lower(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    points = a_route(sessions)
    estimate(sessions)
    path = tmp_path / "late.csv"
    path.write_text("meter,date,reading\nA2,2026-11-20,3250\n", "utf-8")
    taken = intake.take_in(sessions, path, by="chen", today=TODAY, now=NOW)
    assert (taken.accepted, said(taken)) == (1, [])
    first = Period(date(2026, 10, 1), NOVEMBER)
    second = Period(NOVEMBER, date(2026, 11, 20))
    point = points["A2"]
    with sessions() as session:
        found = store.usage_of(session, [(point, first), (point, second)])
    billed, put_right = found[point, first], found[point, second]
    assert isinstance(billed, Usage)
    assert isinstance(put_right, Usage)
    assert (put_right.kwh, put_right.is_true_up) == (-95, True)
    assert billed.kwh + put_right.kwh == 3250 - 3190


def test_a_point_read_some_days_earlier_is_not_estimated(
    sessions: sessionmaker[Session],
) -> None:
    a_route(sessions)
    with sessions.begin() as session:
        supplier.read(session, "A1", {"2026-10-29": "3330"})
    assert estimate(sessions, since=date(2026, 10, 25)) == 2


def test_without_a_history_nothing_is_estimated(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        supplier.add_meter(session, office_id, "A1", route="R-1", installed_on=date(2026, 10, 1))
    assert estimate(sessions) == 0
    assert estimate(sessions, route=None) == 0
