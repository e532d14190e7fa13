"""Service points, routes and meters as values: those that are kept, and those to be added."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meters.reading import Reading, RegisterCode


@dataclass(frozen=True, slots=True)
class ServicePoint:
    """A point at which energy is delivered."""

    id: int
    number: str
    address: str
    route_code: str | None
    walk_order: int
    office_id: int
    kwh_per_day_max: Decimal


@dataclass(frozen=True, slots=True)
class NewServicePoint:
    """
    A service point to be added; its route is added with it if it is new.

    :param kwh_per_day_max: the most it can draw in a day, such as contracted kW x 24.
    """

    number: str
    address: str
    office_id: int
    kwh_per_day_max: Decimal
    route_code: str | None = None
    walk_order: int = 0


@dataclass(frozen=True, slots=True)
class NewRegister:
    """
    A register of a new meter and what it showed when it was installed.

    :param mark: what files call it, where that isn't its code.
    """

    code: RegisterCode
    digits: int
    opening: Decimal = Decimal(0)
    decimals: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class NewMeter:
    """A meter to be installed at a service point, with its opening readings."""

    serial: str
    service_point_id: int
    installed_on: date
    registers: tuple[NewRegister, ...]
    multiplier: Decimal = Decimal(1)
    batch_id: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Service points walked one after the other."""

    id: int
    code: str
    name: str
    office_id: int


@dataclass(frozen=True, slots=True)
class RouteLine:
    """
    A register to be read on a round.

    :param expected: what it will show if use is as usual, give or take half; none without history.
    """

    point: ServicePoint
    serial: str
    code: RegisterCode
    last: Reading | None
    expected: tuple[Decimal, Decimal] | None
