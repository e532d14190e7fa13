"""The business day: the calendar's, or one that was set for training, tests and the demo."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import Base


class BusinessDayRow(Base):
    """The day that was set; there is one row or none."""

    __tablename__ = "business_day"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]


def set_day(session: Session) -> date | None:
    """Return the business day that was set, or none if the calendar's holds."""
    row = session.get(BusinessDayRow, 1)
    return None if row is None else row.day


def move_to(session: Session, day: date | None) -> None:
    """Set the business day, or let the calendar's hold again."""
    row = session.get(BusinessDayRow, 1)
    if day is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(BusinessDayRow(id=1, day=day))
    else:
        row.day = day
    session.flush()
