"""Rounds: a route's sheet for the reader, in walking order, and what came back unread."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from config.database import reading
from config.workbook import Entry, Heading, Sheet, Value, write_template, write_workbook
from meters import store
from meters.estimate import estimate
from meters.gaps import HISTORY, Missing, missing
from meters.point import RouteLine
from meters.reading import EXPORTS, Reading, ReadingKind, RegisterCode
from meters.readings import active_readings, by_register, dials_in_place
from meters.usage import Dial

__all__ = (
    "Missing",
    "NoSuchRouteError",
    "RouteLine",
    "lines",
    "missing",
    "route_sheet",
    "template",
)

# The take-in compares these headings with layouts/route_sheet.toml.
HEADINGS = (
    Heading("No. 序号", 7),
    Heading("Point 计量点", 16),
    Heading("Address 地址", 36),
    Heading("Meter 表号", 18),
    Heading("Register 示数类型", 14),
    Heading("Last read on 上次日期", 14, "yyyy-mm-dd"),
    Heading("Last 上次示数", 14),
    Heading("Expected from 预计下限", 14),
    Heading("Expected to 预计上限", 14),
    Heading("Read on 抄表日期", 14, "yyyy-mm-dd"),
    Heading("Reading 本次示数", 16),
    Heading("Kind 抄表状态", 12),
    Heading("Remark 备注", 24),
)
# What is usual swings by half either way; below that the sheet would cry wolf.
_LEAST, _MOST = Decimal("0.5"), Decimal("1.5")
_RECENT_DAYS = 120
_UNFORESEEN = frozenset({RegisterCode.DEMAND, *EXPORTS})


TEMPLATE = (
    Heading("Meter 表号", 20, "@", Entry.TEXT),
    Heading("Register 示数类型", 18, None, tuple(f"{code}" for code in RegisterCode)),
    Heading("Read on 抄表日期", 16, "yyyy-mm-dd", Entry.DAY),
    Heading("Reading 示数", 16, "0.######", Entry.NUMBER),
    Heading("Kind 抄表状态", 14, None, tuple(f"{kind}" for kind in ReadingKind)),
)
"""The headings of the template; the take-in compares them with layouts/readings_template.toml."""


class NoSuchRouteError(Exception):
    """There is no such route; the text names those there are."""


def route_sheet(sessions: sessionmaker[Session], route: str, path: Path, *, today: date) -> int:
    """
    Write a route's sheet as a workbook to be filled in; return how many registers are on it.

    :raises NoSuchRouteError: if there is no such route.
    """
    with reading(sessions) as session:
        found = known_lines(session, route, today=today)
    rows = [_row(number, line) for number, line in enumerate(found, start=1)]
    write_workbook(path, [Sheet(f"Route {route}", HEADINGS, rows)])
    return len(rows)


def template(path: Path) -> None:
    """Write an empty workbook to type readings into; it says at once what can't be one."""
    write_template(path, "Readings", TEMPLATE)


def known_lines(session: Session, route: str, *, today: date) -> list[RouteLine]:
    """
    Return the registers of a route, as `lines` does.

    :raises NoSuchRouteError: if there is no such route.
    """
    found = lines(session, route, today=today)
    if not found:
        known = ", ".join(one.code for one in store.routes(session)) or "none"
        raise NoSuchRouteError(f"no meter is read on a route {route!r}; there is {known}")
    return found


def lines(session: Session, route: str, *, today: date) -> list[RouteLine]:
    """Return the registers of a route that are in place today, in walking order."""
    points = store.points_of_route(session, route)
    dials = dials_in_place(session, [point.id for point in points], today)
    readings = active_readings(session, by_register(dials), since=today - HISTORY, until=today)
    return [
        _line(point, dial, readings.get(dial.register.id, []), today)
        for point in points
        for dial in dials.get(point.id, ())
    ]


def _line(point: store.ServicePoint, dial: Dial, readings: list[Reading], today: date) -> RouteLine:
    last = readings[-1] if readings else None
    expected = None if last is None else _expected(dial, readings, last, today)
    return RouteLine(point, dial.register.serial, dial.register.code, last, expected)


def _expected(
    dial: Dial, readings: list[Reading], last: Reading, today: date
) -> tuple[Decimal, Decimal] | None:
    register = dial.register
    days = (today - last.taken_on).days
    made = estimate(register, readings, today, recent_days=_RECENT_DAYS)
    if made is None or not days or register.code in _UNFORESEEN:
        return None
    usual = made.per_day * days
    low = (last.value + usual * _LEAST).to_integral_value(ROUND_FLOOR)
    high = (last.value + usual * _MOST).to_integral_value(ROUND_CEILING)
    return low % register.span, high % register.span


def _row(number: int, line: RouteLine) -> list[Value]:
    return [number, *_about(line), *_shown(line), None, None, None, None]


def _about(line: RouteLine) -> Iterator[Value]:
    yield line.point.number
    yield line.point.address
    yield line.serial
    yield str(line.code)


def _shown(line: RouteLine) -> Iterator[Value]:
    yield line.last.taken_on if line.last else None
    yield line.last.value if line.last else None
    yield from line.expected or (None, None)
