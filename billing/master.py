"""The customer master: customers, accounts and supplies, with `billing.store` as its face."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from billing.account import Account
from billing.customer import Customer, CustomerKind, Language
from billing.supply import PaymentMode, Protection, Supply, SupplyClass, overlapping
from billing.tables import AccountRow, AccountTermRow, CustomerRow, SupplyRow
from config.database import add_rows, in_chunks, next_ids, rows_of, with_ids


@dataclass(frozen=True, slots=True)
class Hit:
    """An account that a search found, with what tells it from the others."""

    account_id: int
    account_number: str
    customer_id: int
    customer_number: str
    customer_name: str
    mobile: str | None
    address: str | None
    office_id: int


class OverlapError(Exception):
    """Two supplies would share a day at a service point; the message names all of them."""


# --- customers --------------------------------------------------------------------------------


def customers(session: Session, ids: Collection[int]) -> dict[int, Customer]:
    """Return the customers with these ids."""
    found: dict[int, Customer] = {}
    for some in in_chunks(sorted(ids)):
        rows = session.execute(select(*_CUSTOMER).where(CustomerRow.id.in_(some)))
        found |= {row.id: _customer(row) for row in rows}
    return found


def find_customers(session: Session, numbers: Collection[str]) -> dict[str, Customer]:
    """Return the customers that have these numbers."""
    found: dict[str, Customer] = {}
    for some in in_chunks(sorted(set(numbers))):
        rows = session.execute(select(*_CUSTOMER).where(CustomerRow.number.in_(some)))
        found |= {row.number: _customer(row) for row in rows}
    return found


def add_customers(session: Session, new: Sequence[Customer]) -> dict[str, int]:
    """Add customers, whose ids don't count yet, and return the id of each number."""
    ids = next_ids(session, CustomerRow, len(new))
    add_rows(
        session,
        CustomerRow,
        [
            {
                "id": id_,
                "number": one.number,
                "name": one.name,
                "kind": str(one.kind),
                "language": str(one.language),
                "mobile": one.mobile,
                "email": one.email,
                "address": one.address,
                "office_id": one.office_id,
                "industry": one.industry,
            }
            for one, id_ in zip(new, ids, strict=True)
        ],
    )
    return {one.number: id_ for one, id_ in zip(new, ids, strict=True)}


# --- accounts ---------------------------------------------------------------------------------


def accounts(
    session: Session, ids: Collection[int], *, on: date | None = None
) -> dict[int, Account]:
    """Return the accounts with these ids, on the terms of a day, or else on their newest ones."""
    return {one.id: one for one in _accounts(session, AccountRow.id, ids, on)}


def find_accounts(
    session: Session, numbers: Collection[str], *, on: date | None = None
) -> dict[str, Account]:
    """Return the accounts that have these numbers, on the terms of a day, or else the newest."""
    return {one.number: one for one in _accounts(session, AccountRow.number, set(numbers), on)}


def account_ids(session: Session, *, office_ids: Collection[int] | None = None) -> list[int]:
    """Return the ids of all accounts, or of those of some offices, in order."""
    query = select(AccountRow.id).order_by(AccountRow.id)
    if office_ids is not None:
        query = query.join(CustomerRow, CustomerRow.id == AccountRow.customer_id)
        query = query.where(CustomerRow.office_id.in_(office_ids))
    return list(session.scalars(query))


def accounts_of(session: Session, customer_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the ids of each customer's accounts, in order."""
    found: dict[int, list[int]] = {}
    for some in in_chunks(sorted(customer_ids)):
        query = select(AccountRow.customer_id, AccountRow.id).where(
            AccountRow.customer_id.in_(some)
        )
        for customer_id, account_id in session.execute(query.order_by(AccountRow.id)):
            found.setdefault(customer_id, []).append(account_id)
    return found


def add_accounts(session: Session, new: Sequence[Account]) -> dict[str, int]:
    """Add accounts, whose ids don't count yet, with their terms; return the id of each number."""
    ids = next_ids(session, AccountRow, len(new))
    add_rows(
        session,
        AccountRow,
        [
            {
                "id": id_,
                "number": one.number,
                "customer_id": one.customer_id,
                "opened_on": one.opened_on,
                "closed_on": one.closed_on,
                "posted_no": one.posted_no,
            }
            for one, id_ in zip(new, ids, strict=True)
        ],
    )
    terms = [(id_, one.opened_on, one.credit_days) for one, id_ in zip(new, ids, strict=True)]
    add_terms(session, terms)
    return {one.number: id_ for one, id_ in zip(new, ids, strict=True)}


def add_terms(session: Session, terms: Sequence[tuple[int, date, int]]) -> None:
    """Add terms: an account's id, the day from which they hold, and its days of credit."""
    keys = ("account_id", "starts_on", "credit_days")
    add_rows(session, AccountTermRow, [dict(zip(keys, one, strict=True)) for one in terms])


def term_days(session: Session, account_id: int) -> set[date]:
    """Return the days on which terms of an account begin."""
    query = select(AccountTermRow.starts_on).where(AccountTermRow.account_id == account_id)
    return set(session.scalars(query))


def close_accounts(session: Session, ids: Collection[int], *, on: date) -> None:
    """Close accounts: from the day on they are no longer billed."""
    for some in in_chunks(sorted(ids)):
        session.execute(
            update(AccountRow)
            .where(AccountRow.id.in_(some))
            .values(closed_on=on)
            .execution_options(synchronize_session=False)
        )


# --- supplies ---------------------------------------------------------------------------------


def supplies_on(session: Session, ids: Collection[int], day: date) -> dict[int, list[Supply]]:
    """Return the supplies that each of the accounts has on a day."""
    found = supplies_of(session, ids)
    on = {key: [one for one in supplies if one.is_on(day)] for key, supplies in found.items()}
    return {key: supplies for key, supplies in on.items() if supplies}


def supplies_of(session: Session, ids: Collection[int]) -> dict[int, list[Supply]]:
    """Return all supplies that each of the accounts has or had, the earliest first."""
    found: dict[int, list[Supply]] = {}
    for some in in_chunks(sorted(ids)):
        for one in _supplies(session, SupplyRow.account_id.in_(some)):
            found.setdefault(one.account_id, []).append(one)
    return found


def supplies_at(session: Session, point_ids: Collection[int]) -> dict[int, list[Supply]]:
    """Return all supplies at each of the service points, the earliest first."""
    found: dict[int, list[Supply]] = {}
    for some in in_chunks(sorted(point_ids)):
        for one in _supplies(session, SupplyRow.service_point_id.in_(some)):
            found.setdefault(one.service_point_id, []).append(one)
    return found


def add_supplies(session: Session, new: Sequence[Supply]) -> list[int]:
    """
    Add supplies, whose ids don't count yet, and return their ids in the order given.

    :raises OverlapError: if one shares a day with another at its service point.
    """
    here = supplies_at(session, {one.service_point_id for one in new})
    both = overlapping([*new, *(one for supplies in here.values() for one in supplies)])
    if both:
        raise OverlapError("; ".join(_overlap(first, second) for first, second in both))
    ids = next_ids(session, SupplyRow, len(new))
    add_rows(
        session,
        SupplyRow,
        [_supply_values(one) | {"id": id_} for one, id_ in zip(new, ids, strict=True)],
    )
    return ids


def end_supplies(session: Session, ids: Collection[int], *, on: date) -> None:
    """End supplies: the day is the first that they no longer cover."""
    for some in in_chunks(sorted(ids)):
        session.execute(
            update(SupplyRow)
            .where(SupplyRow.id.in_(some), SupplyRow.ends_on.is_(None))
            .values(ends_on=on)
            .execution_options(synchronize_session=False)
        )


def change_supplies(session: Session, changed: Sequence[Supply], *, on: date) -> list[int]:
    """
    End supplies and start what they are changed to on the same day; return the ids of those.

    :param changed: the supplies as they shall be from the day on, with the ids they have now.
    """
    end_supplies(session, [one.id for one in changed], on=on)
    return add_supplies(session, [replace(one, starts_on=on, ends_on=None) for one in changed])


def set_payment_mode(
    session: Session, ids: Collection[int], mode: PaymentMode, *, on: date
) -> list[int]:
    """Let accounts pay before or after from a day on; return the ids of the new supplies."""
    going_on = [one for supplies in supplies_on(session, ids, on).values() for one in supplies]
    changed = [replace(one, payment_mode=mode) for one in going_on if one.payment_mode is not mode]
    return change_supplies(session, changed, on=on)


# --- search -----------------------------------------------------------------------------------


def search(
    session: Session, text: str, *, office_ids: Collection[int] | None = None, limit: int = 50
) -> list[Hit]:
    """
    Return accounts that a text means: a number with or without leading zeros, a name, a mobile.

    :param office_ids: the offices whose customers may be seen; none means all.
    """
    words = text.strip().casefold()
    if not words:
        return []
    bare = words.lstrip("0") or "0"
    digits = "".join(filter(str.isdecimal, words))
    wanted = [
        func.ltrim(func.lower(AccountRow.number), "0").startswith(bare, autoescape=True),
        func.ltrim(func.lower(CustomerRow.number), "0").startswith(bare, autoescape=True),
        func.lower(CustomerRow.name).contains(words, autoescape=True),
        func.lower(CustomerRow.address).contains(words, autoescape=True),
    ]
    if len(digits) >= 4:
        wanted.append(CustomerRow.mobile.contains(digits))
    query = (
        select(*_HIT)
        .join(CustomerRow, CustomerRow.id == AccountRow.customer_id)
        .where(or_(*wanted))
        .order_by(AccountRow.number)
        .limit(limit)
    )
    if office_ids is not None:
        query = query.where(CustomerRow.office_id.in_(office_ids))
    return [Hit(*row) for row in session.execute(query)]


_HIT = (
    AccountRow.id,
    AccountRow.number,
    CustomerRow.id,
    CustomerRow.number,
    CustomerRow.name,
    CustomerRow.mobile,
    CustomerRow.address,
    CustomerRow.office_id,
)
_CUSTOMER = (
    CustomerRow.id,
    CustomerRow.number,
    CustomerRow.name,
    CustomerRow.kind,
    CustomerRow.language,
    CustomerRow.mobile,
    CustomerRow.email,
    CustomerRow.address,
    CustomerRow.office_id,
    CustomerRow.industry,
)


def _customer(row: Any) -> Customer:
    id_, number, name, kind, language, *rest = row
    return Customer(id_, number, name, CustomerKind(kind), Language(language), *rest)


_TERMS = (
    select(AccountTermRow.account_id, AccountTermRow.credit_days)
    .join(AccountRow, AccountRow.id == AccountTermRow.account_id)
    .where(AccountTermRow.starts_on <= bindparam("on"))
    .order_by(AccountTermRow.starts_on)
)
_ACCOUNT = select(
    AccountRow.id,
    AccountRow.number,
    AccountRow.customer_id,
    AccountRow.opened_on,
    AccountRow.closed_on,
    AccountRow.posted_no,
)
_ACCOUNTS = {
    column: (_TERMS.where(with_ids(column)), _ACCOUNT.where(with_ids(column)))
    for column in (AccountRow.id, AccountRow.number)
}


def _accounts(
    session: Session, column: Any, keys: Collection[Any], on: date | None
) -> Iterator[Account]:
    terms, query = _ACCOUNTS[column]
    # The newest terms come last, and so are what is kept.
    days = dict(map(tuple, rows_of(session, terms, keys, on=on or date.max)))
    for id_, number, customer_id, opened, closed, posted_no in rows_of(session, query, keys):
        yield Account(id_, number, customer_id, days.get(id_, 0), opened, closed, posted_no)


def _supplies(session: Session, which: ColumnElement[bool]) -> list[Supply]:
    table = SupplyRow.__table__
    query = select(table).where(which).order_by(table.c.starts_on, table.c.id)
    return [_supply(row._mapping) for row in session.execute(query)]


def _supply(row: RowMapping) -> Supply:
    return Supply(
        id=row["id"],
        account_id=row["account_id"],
        service_point_id=row["service_point_id"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        supply_class=SupplyClass(row["supply_class"]),
        tariff=row["tariff"],
        contracted_kw=row["contracted_kw"],
        capacity_kva=row["capacity_kva"],
        household_size=row["household_size"],
        payment_mode=PaymentMode(row["payment_mode"]),
        protection=Protection(row["protection"]),
    )


def _supply_values(one: Supply) -> dict[str, Any]:
    return {
        "account_id": one.account_id,
        "service_point_id": one.service_point_id,
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "supply_class": str(one.supply_class),
        "tariff": one.tariff,
        "contracted_kw": one.contracted_kw,
        "capacity_kva": one.capacity_kva,
        "household_size": one.household_size,
        "payment_mode": str(one.payment_mode),
        "protection": str(one.protection),
    }


def _overlap(first: Supply, second: Supply) -> str:
    until = first.ends_on or "further notice"
    return (
        f"service point {first.service_point_id} is supplied from {first.starts_on} until {until} "
        f"and would be from {second.starts_on} again; end the first supply before the second"
    )
