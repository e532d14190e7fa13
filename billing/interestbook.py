"""What deposits have earned, in the books; `billing.books` is the face."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from billing.interest import Held, Piece, Terms, facts_of, pieces, total
from billing.ledger import Book
from billing.lookback import balances
from billing.money import Money
from billing.payment import INTEREST, NewPayment
from billing.policy import policy_if_any
from billing.posting import lock_accounts
from billing.receiving import raise_money
from billing.recount import settle_since
from billing.tables import DepositInterestRow, DepositRow, EntryRow
from config.database import add_rows, among, in_chunks
from config.in_force import market_on

_UNDOES = aliased(EntryRow)
# Whether what an entry did was taken back.
_IS_UNDONE = select(_UNDOES.id).where(_UNDOES.reverses_id == EntryRow.id).exists()


@dataclass(frozen=True, slots=True)
class Earned:
    """
    What the deposits of an account have earned up to a day, and what of it was credited before.

    `total` and `before` are in minor units, and count from when the deposits held came in.
    """

    until: date
    pieces: tuple[Piece, ...]
    before: Money

    @property
    def total(self) -> Money:
        """All that was earned, rounded once."""
        return total(self.pieces)

    @property
    def due(self) -> Money:
        """What is still to be credited; nothing if a deposit that had earned it bounced."""
        return max(self.total - self.before, 0)


def interest_terms(session: Session, day: date) -> Terms:
    """Return what the law of a day and the house's own policy say of interest on deposits."""
    policy = policy_if_any(session, day)
    house = None if policy is None else policy.deposit_interest
    return Terms(market_on(session, day).deposit.interest, house)


def interest_earned(
    session: Session, account_ids: Collection[int], *, until: date
) -> dict[int, Earned]:
    """
    Return what the deposits that accounts have standing earned up to a day, if they earn any.

    What a released deposit earned was credited with it; a bounced one is as if it had never come.

    :raises billing.interest.UnknownRateError: if interest is due and its rate isn't known.
    """
    terms = interest_terms(session, until)
    if terms.law is None and terms.house is None:
        return {}
    found: dict[int, Earned] = {}
    for some in in_chunks(sorted(account_ids)):
        released = last_releases(session, some)
        before = _credited(session, some, released)
        for account_id, held in _held(session, some, released).items():
            found[account_id] = Earned(
                until, pieces(held, terms, until=until), before.get(account_id, 0)
            )
    return found


def not_as_they_stand(session: Session) -> Iterator[tuple[int, Money, Money]]:
    """Yield accounts of which not that is held which their standing deposits come to: both sums."""
    ever = sorted(set(session.scalars(select(DepositRow.account_id))))
    for some in in_chunks(ever):
        held = balances(session, Book.DEPOSIT, some, as_of=date.max)
        standing = _held(session, some, last_releases(session, some))
        for account_id in some:
            amount = sum(one.amount for one in standing.get(account_id, ()))
            if amount != held.get(account_id, 0):
                yield account_id, held.get(account_id, 0), amount


def credit_interest(
    session: Session,
    account_ids: Iterable[int],
    *,
    until: date,
    posted_on: date,
    by: str,
    now: datetime,
) -> dict[int, Money]:
    """
    Put on account what the deposits of accounts earned up to a day, and settle with it.

    What was credited up to that day, or a later one, isn't credited again. Returns the amounts.

    :raises billing.interest.UnknownRateError: if interest is due and its rate isn't known.
    """
    ids = set(account_ids)
    lock_accounts(session, ids)
    done = _credited_until(session, ids, until)
    credited: dict[int, Money] = {}
    for account_id, earned in interest_earned(session, ids - done, until=until).items():
        if earned.due:
            reference = f"{account_id} {until}"
            post_interest(session, account_id, earned, reference, posted_on, by=by, now=now)
            credited[account_id] = earned.due
    settle_since(session, dict.fromkeys(credited, posted_on), posted_on=posted_on)
    return credited


def last_releases(session: Session, account_ids: Sequence[int]) -> dict[int, int]:
    """
    Return the payment by which the security of each account was released last, if it was.

    What came in by an earlier payment isn't held any more.
    """
    query = select(EntryRow.account_id, func.max(EntryRow.payment_id)).where(
        among(EntryRow.account_id, account_ids),
        EntryRow.debit == Book.DEPOSIT,
        EntryRow.credit == Book.ON_ACCOUNT,
        EntryRow.reverses_id.is_(None),
        ~_IS_UNDONE,
    )
    rows = session.execute(query.group_by(EntryRow.account_id))
    return {one: by for one, by in rows if one is not None and by is not None}


def holders(session: Session) -> list[int]:
    """Return the ids of the accounts of which security is held, in order."""
    return sorted(balances(session, Book.DEPOSIT, None, as_of=date.max))


def post_interest(
    session: Session,
    account_id: int,
    earned: Earned,
    reference: str,
    posted_on: date,
    *,
    by: str,
    now: datetime,
) -> None:
    """Post interest, and keep what it was for; what it settles is the caller's to do."""
    new = NewPayment(
        account_id, INTEREST, reference, earned.due, posted_on, text="interest on deposit"
    )
    row = {
        "payment_id": raise_money(
            session, new, debit=Book.INTEREST, posted_on=posted_on, by=by, now=now
        ),
        "account_id": account_id,
        "until": earned.until,
        "amount": earned.due,
        "facts": {
            "earned": earned.total,
            "credited_before": earned.before,
            "pieces": facts_of(earned.pieces),
        },
    }
    add_rows(session, DepositInterestRow, [row])


def _held(
    session: Session, account_ids: Sequence[int], released: dict[int, int]
) -> dict[int, list[Held]]:
    """Return the deposits of accounts that are neither released nor taken back."""
    paid = (EntryRow.debit == Book.CASH) & (EntryRow.credit == Book.DEPOSIT)
    found: dict[int, list[Held]] = {}
    for account_id, one in _standing(session, paid, account_ids, released):
        found.setdefault(account_id, []).append(one)
    return found


def _credited(
    session: Session, account_ids: Sequence[int], released: dict[int, int]
) -> dict[int, Money]:
    """Return what was credited of the interest on the deposits that are held now."""
    found: dict[int, Money] = {}
    for account_id, one in _standing(
        session, EntryRow.debit == Book.INTEREST, account_ids, released
    ):
        found[account_id] = found.get(account_id, 0) + one.amount
    return found


def _standing(
    session: Session, which: Any, account_ids: Sequence[int], released: dict[int, int]
) -> Iterator[tuple[int, Held]]:
    """Yield what accounts were given since their security was last released, if it stands."""
    query = select(
        EntryRow.account_id, EntryRow.payment_id, EntryRow.amount, EntryRow.value_on
    ).where(
        which,
        among(EntryRow.account_id, account_ids),
        EntryRow.reverses_id.is_(None),
        ~_IS_UNDONE,
    )
    for account_id, payment_id, amount, since in session.execute(
        query.order_by(EntryRow.payment_id)
    ):
        assert account_id is not None, "security is somebody's"
        assert payment_id is not None, "it came by a payment"
        if payment_id > released.get(account_id, 0):
            yield account_id, Held(payment_id, amount, since)


def _credited_until(session: Session, account_ids: set[int], until: date) -> set[int]:
    """Return the accounts whose interest has been credited up to a day or a later one."""
    return {
        one
        for some in in_chunks(sorted(account_ids))
        for one in session.scalars(
            select(DepositInterestRow.account_id).where(
                among(DepositInterestRow.account_id, some), DepositInterestRow.until >= until
            )
        )
    }
