"""Accounts that money in suspense may belong to: what the books know that could tell. A store."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import master
from billing.allocation import NO_WAIVERS
from billing.matching import (
    Candidate,
    Suggestion,
    near_numbers,
    plain,
    suggest,
    words_of_names,
)
from billing.part_waiver import to_ask
from billing.part_waivers import waivers_of
from billing.payment import Payment
from billing.posting import open_now
from billing.tables import AccountRow, ChargeRow, CustomerRow, PaymentRow
from config.database import among, in_chunks
from config.in_force import market_on

_OF_AN_AMOUNT = 50
"""Open bills over one amount that are looked at: a round sum says nothing if many owe it."""


def suggestions(
    session: Session, payments: Sequence[Payment], *, today: date
) -> dict[int, list[Suggestion]]:
    """Return for each payment in suspense the accounts it may belong to, the likeliest first."""
    payers = _by_payer(session, payments)
    ids = _by_number(session, payments) | _by_name(session, payments) | payers.keys()
    ids |= _by_amount(session, {one.amount for one in payments})
    candidates = _candidates(session, ids, payers, today)
    return {one.id: suggest(one, candidates) for one in payments}


def _candidates(
    session: Session, ids: Collection[int], payers: dict[int, set[str]], today: date
) -> list[Candidate]:
    accounts = master.accounts(session, ids)
    customers = master.customers(session, {one.customer_id for one in accounts.values()})
    charges = open_now(session, ids)
    rule = market_on(session, today).late_charge if charges else None
    waivers = waivers_of(session, charges)
    found = []
    for key, account in accounts.items():
        if account.closed_on is not None and not charges.get(key):
            continue
        own = charges.get(key, [])
        waived = waivers.get(key, NO_WAIVERS)
        late = [to_ask(waived.get(one.id, ()), one, until=today, rule=rule) for one in own if rule]
        found.append(
            Candidate(
                key,
                account.number,
                customers[account.customer_id].name,
                tuple(one.open for one in own),
                sum(one.open for one in own) + sum(late),
                frozenset(payers.get(key, ())),
            )
        )
    return found


def _by_number(session: Session, payments: Sequence[Payment]) -> set[int]:
    near = sorted({number for one in payments for number in near_numbers(one)})
    found = (master.find_accounts(session, some) for some in in_chunks(near))
    return {account.id for accounts in found for account in accounts.values()}


def _by_name(session: Session, payments: Sequence[Payment]) -> set[int]:
    found: set[int] = set()
    names = words_of_names(payments)
    # A name may also stand in the text: its words are looked up as they are.
    words = {word for one in payments for word in one.text.split() if len(word) > 1}
    for some in in_chunks(sorted({*names, *words})):
        query = (
            select(AccountRow.id)
            .join(CustomerRow, CustomerRow.id == AccountRow.customer_id)
            .where(among(CustomerRow.name, some))
        )
        found |= set(session.scalars(query))
    return found


def _by_amount(session: Session, amounts: Collection[int]) -> set[int]:
    found: set[int] = set()
    for amount in amounts:
        query = select(ChargeRow.account_id).where(ChargeRow.open == amount, ChargeRow.open > 0)
        found |= set(session.scalars(query.limit(_OF_AN_AMOUNT)))
    return found


def _by_payer(session: Session, payments: Sequence[Payment]) -> dict[int, set[str]]:
    """Return the accounts for which the payers have paid before, with their names."""
    found: dict[int, set[str]] = {}
    for some in in_chunks(words_of_names(payments)):
        query = (
            select(PaymentRow.account_id, PaymentRow.payer)
            .where(among(PaymentRow.payer, some), PaymentRow.account_id.is_not(None))
            .distinct()
        )
        for account_id, payer in session.execute(query):
            if account_id is not None:
                found.setdefault(account_id, set()).add(plain(payer))
    return found
