"""What customers are called, and were called before. A store of the customer master."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from billing.customer import Customer
from billing.tables import AccountRow, CustomerNameRow, CustomerRow, gone
from billing.tenancy import Dated
from config.database import next_ids


@dataclass(frozen=True, slots=True)
class DatedName:
    """A customer's name from a day on, until the next."""

    starts_on: date
    name: str


def names_of(session: Session, customer_id: int) -> list[DatedName]:
    """Return a customer's names, the earliest first; none if the name never changed."""
    query = select(CustomerNameRow.starts_on, CustomerNameRow.name).where(
        CustomerNameRow.customer_id == customer_id
    )
    return [DatedName(*row) for row in session.execute(query.order_by(CustomerNameRow.starts_on))]


def rename(session: Session, customer: Customer, name: str, *, on: date, by: str) -> None:
    """Let a customer be called by a name from a day on, which is after the last change."""
    ids = iter(next_ids(session, CustomerNameRow, 2, gone=gone(Dated.NAME)))
    if not names_of(session, customer.id):
        since = session.scalar(
            select(func.min(AccountRow.opened_on)).where(AccountRow.customer_id == customer.id)
        )
        first = date.min if since is None or since >= on else since
        session.add(_row(next(ids), customer, first, customer.name, by))
    session.add(_row(next(ids), customer, on, name, by))
    session.execute(update(CustomerRow).where(CustomerRow.id == customer.id).values(name=name))
    session.flush()


def _row(row_id: int, customer: Customer, starts_on: date, name: str, by: str) -> CustomerNameRow:
    return CustomerNameRow(
        id=row_id, customer_id=customer.id, starts_on=starts_on, name=name, named_by=by
    )
