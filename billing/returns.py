"""Which payment a bank's booking takes back: what the books know that could tell. A store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.matching import plain
from billing.payment import Payment
from billing.receiving import payments, reversed_on
from billing.tables import PaymentRow
from config.batch import RowVerdict
from config.database import in_chunks

RETURN = "return"
"""The code of a booking that takes money back."""
_BACK_DAYS = 400
"""A payment can be taken back for thirteen months (SEPA core direct debit rulebook, 4.3)."""


def proposed(session: Session, verdicts: Sequence[RowVerdict]) -> list[RowVerdict]:
    """
    Return the verdicts, those on money taken back with the payment that it must be.

    It has the amount, came before within thirteen months, is not taken back yet, and is the only
    such or the only one with the payer's name or the same reference in it.

    :param verdicts: of bookings; facts of one hold `amount`, `booked_on`, `payer` and `words`.
    """
    returns = [one for one in verdicts if _is_dated(one)]
    there = _of_amounts(session, {one.facts["amount"] for one in returns})
    taken: set[int] = set()
    found = []
    for one in verdicts:
        payment = _meant(one.facts, there, taken) if _is_dated(one) else None
        if payment is not None:
            taken.add(payment.id)
            remedy = (
                f"it seems to take back payment {payment.number} of {payment.value_on}; if so, "
                f"reverse that one"
            )
            one = replace(one, remedy=remedy, facts={**one.facts, "payment": payment.number})  # noqa: PLW2901
        found.append(one)
    return found


def _is_dated(one: RowVerdict) -> bool:
    return one.code == RETURN and "booked_on" in one.facts


def _of_amounts(session: Session, amounts: set[int]) -> list[Payment]:
    ids: list[int] = []
    for some in in_chunks(sorted(amounts)):
        ids += session.scalars(select(PaymentRow.id).where(PaymentRow.amount.in_(some)))
    gone = reversed_on(session, ids)
    return [one for one in payments(session, ids).values() if one.id not in gone]


def _meant(facts: Mapping[str, Any], there: Sequence[Payment], taken: set[int]) -> Payment | None:
    until = date.fromisoformat(facts["booked_on"])
    fits = [
        one
        for one in there
        if one.amount == facts["amount"]
        and until - timedelta(_BACK_DAYS) <= one.value_on <= until
        and one.id not in taken
    ]
    if len(fits) == 1:
        return fits[0]
    sure = [one for one in fits if _is_told(facts, one)]
    return sure[0] if len(sure) == 1 else None


def _is_told(facts: Mapping[str, Any], payment: Payment) -> bool:
    said = f"{payment.text} {payment.reference}".split()
    is_same_payer = bool(facts["payer"]) and plain(facts["payer"]) == plain(payment.payer)
    return is_same_payer or bool(set(facts["words"]) & set(said))
