"""What must always hold of tills and what was counted in them; a part of `billing.invariants`."""

from collections.abc import Iterator

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from billing.ledger import Book
from billing.money import show
from billing.payment_checks import touches
from billing.tables import EntryRow, TillCountRow, TillRecountRow, TillRow
from config.finding import Finding

CHECK = "what a till is over or short stands in the books"


def _tills_and_ledger_agree(session: Session) -> Iterator[Finding]:
    """What tills are over and short is what the ledger says of them, both ways."""
    yield from _differences_are_posted(session)
    yield from _nothing_else_is_over_or_short(session)


def _differences_are_posted(session: Session) -> Iterator[Finding]:
    """What a count differs by moved the cash by so much, as long as the count holds."""
    into = case((EntryRow.debit == Book.CASH, EntryRow.amount), else_=-EntryRow.amount)
    own = or_(EntryRow.id == TillCountRow.entry_id, EntryRow.reverses_id == TillCountRow.entry_id)
    moved = (
        select(TillCountRow.id.label("id"), func.sum(into).label("amount"))
        .join(EntryRow, own)
        .where(touches(Book.CASH), touches(Book.OVER_SHORT))
        .group_by(TillCountRow.id)
        .subquery()
    )
    found = TillCountRow.counted - TillCountRow.expected
    stands = case((TillRecountRow.count_id.is_(None), found), else_=0)
    posted = func.coalesce(moved.c.amount, 0)
    query = (
        select(TillRow.cashier, TillRow.day, stands, posted)
        .join(TillCountRow, TillCountRow.till_id == TillRow.id)
        .outerjoin(TillRecountRow, TillRecountRow.count_id == TillCountRow.id)
        .outerjoin(moved, moved.c.id == TillCountRow.id)
        # Before number 1, what a till was over or short was never posted.
        .where(TillCountRow.no > 0, stands != posted)
    )
    for cashier, day, wanted, amount in session.execute(query):
        yield Finding(
            CHECK,
            f"till of {cashier} on {day}",
            f"its count differs by {show(int(wanted))}, and the ledger moved the cash by "
            f"{show(int(amount))}",
        )


def _nothing_else_is_over_or_short(session: Session) -> Iterator[Finding]:
    """Nothing is over or short but what was counted in a till."""
    first = func.coalesce(EntryRow.reverses_id, EntryRow.id)
    query = (
        select(EntryRow.id, EntryRow.amount)
        .outerjoin(TillCountRow, TillCountRow.entry_id == first)
        .where(touches(Book.OVER_SHORT), TillCountRow.id.is_(None))
    )
    for id_, amount in session.execute(query):
        yield Finding(CHECK, f"entry {id_}", f"no count of a till says of its {show(amount)}")


CHECKS = {CHECK: _tills_and_ledger_agree}
