"""What is known of an account's supplies, energy, money and trust, gathered from the rooms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from arrears import ageing, assessing, rules
from arrears import store as arrears
from arrears.ageing import Ageing
from arrears.case import Grading
from arrears.credit import Assessed, Grade
from arrears.grading import Advice, advice, missing_points
from billing import books
from billing import store as billing
from billing.history import Happened
from billing.interest import UnknownRateError
from billing.ledger import Charge
from billing.money import Money
from billing.supply import Supply
from config import dated
from meters import readings as dials
from meters import store as meters
from meters.orders import Order, OrderKind, OrderState, orders
from meters.reading import Reading, RegisterCode, plain
from meters.store import ServicePoint
from meters.usage import Dial
from web.charts import Bar, Columns, columns
from web.shows import month, whole
from web.words import fact, word

USAGE_MONTHS = 14
READING_DAYS = 24


@dataclass(frozen=True, slots=True)
class SupplyLine:
    """A supply, where it comes through, the meters and registers there, and the last switching."""

    supply: Supply
    point: ServicePoint
    serials: tuple[str, ...]
    switched: Order | None
    codes: tuple[RegisterCode, ...] = ()

    @property
    def cut_on(self) -> date | None:
        """The day since which the supply is cut, or nothing if it runs."""
        if self.switched is None or self.switched.kind is not OrderKind.CUT:
            return None
        return self.switched.state_on


@dataclass(frozen=True, slots=True)
class Owing:
    """What an account owes and holds on a day."""

    charges: Sequence[Charge]
    ageing: Ageing
    credit: Money
    deposits: Money
    interest: Money = 0
    accruing: Mapping[int, Money] = field(default_factory=dict)

    @property
    def accrued(self) -> Money:
        """Late charges that have accrued and are not posted yet."""
        return sum(self.accruing.values())

    @property
    def to_pay(self) -> Money:
        """What would settle everything today."""
        return self.ageing.total + self.accrued - self.credit


@dataclass(frozen=True, slots=True)
class ReadingDay:
    """What the registers of a meter showed on a day."""

    taken_on: date
    serial: str
    values: Mapping[RegisterCode, Reading]

    @property
    def batch_id(self) -> int | None:
        """The batch that the readings came in, if they came in one."""
        return next((one.batch_id for one in self.values.values()), None)

    @property
    def is_estimated(self) -> bool:
        """Test whether nobody has looked at one of the dials."""
        return any(one.is_estimated for one in self.values.values())


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened to an account: each fact's name, what was and is, and if a code."""

    on: date
    words: str
    point: str
    facts: tuple[tuple[str, str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """A customer's grade, worked out again from what was kept with it, and what would raise it."""

    grading: Grading
    assessed: Assessed
    advice: Sequence[Advice]
    next_grade: tuple[Grade, int] | None
    history: Sequence[Grading]
    word: arrears.Adjustment | None = None


def supply_lines(session: Session, account_id: int) -> list[SupplyLine]:
    """Return the account's supplies, the newest first, with where they come from."""
    supplies = billing.supplies_of(session, [account_id]).get(account_id, [])
    ids = {one.service_point_id for one in supplies}
    points = meters.service_points(session, ids)
    found = dials.dials_of_points(session, ids)
    done = orders(session, point_ids=ids, states=[OrderState.DONE])
    newest = {order.service_point_id: order for order in done}
    return [
        SupplyLine(
            one,
            points[one.service_point_id],
            _serials(found.get(one.service_point_id, ()), one),
            newest.get(one.service_point_id),
            _codes(found.get(one.service_point_id, ())),
        )
        for one in reversed(supplies)
    ]


def _serials(there: Sequence[Dial], supply: Supply) -> tuple[str, ...]:
    """Return the meters that counted for a supply, the newest first."""
    during = [
        dial
        for dial in there
        if (supply.ends_on is None or dial.installed_on < supply.ends_on)
        and (dial.removed_on is None or dial.removed_on > supply.starts_on)
    ]
    return tuple(dict.fromkeys(dial.register.serial for dial in reversed(during)))


def _codes(there: Sequence[Dial]) -> tuple[RegisterCode, ...]:
    """Return the registers of the meters that are in place."""
    codes = (dial.register.code for dial in there if dial.removed_on is None)
    return tuple(dict.fromkeys(codes))


def told_history(found: Sequence[Happened]) -> list[Told]:
    """Return what happened to an account as the page tells it."""
    return [
        Told(
            one.on,
            word(one.event),
            one.point or "",
            tuple(
                (fact(name), _said(name, was), _said(name, now), name == "tariff")
                for name, (was, now) in one.facts.items()
            ),
        )
        for one in found
    ]


def _said(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    return str(value) if name in ("tariff", "name") else word(str(value))


def owing(session: Session, account_id: int, *, today: date) -> Owing:
    """Return what the account owes and holds today."""
    charges = books.open_charges(session, [account_id], as_of=today).get(account_id, [])
    return Owing(
        charges,
        ageing.age(charges, as_of=today),
        books.on_account(session, [account_id], as_of=today).get(account_id, 0),
        books.deposits_held(session, [account_id]).get(account_id, 0),
        _interest(session, account_id, today),
        books.late_charges_to(session, [account_id], as_of=today).get(account_id, {}),
    )


def _interest(session: Session, account_id: int, today: date) -> Money:
    """Return what the deposit has earned and isn't credited yet, as far as its rate is known."""
    try:
        found = books.interest_earned(session, [account_id], until=today).get(account_id)
    except UnknownRateError:
        return 0
    return 0 if found is None else found.due


def usage_chart(session: Session, lines: Sequence[SupplyLine], *, today: date) -> Columns:
    """Return the energy of each of the last months as columns."""
    points = {line.point.id for line in lines}
    since = (today - timedelta(days=31 * USAGE_MONTHS)).replace(day=1)
    found = meters.monthly_kwh(session, points, since=since, until=today)
    by_month: dict[str, Decimal] = {}
    for periods in found.values():
        for day, energy in periods:
            # A reading early on the first tells what the month before used.
            name = month(day - timedelta(days=1))
            by_month[name] = by_month.get(name, Decimal(0)) + energy
    newest = sorted(by_month.items())[-USAGE_MONTHS:]
    bars = [Bar(name[2:], float(energy), whole(energy)) for name, energy in newest]
    return columns(_("Energy by month, kWh"), bars, width=760, height=190)


def reading_days(session: Session, lines: Sequence[SupplyLine]) -> list[ReadingDay]:
    """Return the newest days on which the account's meters were read, the newest first."""
    found = dials.dials_of_points(session, {line.point.id for line in lines})
    registers = {dial.register.id: dial.register for some in found.values() for dial in some}
    values: dict[tuple[date, str], dict[RegisterCode, Reading]] = {}
    for register_id, some in dials.active_readings(session, set(registers)).items():
        register = registers[register_id]
        for reading in some:
            day = values.setdefault((reading.taken_on, register.serial), {})
            day[register.code] = reading
    newest = sorted(values.items(), reverse=True)[:READING_DAYS]
    return [ReadingDay(day, serial, some) for (day, serial), some in newest]


def trust(session: Session, customer_id: int) -> Trust | None:
    """Return a customer's grade with all it rests on, or none before the first assessment."""
    history = arrears.assessments_of(session, customer_id)
    if not history:
        return None
    newest = history[0]
    word = arrears.adjustments_on(session, [customer_id], newest.as_of).get(customer_id)
    file = dated.by_digest(session, newest.scorecard_digest)
    assert file is not None, "an assessment names a scorecard whose text is kept"
    card = rules.card_of(file)
    assessed = assessing.worked_out(card, newest)
    card = card.named(newest.card)
    return Trust(
        newest, assessed, advice(card, assessed), missing_points(card, assessed), history, word
    )
