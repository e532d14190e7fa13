"""Rows of the meters room."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from config.database import At, Base, Id, Kwh, append_only


class PremiseRow(Base):
    """A place with an address."""

    __tablename__ = "premise"

    id: Mapped[Id]
    address: Mapped[str]


class RouteRow(Base):
    """Service points that are walked one after the other."""

    __tablename__ = "route"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)


class ServicePointRow(Base):
    """A point at which energy is delivered, and what it can draw in a day at most."""

    __tablename__ = "service_point"
    __table_args__ = (CheckConstraint("kwh_per_day_max > 0", name="kwh_per_day_max"),)

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(64), unique=True)
    premise_id: Mapped[int] = mapped_column(ForeignKey("premise.id"), index=True)
    route_id: Mapped[int | None] = mapped_column(ForeignKey("route.id"), index=True)
    walk_order: Mapped[int]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    kwh_per_day_max: Mapped[Kwh]


class MeterRow(Base):
    """A device that counts."""

    __tablename__ = "meter"

    id: Mapped[Id]
    serial: Mapped[str] = mapped_column(String(64), unique=True)


class InstallationRow(Base):
    """A meter at a service point from a day on, until it is removed."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("removed_on IS NULL OR removed_on > installed_on", name="days"),
        CheckConstraint("multiplier > 0", name="multiplier"),
        UniqueConstraint("meter_id", "installed_on"),
        Index(
            "uq_installation_in_place",
            "meter_id",
            unique=True,
            sqlite_where=text("removed_on IS NULL"),
            postgresql_where=text("removed_on IS NULL"),
        ),
    )

    id: Mapped[Id]
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"), index=True)
    meter_id: Mapped[int] = mapped_column(ForeignKey("meter.id"))
    installed_on: Mapped[date]
    removed_on: Mapped[date | None]
    multiplier: Mapped[Kwh]


class RegisterRow(Base):
    """A counting dial of a meter; `mark` is what the meter's files call it."""

    __tablename__ = "register"
    __table_args__ = (
        UniqueConstraint("meter_id", "code"),
        CheckConstraint("digits BETWEEN 1 AND 12", name="digits"),
        CheckConstraint("decimals BETWEEN 0 AND 6", name="decimals"),
    )

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meter.id"))
    code: Mapped[str] = mapped_column(String(32))
    mark: Mapped[str] = mapped_column(String(32))
    digits: Mapped[int]
    decimals: Mapped[int]


class ReadingRow(Base):
    """
    What a register showed on a day. Rows are only added.

    A correction is a further revision that names the one it replaces; the newest holds.
    """

    __tablename__ = "reading"
    __table_args__ = (
        UniqueConstraint("register_id", "taken_on", "revision"),
        UniqueConstraint("replaces_id"),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("(revision = 0) = (replaces_id IS NULL)", name="revision"),
        CheckConstraint("kind IN ('actual', 'estimated', 'customer')", name="kind"),
        Index("ix_reading_batch_id", "batch_id"),
    )

    id: Mapped[Id]
    register_id: Mapped[int] = mapped_column(ForeignKey("register.id"))
    taken_on: Mapped[date]
    revision: Mapped[int]
    value: Mapped[Kwh]
    kind: Mapped[str] = mapped_column(String(16))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    row: Mapped[int | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("reading.id"))
    reason: Mapped[str | None]


append_only(ReadingRow)


class IntervalChannelRow(Base):
    """A stream of intervals of a meter; `zone` is the clock by which its days begin."""

    __tablename__ = "interval_channel"
    __table_args__ = (UniqueConstraint("meter_id", "mark"),)

    id: Mapped[Id]
    meter_id: Mapped[int] = mapped_column(ForeignKey("meter.id"))
    mark: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(16))
    zone: Mapped[str] = mapped_column(String(64))


append_only(IntervalChannelRow)


class IntervalDayRow(Base):
    """
    The intervals of a channel's day, packed. Rows are only added.

    A correction is a further revision that names the one it replaces; the newest holds.
    """

    __tablename__ = "interval_day"
    __table_args__ = (
        UniqueConstraint("channel_id", "day", "revision"),
        UniqueConstraint("replaces_id"),
        CheckConstraint("(revision = 0) = (replaces_id IS NULL)", name="revision"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        Index("ix_interval_day_batch_id", "batch_id"),
    )

    id: Mapped[Id]
    channel_id: Mapped[int] = mapped_column(ForeignKey("interval_channel.id"))
    day: Mapped[date]
    revision: Mapped[int]
    minutes: Mapped[int]
    total: Mapped[Kwh]
    amounts: Mapped[bytes]
    flags: Mapped[str]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    row: Mapped[int | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("interval_day.id"))
    reason: Mapped[str | None]


append_only(IntervalDayRow)


class SwitchOrderRow(Base):
    """An order to cut or reconnect a service point; `reference` keeps it from being given twice."""

    __tablename__ = "switch_order"
    __table_args__ = (UniqueConstraint("kind", "reference"),)

    id: Mapped[Id]
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(64))


append_only(SwitchOrderRow)


class SwitchEventRow(Base):
    """A state that an order came to, one after the other. Rows are only added."""

    __tablename__ = "switch_event"
    __table_args__ = (UniqueConstraint("order_id", "step"),)

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("switch_order.id"))
    step: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    note: Mapped[str]
    happened_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[At]


append_only(SwitchEventRow)
