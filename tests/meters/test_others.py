"""Estimates as others do, alarms of what nobody looks at, and meters that are to be read again."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from openpyxl import load_workbook
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from meters import gaps, intake, rounds, store
from meters.readings import active_readings
from meters.tables import ServicePointRow
from tests.meters import supplier
from tests.meters.supplier import NOW, TODAY
from tests.meters.test_intake import kept, said, take_in, written

NOVEMBER = date(2026, 11, 1)


def a_street(sessions: sessionmaker[Session], *, neighbors: int) -> None:
    """Open a route of a new meter and neighbors who use 4, 5, 6 … kWh a day."""
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        new = date(2026, 10, 20)
        supplier.add_meter(session, office_id, "NEW", route="R-1", installed_on=new, multiplier="2")
        for number in range(neighbors):
            serial = f"N{number}"
            supplier.add_meter(session, office_id, serial, route="R-1")
            grown = 30 * (4 + number)
            supplier.read(session, serial, {"2026-09-01": "1000", "2026-10-01": f"{1000 + grown}"})


def estimated(
    sessions: sessionmaker[Session], serial: str, classes: dict[int, str] | None = None
) -> Decimal | None:
    """Return what a meter is estimated to show in November."""
    gaps.estimate_missing(sessions, route="R-1", day=NOVEMBER, by="chen", now=NOW, classes=classes)
    with sessions() as session:
        register = supplier.register_id(session, serial)
        found = active_readings(session, [register], since=NOVEMBER).get(register)
    return found[0].value if found else None


def test_a_meter_without_history_is_taken_to_count_as_its_route_does(
    sessions: sessionmaker[Session],
) -> None:
    a_street(sessions, neighbors=3)
    # Twelve days at 5 kWh, the mean of 4, 5 and 6, on a dial that shows half of it.
    assert estimated(sessions, "NEW") == 30


def test_too_few_neighbors_tell_nothing(sessions: sessionmaker[Session]) -> None:
    a_street(sessions, neighbors=2)
    assert estimated(sessions, "NEW") is None


def test_without_neighbors_the_class_tells(sessions: sessionmaker[Session]) -> None:
    a_street(sessions, neighbors=0)
    with sessions() as session:
        points = {one.number: one.id for one in store.points_of_route(session, "R-1")}
    # Twelve days at the 7 kWh that the shipped profile has for November, on half a dial.
    assert estimated(sessions, "NEW", {points["P-NEW"]: "residential"}) == 42


def test_neighbors_of_another_class_tell_nothing(sessions: sessionmaker[Session]) -> None:
    a_street(sessions, neighbors=3)
    with sessions() as session:
        points = {one.number: one.id for one in store.points_of_route(session, "R-1")}
    classes = dict.fromkeys(points.values(), "industrial") | {points["P-NEW"]: "residential"}
    assert estimated(sessions, "NEW", classes) == 42


def test_nobody_is_taken_to_use_more_than_the_connection_carries(
    sessions: sessionmaker[Session],
) -> None:
    a_street(sessions, neighbors=3)
    with sessions.begin() as session:
        session.execute(
            update(ServicePointRow)
            .where(ServicePointRow.number == "P-NEW")
            .values(kwh_per_day_max=Decimal("4.9"))
        )
    assert estimated(sessions, "NEW") is None


def test_who_is_estimated_again_and_again_is_an_alarm(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        for serial in ("SEEN", "GUESSED", "TOLD"):
            supplier.add_meter(session, office_id, serial, route="R-1")
            supplier.read(session, serial, {"2026-03-01": "100"})
        supplier.read(session, "SEEN", {"2026-10-01": "200"})
        supplier.read(session, "GUESSED", {"2026-10-01": "200"}, kind="estimated")
        supplier.read(session, "TOLD", {"2026-10-01": "200"}, kind="customer")
    with sessions() as session:
        found = gaps.unread(session, route=None, today=TODAY)
        assert [(one.serial, one.last_read_on) for one in found] == [("GUESSED", date(2026, 3, 1))]
        assert gaps.unread(session, route=None, today=TODAY, days_max=300) == []
        assert len(gaps.unread(session, route="R-1", today=TODAY, days_max=30)) == 3


def test_a_doubted_meter_is_read_again_until_it_is(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1"])
    take_in(sessions, written(tmp_path, "M1,total,2026-11-01,5000,A"))
    with sessions() as session:
        (doubt,) = intake.doubts(session)
    ordered = {"by": "wang", "reason": "can't be", "now": NOW}
    assert intake.order_rereading(sessions, doubt.id, **ordered) is not None
    assert intake.order_rereading(sessions, doubt.id, **ordered) is None
    with sessions() as session:
        assert intake.doubts(session) == []
        (waiting,) = intake.rereadings(session)
        assert (waiting.id, waiting.decided_by, waiting.reason) == (doubt.id, "wang", "can't be")
    take_in(sessions, written(tmp_path, "M1,total,2026-11-03,3355,A"))
    with sessions() as session:
        assert intake.rereadings(session) == []
    assert kept(sessions, "M1")[-1].value == 3355


def test_a_use_that_is_just_the_ratio_off_is_doubted(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions.begin() as session:
        office_id = supplier.open_shop(session)
        supplier.add_meter(session, office_id, "CT", multiplier="40", kwh_per_day_max="20000")
        supplier.read(session, "CT", {"2026-09-01": "100", "2026-10-01": "130"})
    # One a day on the dial is usual. Somebody typed kWh instead of what it shows.
    taken = take_in(sessions, written(tmp_path, "CT,total,2026-11-01,1390,A"))
    assert said(taken) == [(2, "doubted", "wrong_multiplier")]
    taken = take_in(sessions, written(tmp_path, "CT,total,2026-11-01,161,A"))
    assert said(taken) == []


def test_the_template_is_filled_and_taken_in(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    supplier.a_town(sessions, ["M1", "M2"])
    path = tmp_path / "template.xlsx"
    rounds.template(path)
    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    assert [str(rule.type) for rule in sheet.data_validations.dataValidation] == [
        *("textLength", "list", "date", "decimal", "list")
    ]
    for row, (serial, value) in enumerate((("M1", 3345), ("M2", 3340.5)), start=2):
        for column, cell in enumerate((serial, "total", NOVEMBER, value), start=1):
            sheet.cell(row, column, cell)
    book.save(path)
    taken = take_in(sessions, path)
    assert (taken.layout, taken.rows, taken.accepted) == ("readings_template", 2, 2)
    assert kept(sessions, "M2")[-1].value == Decimal("3340.5")
