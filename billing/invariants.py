"""
What must always hold of the books and of the customer master, checked on a live database.

Each check is a query of its own that goes past the code which wrote the rows, and names the row
that offends. What the tables' constraints forbid is checked again where a hand could have gone
past them.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing import (
    continuity,
    document_checks,
    month_checks,
    months,
    payment_checks,
    till_checks,
)
from billing.ledger import Book, ChargeKind
from billing.money import show
from billing.payment_checks import settles, sum_by, touches
from billing.tables import (
    AccountRow,
    AccountTermRow,
    BillIssueRow,
    BillLineRow,
    BillRow,
    ChargeRow,
    CustomerNameRow,
    EntryRow,
    PaymentRow,
    SupplyRow,
    TakenBackRow,
)
from billing.tenancy import Dated
from config import seal
from config.finding import Finding

Check = Callable[[Session], Iterator[Finding]]


def findings(session: Session, *, today: date) -> list[Finding]:
    """Return every offence against what must always hold of the billing room."""
    return [found for check in _CHECKS.values() for found in check(session)]


# --- entries ----------------------------------------------------------------------------------


def _entries_are_whole(session: Session) -> Iterator[Finding]:
    """Every entry moves a positive amount between two books and names what it is about."""
    own = (Book.CASH, Book.ON_ACCOUNT, Book.SUSPENSE)
    nobodys = (Book.SUSPENSE, Book.OVER_SHORT)
    wrong = or_(
        EntryRow.amount <= 0,
        EntryRow.debit == EntryRow.credit,
        EntryRow.debit.not_in(Book),
        EntryRow.credit.not_in(Book),
        and_(touches(Book.RECEIVABLE), EntryRow.charge_id.is_(None)),
        and_(or_(*map(touches, own)), EntryRow.payment_id.is_(None), ~touches(Book.OVER_SHORT)),
        and_(EntryRow.account_id.is_(None), ~or_(*map(touches, nobodys))),
    )
    query = select(EntryRow.id, EntryRow.debit, EntryRow.credit, EntryRow.amount).where(wrong)
    for id_, debit, credit, amount in session.execute(query):
        yield Finding(
            "an entry moves money between two books",
            f"entry {id_}",
            f"it moves {show(amount)} from {credit} to {debit}, or doesn't name whose and for what",
        )


def _entries_fit_what_they_name(session: Session) -> Iterator[Finding]:
    """What an entry names is there, and is its own account's."""
    query = (
        select(EntryRow.id)
        .outerjoin(AccountRow, AccountRow.id == EntryRow.account_id)
        .outerjoin(ChargeRow, ChargeRow.id == EntryRow.charge_id)
        .outerjoin(PaymentRow, PaymentRow.id == EntryRow.payment_id)
        .outerjoin(BillRow, BillRow.id == EntryRow.bill_id)
        .where(
            or_(
                and_(EntryRow.account_id.is_not(None), AccountRow.id.is_(None)),
                and_(EntryRow.charge_id.is_not(None), ChargeRow.id.is_(None)),
                and_(EntryRow.payment_id.is_not(None), PaymentRow.id.is_(None)),
                and_(EntryRow.bill_id.is_not(None), BillRow.id.is_(None)),
                ChargeRow.account_id != EntryRow.account_id,
                PaymentRow.account_id != EntryRow.account_id,
                BillRow.account_id != EntryRow.account_id,
            )
        )
    )
    for id_ in session.scalars(query):
        yield Finding(
            "an entry and what it names belong together",
            f"entry {id_}",
            "the account, charge, payment or bill that it names is missing or somebody else's",
        )


def _reversals_are_exact(session: Session) -> Iterator[Finding]:
    """A reversal names one original, once, and is its exact opposite."""
    was = aliased(EntryRow)
    differs = or_(
        was.id.is_(None),
        was.reverses_id.is_not(None),
        was.amount != EntryRow.amount,
        was.debit != EntryRow.credit,
        was.credit != EntryRow.debit,
        was.value_on != EntryRow.value_on,
        was.posted_on > EntryRow.posted_on,
        *(_differ(getattr(was, key), getattr(EntryRow, key)) for key in _NAMES),
    )
    query = (
        select(EntryRow.id, EntryRow.reverses_id)
        .outerjoin(was, was.id == EntryRow.reverses_id)
        .where(EntryRow.reverses_id.is_not(None), differs)
    )
    for id_, reverses_id in session.execute(query):
        yield Finding(
            "a reversal is the exact opposite of one entry",
            f"entry {id_}",
            f"it reverses entry {reverses_id} and isn't its opposite",
        )
    twice = (
        select(EntryRow.reverses_id)
        .where(EntryRow.reverses_id.is_not(None))
        .group_by(EntryRow.reverses_id)
        .having(func.count() > 1)
    )
    for reverses_id in session.scalars(twice):
        yield Finding(
            "a reversal is the exact opposite of one entry",
            f"entry {reverses_id}",
            "it was reversed more than once",
        )


def _seals_are_unbroken(session: Session) -> Iterator[Finding]:
    """No row of a sealed day was changed, taken away or slipped in."""
    yield from months.broken_seals(session)


# --- charges and bills ------------------------------------------------------------------------


def _charges_are_their_entries(session: Session) -> Iterator[Finding]:
    """What is open of a charge, and what it was raised over, is what its entries say."""
    raises = EntryRow.debit == Book.RECEIVABLE
    signed = case((raises, EntryRow.amount), else_=-EntryRow.amount)
    sums = (
        select(
            EntryRow.charge_id.label("id"),
            func.sum(signed).label("open"),
            func.sum(
                case(
                    (
                        EntryRow.reverses_id.is_(None)
                        & ~settles
                        & ~touches(Book.BAD_DEBT)
                        & ~touches(Book.DISCOUNT)
                        & (EntryRow.debit != Book.LATE_CHARGE),
                        signed,
                    ),
                    else_=0,
                )
            ).label("amount"),
        )
        .where(touches(Book.RECEIVABLE))
        .group_by(EntryRow.charge_id)
        .subquery()
    )
    posted, raised = func.coalesce(sums.c.open, 0), func.coalesce(sums.c.amount, 0)
    query = (
        select(ChargeRow.id, AccountRow.number, ChargeRow.open, posted, ChargeRow.amount, raised)
        .outerjoin(sums, sums.c.id == ChargeRow.id)
        .outerjoin(AccountRow, AccountRow.id == ChargeRow.account_id)
        .where(or_(posted != ChargeRow.open, raised != ChargeRow.amount))
    )
    for id_, number, open_, left, amount, was in session.execute(query):
        yield Finding(
            "a charge is what its entries say",
            f"charge {id_} of account {number}",
            f"{show(open_)} of {show(amount)} is kept as open; its entries raise {show(int(was))} "
            f"and leave {show(int(left))}",
        )


def _receivable_is_the_open_charges(session: Session) -> Iterator[Finding]:
    """What stands on the receivable is what is open of all charges, account by account."""
    signed = case((EntryRow.debit == Book.RECEIVABLE, EntryRow.amount), else_=-EntryRow.amount)
    query = (
        select(EntryRow.account_id, func.sum(signed))
        .where(touches(Book.RECEIVABLE))
        .group_by(EntryRow.account_id)
    )
    posted = {key: int(amount) for key, amount in session.execute(query) if amount}
    kept_query = (
        select(ChargeRow.account_id, func.sum(ChargeRow.open))
        .where(ChargeRow.open > 0)
        .group_by(ChargeRow.account_id)
    )
    kept = {key: int(amount) for key, amount in session.execute(kept_query)}
    for key in sorted(posted.keys() | kept.keys(), key=lambda key: key or 0):
        if posted.get(key, 0) != kept.get(key, 0):
            yield Finding(
                "the receivable is the open charges",
                f"account {key}",
                f"{show(posted.get(key, 0))} stands on the receivable and "
                f"{show(kept.get(key, 0))} is open",
            )


def _late_charges_are_on_overdue_principal(session: Session) -> Iterator[Finding]:
    """A late charge is for an energy charge of the same account, after its due date."""
    principal = aliased(ChargeRow)
    query = (
        select(ChargeRow.id)
        .outerjoin(principal, principal.id == ChargeRow.for_charge_id)
        .where(
            ChargeRow.kind == ChargeKind.LATE_CHARGE,
            or_(
                principal.id.is_(None),
                principal.kind != ChargeKind.ENERGY,
                principal.account_id != ChargeRow.account_id,
                principal.supply_class != ChargeRow.supply_class,
                func.coalesce(principal.bill_id, 0) != func.coalesce(ChargeRow.bill_id, 0),
                ChargeRow.late_until <= principal.due_on,
            ),
        )
    )
    for id_ in session.scalars(query):
        yield Finding(
            "a late charge is on overdue principal",
            f"charge {id_}",
            "what it is for is missing, isn't energy, is somebody else's, or wasn't overdue",
        )


def _bills_are_lines_and_entries(session: Session) -> Iterator[Finding]:
    """An issued bill is the sum of its lines, and of the entries that were posted on it."""
    lines = sum_by(BillLineRow.bill_id, BillLineRow.amount)
    into = EntryRow.credit.in_((Book.REVENUE, Book.TAX))
    back = EntryRow.debit.in_((Book.REVENUE, Book.TAX))
    signed = case((into, EntryRow.amount), (back, -EntryRow.amount), else_=0)
    entries = sum_by(EntryRow.bill_id, signed)
    listed, posted = func.coalesce(lines.c.amount, 0), func.coalesce(entries.c.amount, 0)
    query = (
        select(BillIssueRow.number, BillRow.amount, listed, posted)
        .join(BillRow, BillRow.id == BillIssueRow.bill_id)
        .outerjoin(lines, lines.c.id == BillRow.id)
        .outerjoin(entries, entries.c.id == BillRow.id)
        .where(or_(listed != BillRow.amount, posted != BillRow.amount))
    )
    for number, amount, listed_, posted_ in session.execute(query):
        yield Finding(
            "a bill is its lines and its entries",
            f"bill {number}",
            f"it is over {show(amount)}; its lines come to {show(int(listed_))} and its entries "
            f"to {show(int(posted_))}",
        )


# --- the customer master ----------------------------------------------------------------------


def _bills_go_on(session: Session) -> Iterator[Finding]:
    """A bill begins at the readings at which the one before ended: no energy twice, none lost."""
    for name, how in continuity.breaks(session):
        yield Finding("a bill goes on where the last one ended", name, how)


def _supplies_do_not_overlap(session: Session) -> Iterator[Finding]:
    """No two supplies share a day at a service point."""
    other = aliased(SupplyRow)
    query = (
        select(SupplyRow.service_point_id, SupplyRow.id, other.id)
        .join(other, other.service_point_id == SupplyRow.service_point_id)
        .where(
            SupplyRow.id < other.id,
            or_(SupplyRow.ends_on.is_(None), SupplyRow.ends_on > other.starts_on),
            or_(other.ends_on.is_(None), other.ends_on > SupplyRow.starts_on),
        )
    )
    for point, first, second in session.execute(query):
        yield Finding(
            "supplies do not overlap",
            f"service point {point}",
            f"supplies {first} and {second} share a day",
        )


def _accounts_have_terms(session: Session) -> Iterator[Finding]:
    """Every account has terms from the day on which it was opened."""
    first = (
        select(
            AccountTermRow.account_id.label("id"),
            func.min(AccountTermRow.starts_on).label("starts_on"),
        )
        .group_by(AccountTermRow.account_id)
        .subquery()
    )
    query = (
        select(AccountRow.number)
        .outerjoin(first, first.c.id == AccountRow.id)
        .where(or_(first.c.id.is_(None), first.c.starts_on > AccountRow.opened_on))
    )
    for number in session.scalars(query):
        yield Finding("an account has terms", f"account {number}", "it has none on its first day")


def _taken_back_are_gone(session: Session) -> Iterator[Finding]:
    """No row stands under the id of one that was taken back: it could be let go unseen."""
    tables = (
        (Dated.SUPPLY, SupplyRow),
        (Dated.TERMS, AccountTermRow),
        (Dated.NAME, CustomerNameRow),
    )
    for kind, table in tables:
        query = select(TakenBackRow.row_id, TakenBackRow.taken_back_on).where(
            TakenBackRow.kind == kind, TakenBackRow.row_id.in_(select(table.id))
        )
        for row_id, day in session.execute(query):
            yield Finding(
                "what was taken back is gone",
                f"{kind} {row_id}",
                f"one of this id was taken back on {day}, and there is one again",
            )


# --- helpers ----------------------------------------------------------------------------------

_NAMES = ("account_id", "charge_id", "payment_id")


def _differ(one: Any, other: Any) -> Any:
    return func.coalesce(one, 0) != func.coalesce(other, 0)


_CHECKS: dict[str, Check] = {
    "an entry moves money between two books": _entries_are_whole,
    "an entry and what it names belong together": _entries_fit_what_they_name,
    "a reversal is the exact opposite of one entry": _reversals_are_exact,
    seal.CHECK: _seals_are_unbroken,
    "a charge is what its entries say": _charges_are_their_entries,
    "the receivable is the open charges": _receivable_is_the_open_charges,
    "a late charge is on overdue principal": _late_charges_are_on_overdue_principal,
    "a bill is its lines and its entries": _bills_are_lines_and_entries,
    "a bill goes on where the last one ended": _bills_go_on,
    **payment_checks.CHECKS,
    **document_checks.CHECKS,
    **till_checks.CHECKS,
    **month_checks.CHECKS,
    "supplies do not overlap": _supplies_do_not_overlap,
    "an account has terms": _accounts_have_terms,
    "what was taken back is gone": _taken_back_are_gone,
}
CHECKS = list(_CHECKS)
"""The names of the checks."""
