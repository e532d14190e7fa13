"""Whose account a text means: numbers, names, addresses, mobiles. `billing.store` is its face."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from billing.tables import AccountRow, CustomerRow


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


def typed(text: str) -> str:
    """
    Return what somebody typed as the books write it: no blanks around, no full-width signs.

    A keyboard set to Chinese types digits and letters twice as wide; they are the same ones
    (Unicode, normal form KC).
    """
    return unicodedata.normalize("NFKC", text).strip()


def meant(session: Session, text: str) -> str:
    """Return the number of the only account that a typed number means, or else what was typed."""
    number = typed(text)
    if session.scalar(select(AccountRow.id).where(AccountRow.number == number)) is not None:
        return number
    bare = number.lstrip("0").casefold()
    same = func.ltrim(func.lower(AccountRow.number), "0") == bare
    found = session.scalars(select(AccountRow.number).where(same).limit(2)).all() if bare else []
    return found[0] if len(found) == 1 else number


def search(
    session: Session, text: str, *, office_ids: Collection[int] | None = None, limit: int = 50
) -> list[Hit]:
    """
    Return accounts that a text means: a number with or without leading zeros, a name, a mobile.

    :param office_ids: the offices whose customers may be seen; none means all.
    """
    words = typed(text).casefold()
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
