"""A small supplier for the tests of this room: rules in force, an office, meters with readings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from sqlalchemy.orm import Session, sessionmaker

from config import dated, people
from config.people import Role
from meters import store
from meters.point import NewMeter, NewRegister, NewServicePoint
from meters.reading import ReadingKind, RegisterCode
from meters.readings import NewReading, add_readings, find_meters
from meters.rules import Rules, parse_rules

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
INSTALLED = date(2025, 1, 1)
CLERK = "li.na"


@cache
def shipped_rules() -> Rules:
    """Return the checks that the house ships."""
    file = next(file for file in dated.shipped() if file.subject == "policies/checks")
    return parse_rules(file.name, file.table)


def open_shop(session: Session) -> int:
    """Put the shipped checks in force, by two people, and return the id of an office."""
    supervisor = people.find_user(session, "wang") or people.add_user(
        session, login="wang", name="Wang", password="irrelevant", roles=[Role.SUPERVISOR]
    )
    for file in dated.shipped():
        if file.subject == "policies/checks":
            approval = dated.propose(session, file, by="chen", now=NOW)
            dated.activate(session, approval, by=supervisor, reason="shipped", now=NOW)
    return people.add_office(session, code="R1", name_zh="城东", name_en="East")


def add_meter(
    session: Session,
    office_id: int,
    serial: str,
    *,
    codes: Iterable[str] = ("total",),
    digits: int = 5,
    decimals: int = 2,
    multiplier: str = "1",
    kwh_per_day_max: str = "200",
    installed_on: date = INSTALLED,
    opening: str | Mapping[str, str] = "0",
    route: str | None = None,
    walk_order: int = 0,
    point: str | None = None,
    marks: Mapping[str, str] | None = None,
) -> int:
    """Install a meter at a service point of its own, and return the point's id."""
    number = point or f"P-{serial}"
    known = store.find_service_points(session, [number])
    point_id = (
        known[number].id
        if known
        else store.add_service_points(
            session,
            [
                NewServicePoint(
                    number,
                    f"{number} Canal Street",
                    office_id,
                    Decimal(kwh_per_day_max),
                    route,
                    walk_order,
                )
            ],
        )[number]
    )
    openings = dict.fromkeys(codes, opening) if isinstance(opening, str) else opening
    registers = tuple(
        NewRegister(
            RegisterCode(code),
            digits,
            Decimal(openings[code]),
            decimals,
            (marks or {}).get(code, ""),
        )
        for code in openings
    )
    store.install_meters(
        session, [NewMeter(serial, point_id, installed_on, registers, Decimal(multiplier))]
    )
    return point_id


def register_id(session: Session, serial: str, code: str = "total") -> int:
    """Return the id of a meter's register."""
    return find_meters(session, [serial])[serial].dials[RegisterCode(code)][0].register.id


def read(
    session: Session,
    serial: str,
    days: Mapping[str, str],
    *,
    code: str = "total",
    kind: str = "actual",
) -> None:
    """Keep readings of a register, by day."""
    register = register_id(session, serial, code)
    add_readings(
        session,
        [
            NewReading(register, date.fromisoformat(day), Decimal(value), ReadingKind(kind))
            for day, value in days.items()
        ],
    )


def a_town(sessions: sessionmaker[Session], serials: Sequence[str]) -> dict[str, int]:
    """Open shop with plain meters, read once a month since they were installed: 5 kWh a day."""
    with sessions.begin() as session:
        office_id = open_shop(session)
        points = {serial: add_meter(session, office_id, serial) for serial in serials}
        for serial in serials:
            read(session, serial, {"2026-09-01": "3040", "2026-10-01": "3190"})
    return points
