"""A small town to keep books for: an office, the law, some accounts, and bills as documents."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing import books, store
from billing.account import Account
from billing.bill import BillKind, IssuedBill
from billing.customer import Customer, CustomerKind, Language
from billing.money import Money, money
from billing.supply import Supply, SupplyClass
from billing.tables import BillIssueRow, BillLineRow, BillRow
from config import dated, people
from config.people import Role
from meters import tables as meters_tables
from meters.period import Period

OPENED = date(2020, 1, 1)
NOON = time(4, tzinfo=UTC)

RATES = """residential = { current_year = 1, prior_year = 1 }
other = { current_year = 2, prior_year = 3 }"""
NO_RATES = "other = { current_year = 0, prior_year = 0 }"


def at(day: date) -> datetime:
    """Return a moment of the day."""
    return datetime.combine(day, NOON)


def enact(session: Session, *, late_charge: bool = True, currency: str = "CNY") -> None:
    """Put the law of mainland China into force, with or without late charges."""
    maker = people.add_user(
        session, login="law.1", name="Law One", password="x", roles=[Role.CREDIT_OFFICER]
    )
    checker = people.add_user(
        session, login="law.2", name="Law Two", password="x", roles=[Role.ADMINISTRATOR]
    )
    for path in sorted(Path("config/markets/cn").glob("*.toml")):
        text = path.read_text("utf-8").replace('currency = "CNY"', f'currency = "{currency}"')
        if not late_charge:
            assert RATES in text
            text = text.replace(RATES, NO_RATES).replace("floor = 1.00", "floor = 0.00")
        file = dated.DatedFile(
            "markets/cn", date.fromisoformat(path.stem), text, dated.digest_of(text)
        )
        wanted = dated.propose(session, file, by=maker.login, now=at(OPENED))
        dated.activate(session, wanted, by=checker, reason="law", now=at(OPENED))


def settle_in(
    session: Session,
    *numbers: str,
    supply_class: SupplyClass = SupplyClass.RESIDENTIAL,
    office: str = "north",
    opened_on: date = OPENED,
) -> dict[str, Account]:
    """Add an account with a customer of its own and a supply for each number."""
    office_id = people.add_office(session, code=office, name_zh="北", name_en="North")
    customers = store.add_customers(
        session,
        [
            Customer(
                0,
                f"C-{number}",
                f"Customer {number}",
                CustomerKind.PERSON,
                Language.CHINESE,
                "+8613800000000",
                None,
                f"{number} Canal Street",
                office_id,
                None,
            )
            for number in numbers
        ],
    )
    store.add_accounts(
        session,
        [
            Account(0, number, customers[f"C-{number}"], 15, opened_on, None, 0)
            for number in numbers
        ],
    )
    accounts = store.find_accounts(session, numbers)
    store.add_supplies(
        session,
        [
            Supply(
                0,
                accounts[number].id,
                point(session, number, office_id),
                opened_on,
                None,
                supply_class,
                "residential",
            )
            for number in numbers
        ],
    )
    return accounts


def point(session: Session, number: str, office_id: int) -> int:
    """Add a service point and return its id."""
    premise = meters_tables.PremiseRow(address=f"{number} Canal Street")
    session.add(premise)
    session.flush()
    row = meters_tables.ServicePointRow(
        number=f"SP-{number}",
        premise_id=premise.id,
        route_id=None,
        walk_order=1,
        office_id=office_id,
        kwh_per_day_max=Decimal(100),
    )
    session.add(row)
    session.flush()
    return row.id


def a_bill(
    session: Session,
    account: Account,
    amount: str,
    *,
    issued_on: date,
    due_on: date,
    tax: str = "0",
    reverses: IssuedBill | None = None,
    kwh: int = 100,
) -> IssuedBill:
    """Issue a bill as a document only; nothing is posted yet."""
    (supply,) = store.supplies_of(session, [account.id])[account.id]
    revision = 1 + (
        session.scalar(
            select(func.count())
            .select_from(BillRow)
            .where(BillRow.service_point_id == supply.service_point_id)
        )
        or 0
    )
    kind = BillKind.REVERSAL if reverses else BillKind.REGULAR
    row = BillRow(
        run_id=None,
        account_id=account.id,
        supply_id=supply.id,
        service_point_id=supply.service_point_id,
        supply_class=str(supply.supply_class),
        kind=str(kind),
        revision=revision,
        period_start=date(2019, 12, 1),
        period_end=date(2020, 1, 1),
        days=31,
        kwh=Decimal(kwh),
        year_kwh=Decimal(0),
        is_estimated=False,
        amount=money(amount),
        tax=money(tax),
        reverses_id=reverses.id if reverses else None,
        facts={},
    )
    session.add(row)
    session.flush()
    session.add(
        BillLineRow(
            bill_id=row.id,
            no=1,
            code="energy",
            text_en="Energy",
            text_zh="电费",
            quantity=Decimal(100),
            unit="kWh",
            price=Decimal(1),
            amount=money(amount),
        )
    )
    number = f"{account.number}-{revision:03d}"
    session.add(BillIssueRow(bill_id=row.id, number=number, issued_on=issued_on, due_on=due_on))
    session.flush()
    return IssuedBill(
        id=row.id,
        number=number,
        account_id=account.id,
        supply_id=supply.id,
        service_point_id=supply.service_point_id,
        supply_class=supply.supply_class,
        kind=kind,
        revision=revision,
        period=Period(row.period_start, row.period_end),
        issued_on=issued_on,
        due_on=due_on,
        kwh=row.kwh,
        amount=row.amount,
        tax=row.tax,
        reverses_id=row.reverses_id,
    )


def bill(
    session: Session,
    account: Account,
    amount: str,
    *,
    on: date,
    due_on: date,
    tax: str = "0",
    kwh: int = 100,
) -> IssuedBill:
    """Issue a bill and post it on the day."""
    made = a_bill(session, account, amount, issued_on=on, due_on=due_on, tax=tax, kwh=kwh)
    books.post_bills(session, [made], posted_on=on)
    return made


def owed(session: Session, account: Account, *, as_of: date) -> list[tuple[str, Money]]:
    """Return the kinds and open amounts of what an account owes."""
    charges = books.open_charges(session, [account.id], as_of=as_of).get(account.id, [])
    return [(str(charge.kind), charge.open) for charge in charges]
