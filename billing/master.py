"""The customer master: customers, accounts and supplies, with `billing.store` as its face."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.orm import Session

from billing.account import Account, AccountTerms
from billing.customer import Customer, CustomerKind, Language
from billing.supply import PaymentMode, Protection, Supply, SupplyClass, overlapping
from billing.tables import AccountRow, AccountTermRow, CustomerRow, SupplyRow, gone
from billing.tenancy import Dated
from config.database import add_rows, among, in_chunks, next_ids, plain_rows, rows_of, with_ids


class OverlapError(Exception):
    """Two supplies would share a day at a service point; the message names all of them."""


# --- customers --------------------------------------------------------------------------------


def customers(session: Session, ids: Collection[int]) -> dict[int, Customer]:
    """Return the customers with these ids."""
    found: dict[int, Customer] = {}
    for some in in_chunks(sorted(ids)):
        rows = session.execute(select(*_CUSTOMER).where(among(CustomerRow.id, some)))
        found |= {row.id: _customer(row) for row in rows}
    return found


def find_customers(session: Session, numbers: Collection[str]) -> dict[str, Customer]:
    """Return the customers that have these numbers."""
    found: dict[str, Customer] = {}
    for some in in_chunks(sorted(set(numbers))):
        rows = session.execute(select(*_CUSTOMER).where(among(CustomerRow.number, some)))
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


def twins_of(session: Session, numbers: Collection[str]) -> dict[str, str]:
    """Return of each new number the account that has it but for the zeros in front, if one has."""
    there: dict[str, set[str]] = {}
    for some in in_chunks(sorted({number.lstrip("0") for number in numbers})):
        bare = func.ltrim(AccountRow.number, "0")
        for number, key in session.execute(select(AccountRow.number, bare).where(bare.in_(some))):
            there.setdefault(key, set()).add(number)
    found = {number: there.get(number.lstrip("0"), set()) for number in numbers}
    return {number: min(some) for number, some in found.items() if some and number not in some}


def account_ids(session: Session, *, office_ids: Collection[int] | None = None) -> list[int]:
    """Return the ids of all accounts, or of those of some offices, in order."""
    query = select(AccountRow.id).order_by(AccountRow.id)
    if office_ids is not None:
        query = query.join(CustomerRow, CustomerRow.id == AccountRow.customer_id)
        query = query.where(CustomerRow.office_id.in_(office_ids))
    return list(session.scalars(query))


def customers_since(session: Session, account_id: int) -> set[int]:
    """Return the customers who have an account that is newer than one."""
    return set(session.scalars(select(AccountRow.customer_id).where(AccountRow.id > account_id)))


def accounts_of(session: Session, customer_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the ids of each customer's accounts, in order."""
    found: dict[int, list[int]] = {}
    for some in in_chunks(sorted(customer_ids)):
        query = select(AccountRow.customer_id, AccountRow.id).where(
            among(AccountRow.customer_id, some)
        )
        for customer_id, account_id in session.execute(query.order_by(AccountRow.id)):
            found.setdefault(customer_id, []).append(account_id)
    return found


def openings(session: Session, customer_ids: Collection[int]) -> dict[int, list[tuple[int, date]]]:
    """Return the id of each customer's accounts, in order, with the day each was opened."""
    found: dict[int, list[tuple[int, date]]] = {}
    for some in in_chunks(sorted(customer_ids)):
        for customer_id, *opening in plain_rows(session, _OPENINGS, ids=some):
            found.setdefault(customer_id, []).append((opening[0], opening[1]))
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
    terms = [
        AccountTerms(
            id_,
            one.opened_on,
            one.credit_days,
            one.settlements,
            one.discount_percent,
            one.discount_days,
        )
        for one, id_ in zip(new, ids, strict=True)
    ]
    add_terms(session, terms)
    return {one.number: id_ for one, id_ in zip(new, ids, strict=True)}


def add_terms(session: Session, terms: Sequence[AccountTerms]) -> None:
    """Add terms of accounts, each from its own day on."""
    ids = next_ids(session, AccountTermRow, len(terms), gone=gone(Dated.TERMS))
    rows = [asdict(one) | {"id": id_} for one, id_ in zip(terms, ids, strict=True)]
    add_rows(session, AccountTermRow, rows)


def terms_of(session: Session, account_id: int) -> list[AccountTerms]:
    """Return all terms that an account has or had, the earliest first."""
    query = select(
        AccountTermRow.account_id,
        AccountTermRow.starts_on,
        AccountTermRow.credit_days,
        AccountTermRow.settlements,
        AccountTermRow.discount_percent,
        AccountTermRow.discount_days,
    ).where(AccountTermRow.account_id == account_id)
    rows = session.execute(query.order_by(AccountTermRow.starts_on))
    return [AccountTerms(*row) for row in rows]


def close_accounts(session: Session, ids: Collection[int], *, on: date) -> None:
    """Close accounts: from the day on they are no longer billed."""
    for some in in_chunks(sorted(ids)):
        session.execute(
            update(AccountRow)
            .where(among(AccountRow.id, some))
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
        for row in plain_rows(session, _SUPPLIES_OF, ids=some):
            one = _supply(row)
            found.setdefault(one.account_id, []).append(one)
    return found


def supplies_at(session: Session, point_ids: Collection[int]) -> dict[int, list[Supply]]:
    """Return all supplies at each of the service points, the earliest first."""
    found: dict[int, list[Supply]] = {}
    for some in in_chunks(sorted(point_ids)):
        for one in _supplies(session, among(SupplyRow.service_point_id, some)):
            found.setdefault(one.service_point_id, []).append(one)
    return found


def supplies_resting(session: Session, account_ids: Collection[int] | None = None) -> list[Supply]:
    """Return the supplies, of some accounts or of all, that go on with capacity out of use."""
    rests = SupplyRow.suspended_kva.is_not(None) & SupplyRow.ends_on.is_(None)
    if account_ids is not None:
        rests &= SupplyRow.account_id.in_(account_ids)
    return _supplies(session, rests)


def add_supplies(session: Session, new: Sequence[Supply]) -> list[int]:
    """
    Add supplies, whose ids don't count yet, and return their ids in the order given.

    :raises OverlapError: if one shares a day with another at its service point.
    """
    here = supplies_at(session, {one.service_point_id for one in new})
    both = overlapping([*new, *(one for supplies in here.values() for one in supplies)])
    if both:
        raise OverlapError("; ".join(_overlap(first, second) for first, second in both))
    ids = next_ids(session, SupplyRow, len(new), gone=gone(Dated.SUPPLY))
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
            .where(among(SupplyRow.id, some), SupplyRow.ends_on.is_(None))
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
    select(
        AccountTermRow.account_id,
        AccountTermRow.credit_days,
        AccountTermRow.settlements,
        AccountTermRow.discount_percent,
        AccountTermRow.discount_days,
    )
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
_OPENINGS = (
    select(AccountRow.customer_id, AccountRow.id, AccountRow.opened_on)
    .where(with_ids(AccountRow.customer_id))
    .order_by(AccountRow.id)
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
    held = {id_: agreed for id_, *agreed in rows_of(session, terms, keys, on=on or date.max)}
    for id_, number, customer_id, opened, closed, posted_no in rows_of(session, query, keys):
        days, *others = held.get(id_, (0,))
        yield Account(id_, number, customer_id, days, opened, closed, posted_no, *others)


_SUPPLY = (
    SupplyRow.id,
    SupplyRow.account_id,
    SupplyRow.service_point_id,
    SupplyRow.starts_on,
    SupplyRow.ends_on,
    SupplyRow.supply_class,
    SupplyRow.tariff,
    SupplyRow.contracted_kw,
    SupplyRow.capacity_kva,
    SupplyRow.household_size,
    SupplyRow.payment_mode,
    SupplyRow.protection,
    SupplyRow.suspended_kva,
)
_SUPPLIES = select(*_SUPPLY).order_by(SupplyRow.starts_on, SupplyRow.id)
_SUPPLIES_OF = _SUPPLIES.where(with_ids(SupplyRow.account_id))
_CLASSES = {str(one): one for one in SupplyClass}
_MODES = {str(one): one for one in PaymentMode}
_PROTECTIONS = {str(one): one for one in Protection}


def _supplies(session: Session, which: ColumnElement[bool]) -> list[Supply]:
    return [_supply(row) for row in plain_rows(session, _SUPPLIES.where(which))]


def _supply(row: Sequence[Any]) -> Supply:
    """Return the supply of a row that has the columns `_SUPPLY`, which are in its order."""
    id_, account, point, starts, ends, class_, tariff, kw, kva, size, mode, why, rests = row
    terms = (_CLASSES[class_], tariff, kw, kva, size, _MODES[mode], _PROTECTIONS[why])
    return Supply(id_, account, point, starts, ends, *terms, rests)


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
        "suspended_kva": one.suspended_kva,
    }


def _overlap(first: Supply, second: Supply) -> str:
    until = first.ends_on or "further notice"
    return (
        f"service point {first.service_point_id} is supplied from {first.starts_on} until {until} "
        f"and would be from {second.starts_on} again; end the first supply before the second"
    )
