"""A few streets to bill: the law, tariffs and policy in force, meters, and their readings."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlalchemy.orm import Session, sessionmaker

import meters.store
from billing import store
from billing.account import Account
from billing.customer import Customer, CustomerKind, Language
from billing.supply import Supply, SupplyClass
from config import dated, people
from config.people import Role, User
from meters.reading import ReadingKind, RegisterCode
from meters.readings import NewReading, add_readings, dials_of_points
from meters.store import NewMeter, NewRegister, NewServicePoint

CLERK, CHIEF = "wang", "li"
START = date(2026, 1, 1)


def at(day: date) -> datetime:
    """Return a moment of the day."""
    return datetime.combine(day, time(4), UTC)


def person(login: str) -> User:
    """Return somebody who may do anything in this room; nobody logs in, so nobody is kept."""
    roles = frozenset({Role.CREDIT_OFFICER, Role.SUPERVISOR})
    return User(0, login, login.title(), roles, frozenset(), "zh")


def enact(session: Session, *files: dated.DatedFile) -> None:
    """Put files into force: those given, or else the shipped ones of mainland China."""
    wanted = ("markets/cn", "tariffs/", "policies/billing", "policies/checks")
    for file in files or [one for one in dated.shipped() if one.subject.startswith(wanted)]:
        approval_id = dated.propose(session, file, by=CLERK, now=at(START))
        dated.activate(session, approval_id, by=person(CHIEF), reason="test", now=at(START))


def file_of(subject: str, starts_on: date, text: str) -> dated.DatedFile:
    """Return a dated file that was never on a disk."""
    return dated.DatedFile(subject, starts_on, text, dated.digest_of(text))


def settle(
    session: Session,
    numbers: Mapping[str, str],
    *,
    supply_class: SupplyClass = SupplyClass.RESIDENTIAL,
    codes: tuple[RegisterCode, ...] = (RegisterCode.TOTAL,),
    route: str | None = None,
    since: date = START,
    **terms: object,
) -> dict[str, Account]:
    """Add an account with a supply and a meter for each number, on the tariff it maps to."""
    office = people.add_office(session, code="north", name_zh="北", name_en="North")
    ids = store.add_customers(
        session,
        [
            Customer(
                0,
                number,
                f"Customer {number}",
                CustomerKind.PERSON,
                Language.CHINESE,
                None,
                None,
                None,
                office,
                None,
            )
            for number in numbers
        ],
    )
    store.add_accounts(
        session, [Account(0, number, ids[number], 15, since, None, 0) for number in numbers]
    )
    accounts = store.find_accounts(session, list(numbers))
    points = meters.store.add_service_points(
        session,
        [
            NewServicePoint(f"P{number}", f"{number} Canal Street", office, Decimal(100000), route)
            for number in numbers
        ],
    )
    store.add_supplies(
        session,
        [
            Supply(
                0,
                accounts[number].id,
                points[f"P{number}"],
                since,
                None,
                supply_class,
                tariff,
                **terms,
            )
            for number, tariff in numbers.items()
        ],
    )
    meters.store.install_meters(
        session,
        [
            NewMeter(
                f"M{number}",
                points[f"P{number}"],
                since,
                tuple(NewRegister(code, 7, decimals=2) for code in codes),
            )
            for number in numbers
        ],
    )
    return accounts


def read(
    session: Session,
    number: str,
    day: date,
    *values: str | int,
    kind: ReadingKind = ReadingKind.ACTUAL,
) -> None:
    """Add a reading of each register of an account's meter, in the order of its registers."""
    [point] = meters.store.find_service_points(session, [f"P{number}"]).values()
    registers = [dial.register for dial in dials_of_points(session, [point.id])[point.id]]
    registers.sort(key=lambda register: register.id)
    add_readings(
        session,
        [
            NewReading(register.id, day, Decimal(value), kind)
            for register, value in zip(registers, values, strict=True)
        ],
    )


def town(sessions: sessionmaker[Session], **usage: int) -> dict[str, Account]:
    """Settle Beijing households, whose meters on 1 February show what they used in January."""
    with sessions.begin() as session:
        enact(session)
        accounts = settle(session, dict.fromkeys(usage, "residential_beijing"))
        for number, kwh in usage.items():
            read(session, number, date(2026, 2, 1), kwh)
    return accounts
