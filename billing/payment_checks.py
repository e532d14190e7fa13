"""What must always hold of payments; a part of `billing.invariants`."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from billing.interest import pieces_of, total
from billing.interestbook import not_as_they_stand
from billing.ledger import Book
from billing.money import show
from billing.tables import (
    AdvanceRow,
    ChargeRow,
    DepositInterestRow,
    DepositRow,
    DiscountOfferRow,
    EntryRow,
    PaymentRow,
)
from config.finding import Finding

settles = (EntryRow.debit == Book.ON_ACCOUNT) & (EntryRow.credit == Book.RECEIVABLE)
"""Whether an entry uses a payment for a charge."""


def touches(book: Book) -> Any:
    """Return the condition that an entry moves money into or out of a book."""
    return or_(EntryRow.debit == book, EntryRow.credit == book)


def sum_by(key: Any, amount: Any) -> Any:
    """Return a subquery of `id` and `amount`: the sum for each value of a key."""
    query: Select[*tuple[Any, ...]] = select(
        key.label("id"), func.sum(amount).label("amount")
    ).where(key.is_not(None))
    return query.group_by(key).subquery()


def _payments_are_accounted_for(session: Session) -> Iterator[Finding]:
    """A payment is what came in under it, and what no charge has used of it is kept as open."""
    held = (Book.ON_ACCOUNT, Book.SUSPENSE)
    outside = (Book.CASH, Book.REVENUE, Book.TAX, Book.DEPOSIT, Book.ADVANCE, Book.INTEREST)
    came = EntryRow.debit.in_(outside) & EntryRow.reverses_id.is_(None)
    left = case((EntryRow.credit.in_(held), EntryRow.amount), else_=0) - case(
        (EntryRow.debit.in_(held), EntryRow.amount), else_=0
    )
    sums = (
        select(
            EntryRow.payment_id.label("id"),
            func.sum(case((came, EntryRow.amount), else_=0)).label("came"),
            func.sum(left).label("open"),
        )
        .where(EntryRow.payment_id.is_not(None))
        .group_by(EntryRow.payment_id)
        .subquery()
    )
    came_in, kept = func.coalesce(sums.c.came, 0), func.coalesce(sums.c.open, 0)
    query = (
        select(PaymentRow.id, PaymentRow.amount, PaymentRow.open, came_in, kept)
        .outerjoin(sums, sums.c.id == PaymentRow.id)
        .where(or_(came_in != PaymentRow.amount, kept != PaymentRow.open))
    )
    for id_, amount, open_, came_, kept_ in session.execute(query):
        yield Finding(
            "a payment is accounted for",
            f"payment R{id_:09d}",
            f"{show(amount)} came in and {show(open_)} is kept as unused; its entries say "
            f"{show(int(came_))} and {show(int(kept_))}",
        )


def _allocations_fit(session: Session) -> Iterator[Finding]:
    """What a payment settled is never more than it, nor more than the charge."""
    uses = and_(settles, EntryRow.reverses_id.is_(None))
    undoes = and_(
        EntryRow.debit == Book.RECEIVABLE,
        EntryRow.credit == Book.ON_ACCOUNT,
        EntryRow.reverses_id.is_not(None),
    )
    signed = case((uses, EntryRow.amount), (undoes, -EntryRow.amount), else_=0)
    for key, table, what in (
        (EntryRow.payment_id, PaymentRow, "payment"),
        (EntryRow.charge_id, ChargeRow, "charge"),
    ):
        sums = sum_by(key, signed)
        query = (
            select(table.id, table.amount, sums.c.amount)
            .join(sums, sums.c.id == table.id)
            .where(or_(sums.c.amount > table.amount, sums.c.amount < 0))
        )
        for id_, amount, settled in session.execute(query):
            yield Finding(
                "a payment settles no more than there is",
                f"{what} {id_}",
                f"{show(int(settled))} is settled of {show(amount)}",
            )


def _deposits_are_payments(session: Session) -> Iterator[Finding]:
    """A deposit is a payment that was held as security, whole."""
    arrives = (EntryRow.credit == Book.DEPOSIT) & EntryRow.reverses_id.is_(None)
    into = case((arrives, EntryRow.amount), else_=0)
    sums = sum_by(EntryRow.payment_id, into)
    query = (
        select(DepositRow.payment_id, DepositRow.amount)
        .outerjoin(sums, sums.c.id == DepositRow.payment_id)
        .where(func.coalesce(sums.c.amount, 0) != DepositRow.amount)
    )
    for id_, amount in session.execute(query):
        yield Finding(
            "a deposit is a payment held as security",
            f"payment R{id_:09d}",
            f"{show(amount)} is kept as a deposit, and the book of deposits says otherwise",
        )


def _deposits_held_stand(session: Session) -> Iterator[Finding]:
    """What is held of an account are its deposits that were neither released nor taken back."""
    for account_id, held, standing in not_as_they_stand(session):
        yield Finding(
            "the deposits that are held are those that stand",
            f"account {account_id}",
            f"{show(held)} is held, and the deposits that stand come to {show(standing)}",
        )


def _interest_is_explained(session: Session) -> Iterator[Finding]:
    """Interest on deposits is a payment, and what its days, amounts and rates come to."""
    posted = case((EntryRow.debit == Book.INTEREST, EntryRow.amount), else_=0)
    sums = sum_by(EntryRow.payment_id, posted)
    query = (
        select(sums.c.id, sums.c.amount, DepositInterestRow.amount, DepositInterestRow.facts)
        .outerjoin(DepositInterestRow, DepositInterestRow.payment_id == sums.c.id)
        .where(sums.c.amount != 0)
        .union_all(
            select(
                DepositInterestRow.payment_id,
                literal(0),
                DepositInterestRow.amount,
                DepositInterestRow.facts,
            ).where(DepositInterestRow.payment_id.not_in(select(sums.c.id)))
        )
    )
    for id_, amount, kept, facts in session.execute(query):
        explained = 0 if facts is None else total(pieces_of(facts)) - facts["credited_before"]
        if not amount == kept == explained:
            yield Finding(
                "interest on deposits is explained",
                f"payment R{id_:09d}",
                f"{show(int(amount))} was posted, and its days and rates come to {show(explained)}",
            )


def _advances_are_set_off_once(session: Session) -> Iterator[Finding]:
    """What was asked for before bills is in its book until a bill sets it off."""
    signed = case((EntryRow.credit == Book.ADVANCE, EntryRow.amount), else_=-EntryRow.amount)
    in_book = sum_by(EntryRow.account_id, case((touches(Book.ADVANCE), signed), else_=0))
    waits = case((AdvanceRow.payment_id.is_(None), AdvanceRow.amount), else_=0)
    asked = sum_by(AdvanceRow.account_id, waits)
    query = (
        select(in_book.c.id, in_book.c.amount, func.coalesce(asked.c.amount, 0))
        .outerjoin(asked, asked.c.id == in_book.c.id)
        .where(in_book.c.amount != func.coalesce(asked.c.amount, 0))
    )
    for id_, amount, waiting in session.execute(query):
        yield Finding(
            "what is asked for before a bill is set off once",
            f"account {id_}",
            f"{show(int(waiting))} waits for a bill, and the book says {show(int(amount))}",
        )


def _written_off_is_owed(session: Session) -> Iterator[Finding]:
    """What is written off of a charge is no more than it, and never less than nothing."""
    signed = case((EntryRow.debit == Book.BAD_DEBT, EntryRow.amount), else_=-EntryRow.amount)
    sums = sum_by(EntryRow.charge_id, case((touches(Book.BAD_DEBT), signed), else_=0))
    query = (
        select(ChargeRow.id, ChargeRow.amount, sums.c.amount)
        .join(sums, sums.c.id == ChargeRow.id)
        .where(or_(sums.c.amount > ChargeRow.amount, sums.c.amount < 0))
    )
    for id_, amount, lost in session.execute(query):
        yield Finding(
            "what is written off was owed",
            f"charge {id_}",
            f"{show(int(lost))} is written off of {show(amount)}",
        )


def _discounts_are_earned(session: Session) -> Iterator[Finding]:
    """What was taken off a bill is what it offered, and all the rest was paid in time for it."""
    signed = case((EntryRow.debit == Book.DISCOUNT, EntryRow.amount), else_=-EntryRow.amount)
    given = sum_by(EntryRow.charge_id, case((touches(Book.DISCOUNT), signed), else_=0))
    undone = aliased(EntryRow)
    late = (
        select(EntryRow.id)
        .outerjoin(undone, undone.reverses_id == EntryRow.id)
        .where(
            EntryRow.charge_id == ChargeRow.id,
            settles,
            EntryRow.reverses_id.is_(None),
            undone.id.is_(None),
            EntryRow.value_on > DiscountOfferRow.until,
        )
    )
    query = (
        select(ChargeRow.id, given.c.amount, func.coalesce(DiscountOfferRow.amount, 0))
        .join(given, given.c.id == ChargeRow.id)
        .outerjoin(DiscountOfferRow, DiscountOfferRow.charge_id == ChargeRow.id)
        .where(
            given.c.amount != 0,
            or_(
                DiscountOfferRow.charge_id.is_(None),
                given.c.amount != DiscountOfferRow.amount,
                ChargeRow.open != 0,
                late.exists(),
            ),
        )
    )
    for id_, amount, offered in session.execute(query):
        yield Finding(
            "a discount was offered and earned",
            f"charge {id_}",
            f"{show(int(amount))} is taken off where {show(int(offered))} was offered, or the rest "
            f"wasn't paid in time",
        )


CHECKS = {
    "a discount was offered and earned": _discounts_are_earned,
    "what is written off was owed": _written_off_is_owed,
    "what is asked for before a bill is set off once": _advances_are_set_off_once,
    "a payment is accounted for": _payments_are_accounted_for,
    "a payment settles no more than there is": _allocations_fit,
    "the deposits that are held are those that stand": _deposits_held_stand,
    "interest on deposits is explained": _interest_is_explained,
    "a deposit is a payment held as security": _deposits_are_payments,
}
