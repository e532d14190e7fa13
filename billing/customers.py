"""
The customer master's acts: take in a file of supplies; open, rename and close an account.

What is done to its supplies is in `billing.moving`, of which this is the face.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

import meters.store
from billing import books, drafts, master_file, names, store
from billing.account import Account
from billing.counter import UnknownAccountError, account_of
from billing.customer import Customer, CustomerKind, Language
from billing.history import Happened, history_of
from billing.master_row import CREDIT_DAYS_MAX, NAME_MAX, NUMBER_MAX, normalized_mobile
from billing.master_template import template
from billing.moving import RefusedActError, change, move_in, move_out, resume, suspend
from billing.spans import unbilled
from billing.taking_back import take_back
from billing.tenancy import Balance, against_closing
from config import batch, journal, people
from config.batch import Batch, Kind
from config.database import reading
from config.in_force import country_of
from config.table_file import Table, open_file, read_table

__all__ = [
    "NewAccount",
    "RefusedActError",
    "UnknownAccountError",
    "change",
    "close",
    "find_history",
    "move_in",
    "move_out",
    "open_account",
    "rename",
    "resume",
    "suspend",
    "take_back",
    "take_in",
    "template",
]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """
    What an account is opened with: for a customer who is known by number, or a new one.

    A new customer wants a name and the code of an office; a known one keeps what is known.
    """

    number: str
    customer: str
    opened_on: date
    credit_days: int = 15
    name: str = ""
    kind: CustomerKind = CustomerKind.PERSON
    language: Language = Language.CHINESE
    office: str = ""
    mobile: str | None = None
    email: str | None = None
    address: str | None = None
    industry: str | None = None


def take_in(
    sessions: sessionmaker[Session],
    path: Path,
    *,
    by: str,
    today: date,
    now: datetime,
    dry_run: bool = False,
    layout: str | None = None,
    name: str | None = None,
) -> Batch:
    """
    Take in a CSV or XLSX file of the customer master, a row for each supply.

    Every row is accepted or refused by itself; customers, accounts, places, routes and meters
    that are new are added with it. The same file again, or the same rows in another, change
    nothing.

    :raises config.refusal.RefusedFileError: if the file cannot be taken in at all.
    """
    file = open_file(path, name=name)
    table = read_table(file, kind=Kind.CUSTOMERS, layout=layout)
    if dry_run:
        with reading(sessions) as session:
            repeat = batch.find(session, Kind.CUSTOMERS, file.digest)
            return repeat or master_file.tally(
                table, *master_file.read_rows(session, table, today=today), by=by, today=today
            )
    try:
        return _take_in(sessions, table, by=by, today=today, now=now)
    except IntegrityError:
        # Somebody took in the same file or one of its rows meanwhile; now it shows.
        return _take_in(sessions, table, by=by, today=today, now=now)


def _take_in(
    sessions: sessionmaker[Session], table: Table, *, by: str, today: date, now: datetime
) -> Batch:
    with sessions.begin() as session:
        repeat = batch.find(session, Kind.CUSTOMERS, table.file.digest)
        if repeat is not None:
            return repeat
        judged, unread = master_file.read_rows(session, table, today=today)
        kept = batch.add(
            session, master_file.tally(table, judged, unread, by=by, today=today), now=now
        )
        master_file.add(session, [one.row for one in judged if one.is_taken], batch_id=kept.id)
        return kept


def open_account(
    sessions: sessionmaker[Session], new: NewAccount, *, by: str, today: date, now: datetime
) -> Account:
    """
    Open an account, and return it.

    :raises RefusedActError: with everything that stands against it.
    """
    with sessions.begin() as session:
        known = store.find_customers(session, [new.customer]).get(new.customer)
        offices = {one.code: one.id for one in people.offices(session)}
        region = country_of(session)
        mobile = normalized_mobile(new.mobile, region) if new.mobile else None
        is_there = store.find_accounts(session, [new.number])
        problems = list(_against_opening(new, known, offices, today))
        twin = store.twins_of(session, [new.number]).get(new.number)
        if twin is not None:
            problems.append(
                f"account {twin} has this number but for the zeros in front, which nobody types; "
                f"give it another number"
            )
        if is_there:
            problems.append(f"account {new.number} is there already; give it another number")
        if new.mobile and mobile is None and known is None:
            problems.append(f"{new.mobile} is no mobile number; write it as +8613800138000")
        if problems:
            raise RefusedActError("; ".join(problems))
        customer_id = known.id if known else _add(session, new, offices[new.office], mobile)
        account = Account(0, new.number, customer_id, new.credit_days, new.opened_on, None, 0)
        store.add_accounts(session, [account])
        facts = {"customer": new.customer, "on": new.opened_on, "credit_days": new.credit_days}
        _note(session, "open account", new.number, facts, by=by, now=now)
        return store.find_accounts(session, [new.number])[new.number]


def rename(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    name: str,
    on: date,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> Customer:
    """
    Give the customer of an account another name from a day on; the former ones are kept.

    Somebody else who takes over is no change of name: let one move out and the other in.

    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: with everything that stands against it.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        customer = store.customers(session, [account.customer_id])[account.customer_id]
        name = " ".join(name.split())
        problems = list(_against_name(session, customer, name, on, today))
        if problems:
            raise RefusedActError("; ".join(problems))
        names.rename(session, customer, name, on=on, by=by)
        facts = {"on": on, "reason": reason, "from": customer.name, "to": name}
        _note(session, "change name", account.number, facts, by=by, now=now)
        return store.customers(session, [customer.id])[customer.id]


def close(
    sessions: sessionmaker[Session],
    *,
    account_number: str,
    on: date,
    by: str,
    reason: str,
    today: date,
    now: datetime,
) -> Account:
    """
    Close an account: from the day on it is neither supplied nor billed.

    :raises UnknownAccountError: if no account has the number.
    :raises RefusedActError: if it is supplied, not billed to its end, owes or is owed something.
    """
    with sessions.begin() as session:
        account = account_of(session, account_number)
        books.lock_accounts(session, {account.id})
        supplies = store.supplies_of(session, [account.id]).get(account.id, [])
        problems = against_closing(
            account,
            supplies,
            _unbilled(session, account, today),
            _balance(session, account, today),
            on=on,
            today=today,
        )
        if problems:
            raise RefusedActError("; ".join(problems))
        store.close_accounts(session, [account.id], on=on)
        _note(
            session, "close account", account.number, {"on": on, "reason": reason}, by=by, now=now
        )
        return store.find_accounts(session, [account.number])[account.number]


def find_history(session: Session, account_number: str) -> list[Happened] | None:
    """Return what happened to an account, the latest first; none if no account has the number."""
    account = store.find_accounts(session, [account_number]).get(account_number)
    if account is None:
        return None
    supplies = store.supplies_of(session, [account.id]).get(account.id, [])
    points = meters.store.service_points(session, {one.service_point_id for one in supplies})
    called = names.names_of(session, account.customer_id)
    return history_of(
        account,
        supplies,
        {key: point.number for key, point in points.items()},
        store.terms_of(session, account.id),
        [(one.starts_on, one.name) for one in called],
    )


# --- helpers ----------------------------------------------------------------------------------


def _against_opening(
    new: NewAccount, known: Customer | None, offices: Mapping[str, int], today: date
) -> Iterator[str]:
    if not new.number or not new.customer or max(len(new.number), len(new.customer)) > NUMBER_MAX:
        yield f"an account and a customer have numbers of 1 to {NUMBER_MAX} characters; write them"
    if new.opened_on > today:
        yield f"{new.opened_on} hasn't come yet; open the account on the day itself"
    if not 0 <= new.credit_days <= CREDIT_DAYS_MAX:
        yield f"{new.credit_days} days of credit can't be; write 0 to {CREDIT_DAYS_MAX}"
    if known is not None:
        if new.name and new.name != known.name:
            yield f"customer {known.number} is {known.name}, not {new.name}; change the name first"
        return
    if not 0 < len(new.name) <= NAME_MAX:
        yield f"there is no customer {new.customer} yet; say the name of a new one"
    if new.office not in offices:
        there = ", ".join(sorted(offices)) or "none"
        yield f"no office has the code {new.office or 'that is missing'}; there is {there}"


def _add(session: Session, new: NewAccount, office_id: int, mobile: str | None) -> int:
    customer = Customer(
        0,
        new.customer,
        new.name,
        new.kind,
        new.language,
        mobile,
        new.email,
        new.address,
        office_id,
        new.industry,
    )
    return store.add_customers(session, [customer])[new.customer]


def _against_name(
    session: Session, customer: Customer, name: str, on: date, today: date
) -> Iterator[str]:
    if not 0 < len(name) <= NAME_MAX:
        yield f"a name has 1 to {NAME_MAX} characters; write it"
    if name == customer.name:
        yield f"customer {customer.number} is called {name} already; say what is new"
    if on > today:
        yield f"{on} hasn't come yet; change the name on the day itself"
    known = names.names_of(session, customer.id)
    if known and on <= known[-1].starts_on:
        yield f"the name changed on {known[-1].starts_on} already; take a later day"
    accounts = store.accounts_of(session, [customer.id])[customer.id]
    billed = drafts.billed_up_to(session, accounts)
    if billed is not None and on < billed:
        yield f"bills up to {billed} bear the name of then; change it from that day on"


def _unbilled(session: Session, account: Account, today: date) -> list[str]:
    """Return the numbers of the service points where days of the account are not billed."""
    supplies = store.supplies_of(session, [account.id]).get(account.id, [])
    points = meters.store.service_points(session, {one.service_point_id for one in supplies})
    billed = drafts.billed_so_far(session, points, since=today)
    return [
        point.number
        for key, point in points.items()
        if unbilled(
            [one for one in supplies if one.service_point_id == key],
            billed_until=one.until if (one := billed.get((account.id, key))) else None,
            until=today,
        )
    ]


def _balance(session: Session, account: Account, today: date) -> Balance:
    key = account.id
    charges = books.open_charges(session, [key], as_of=today).get(key, [])
    return Balance(
        sum(one.open for one in charges),
        books.late_charge_to(session, [key], as_of=today).get(key, 0),
        books.on_account(session, [key], as_of=today).get(key, 0),
        books.deposits_held(session, [key]).get(key, 0),
    )


def _note(
    session: Session, act: str, number: str, facts: Mapping[str, object], *, by: str, now: datetime
) -> None:
    subject = f"account {number}"
    journal.note(session, by=by, act=act, subject=subject, facts=facts, now=now)
