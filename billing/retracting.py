"""What was dated is taken back before anything stands on it. A store of the customer master."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from billing.account import AccountTerms
from billing.customer import Customer
from billing.supply import Supply
from billing.tables import (
    AccountTermRow,
    BillIssueRow,
    BillRow,
    CustomerNameRow,
    CustomerRow,
    SupplyRow,
    TakenBackRow,
)
from billing.tenancy import Dated, Retraction
from config.database import Base


@dataclass(frozen=True, slots=True)
class Act:
    """Who takes something of an account back, when and why."""

    account_id: int
    by: str
    reason: str
    on: date


def take_back_supply(session: Session, found: Retraction, act: Act) -> None:
    """Take back the last act at a service point: what it began goes, what it ended goes on."""
    if found.gone is not None:
        _remove(session, SupplyRow, Dated.SUPPLY, found.gone.id, _plain(asdict(found.gone)), act)
    if found.goes_on is not None:
        # Its end is the only thing of a supply that may change.
        session.execute(
            update(SupplyRow).where(SupplyRow.id == found.goes_on.id).values(ends_on=None)
        )
    session.flush()


def take_back_terms(session: Session, terms: AccountTerms, act: Act) -> None:
    """Take back terms of an account; those before them go on."""
    row_id = session.scalar(
        select(AccountTermRow.id).where(
            AccountTermRow.account_id == terms.account_id,
            AccountTermRow.starts_on == terms.starts_on,
        )
    )
    assert row_id is not None, "terms that were found are there"
    _remove(session, AccountTermRow, Dated.TERMS, row_id, _plain(asdict(terms)), act)


def take_back_name(
    session: Session, customer: Customer, since: date, before: str, act: Act
) -> None:
    """Take back a customer's newest name, which holds since a day; the one before it goes on."""
    row = session.execute(
        select(CustomerNameRow.id, CustomerNameRow.named_by).where(
            CustomerNameRow.customer_id == customer.id, CustomerNameRow.starts_on == since
        )
    ).one()
    facts = {"customer_id": customer.id, "starts_on": since.isoformat(), "name": customer.name}
    _remove(session, CustomerNameRow, Dated.NAME, row.id, facts | {"named_by": row.named_by}, act)
    session.execute(update(CustomerRow).where(CustomerRow.id == customer.id).values(name=before))


def has_bills(session: Session, supply: Supply) -> bool:
    """Test whether a bill, issued or cancelled or not yet issued, names the supply."""
    return session.scalar(select(BillRow.id).where(BillRow.supply_id == supply.id)) is not None


def billed_since(session: Session, account_id: int, day: date) -> str | None:
    """Return the number of the newest bill that was issued to an account since a day, if any."""
    return session.scalar(
        select(BillIssueRow.number)
        .join(BillRow, BillRow.id == BillIssueRow.bill_id)
        .where(BillRow.account_id == account_id, BillIssueRow.issued_on >= day)
        .order_by(BillIssueRow.bill_id.desc())
        .limit(1)
    )


def _remove(
    session: Session, table: type[Base], kind: Dated, row_id: int, facts: dict[str, Any], act: Act
) -> None:
    """Keep a row word for word, without which the database doesn't let it go; then let it go."""
    session.add(
        TakenBackRow(
            kind=str(kind),
            row_id=row_id,
            account_id=act.account_id,
            facts=facts,
            reason=act.reason,
            taken_back_by=act.by,
            taken_back_on=act.on,
        )
    )
    session.flush()
    session.execute(
        delete(table)
        .where(table.__table__.c.id == row_id)
        .execution_options(synchronize_session=False)
    )


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: None if one is None else str(one) for name, one in facts.items()}
