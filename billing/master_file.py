"""How a file of the customer master goes into the rows of two rooms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

import meters.store
from billing import store
from billing.account import Account
from billing.master_judge import KNOWN, Judged, Known, customer_of, judge, supply_of
from billing.master_row import MasterRow, parse_row
from billing.tariffs import newest_tariffs
from config import batch, people
from config.batch import Batch, Kind, RowVerdict, Verdict
from config.in_force import country_of
from config.table_file import File, Table
from meters.readings import find_meters
from meters.store import NewMeter, NewRegister, NewServicePoint


def read_rows(session: Session, table: Table, today: date) -> tuple[list[Judged], list[RowVerdict]]:
    """
    Return the rows that could be read, judged, and verdicts on those that couldn't.

    :raises config.dated.NothingInForceError: if the house has no market yet.
    """
    region = country_of(session)
    rows: list[MasterRow] = []
    unread: list[RowVerdict] = []
    for row in table.rows():
        flaws = row.problems or parse_row(row.number, row.fields, region=region, today=today)
        if isinstance(flaws, MasterRow):
            rows.append(flaws)
        else:
            message = "; ".join(flaw.message for flaw in flaws)
            unread.append(
                RowVerdict(row.number, Verdict.REFUSED, flaws[0].code, message, flaws[0].remedy)
            )
    return judge(rows, _known(session, rows)), unread


def _known(session: Session, rows: Sequence[MasterRow]) -> Known:
    points = meters.store.find_service_points(session, {row.point for row in rows})
    point_ids = {number: point.id for number, point in points.items()}
    there = find_meters(session, {row.meter for row in rows})
    return Known(
        customers=store.find_customers(session, {row.customer for row in rows}),
        accounts=store.find_accounts(session, {row.account for row in rows}),
        twins=store.twins_of(session, {row.account for row in rows}),
        points=point_ids,
        supplies=store.supplies_at(session, point_ids.values()),
        meters={serial: meter.points for serial, meter in there.items()},
        tariffs=newest_tariffs(session, {row.tariff for row in rows}),
    )


def tally(
    table: Table,
    judged: Sequence[Judged],
    unread: Sequence[RowVerdict],
    *,
    by: str,
    today: date,
) -> Batch:
    """Return the batch that the verdicts make; nothing is kept yet."""
    verdicts = [*unread, *map(_verdict, judged)]
    raw = table.raw({one.row for one in verdicts if one.code})
    verdicts = [replace(one, raw=raw.get(one.row, {})) for one in verdicts]
    file: File = table.file
    return batch.tally(
        kind=Kind.CUSTOMERS,
        file_name=file.name,
        digest=file.digest,
        layout=table.layout.name,
        verdicts=sorted(verdicts, key=lambda one: one.row),
        received_on=today,
        received_by=by,
        facts={"headings": table.names, "added": sum(one.is_taken for one in judged)},
    )


def _verdict(one: Judged) -> RowVerdict:
    if not one.flaws:
        return RowVerdict(one.row.row, Verdict.ACCEPTED)
    first = one.flaws[0]
    is_refused = not one.is_taken and first.code != KNOWN
    return RowVerdict(
        one.row.row,
        Verdict.REFUSED if is_refused else Verdict.ACCEPTED,
        first.code,
        "; ".join(flaw.message for flaw in one.flaws),
        first.remedy,
    )


def add(session: Session, rows: Sequence[MasterRow], *, batch_id: int | None) -> None:
    """Add what the rows have that is new, from offices down to supplies."""
    offices = {
        row.office: people.add_office(
            session, code=row.office, name_zh=row.office_name, name_en=row.office_name
        )
        for row in _first_of(rows, "office")
    }
    accounts = _add_accounts(session, rows, offices)
    points = _add_points(session, rows, offices)
    there = meters.store.meter_ids(session, {row.meter for row in rows})
    meters.store.install_meters(
        session,
        [_new_meter(row, points[row.point], batch_id) for row in rows if row.meter not in there],
    )
    store.add_supplies(
        session,
        [
            supply_of(row, account_id=accounts[row.account], point_id=points[row.point])
            for row in rows
        ],
    )


def _add_accounts(
    session: Session, rows: Sequence[MasterRow], offices: Mapping[str, int]
) -> dict[str, int]:
    customers = {
        number: one.id
        for number, one in store.find_customers(session, {row.customer for row in rows}).items()
    }
    new = [row for row in _first_of(rows, "customer") if row.customer not in customers]
    customers |= store.add_customers(
        session, [customer_of(row, office_id=offices[row.office]) for row in new]
    )
    known = store.find_accounts(session, {row.account for row in rows})
    opened: dict[str, date] = {}
    for row in rows:
        opened[row.account] = min(row.opened_on, opened.get(row.account, row.opened_on))
    added = store.add_accounts(
        session,
        [
            Account(
                id=0,
                number=row.account,
                customer_id=customers[row.customer],
                credit_days=row.credit_days,
                opened_on=opened[row.account],
                closed_on=None,
                posted_no=0,
            )
            for row in _first_of(rows, "account")
            if row.account not in known
        ],
    )
    return {number: one.id for number, one in known.items()} | added


def _add_points(
    session: Session, rows: Sequence[MasterRow], offices: Mapping[str, int]
) -> dict[str, int]:
    known = meters.store.find_service_points(session, {row.point for row in rows})
    added = meters.store.add_service_points(
        session,
        [
            NewServicePoint(
                number=row.point,
                address=row.address,
                office_id=offices[row.office],
                kwh_per_day_max=row.kwh_per_day_max,
                route_code=row.route,
                walk_order=row.walk_order,
            )
            for row in rows
            if row.point not in known
        ],
    )
    return {number: point.id for number, point in known.items()} | added


def _new_meter(row: MasterRow, point_id: int, batch_id: int | None) -> NewMeter:
    return NewMeter(
        serial=row.meter,
        service_point_id=point_id,
        installed_on=row.installed_on,
        registers=tuple(
            NewRegister(code, row.digits, opening, row.decimals)
            for code, opening in zip(row.registers, row.openings, strict=True)
        ),
        multiplier=row.multiplier,
        batch_id=batch_id,
        row=row.row,
    )


def _first_of(rows: Iterable[MasterRow], name: str) -> list[MasterRow]:
    """Return the first row of each value of an attribute."""
    found: dict[str, MasterRow] = {}
    for row in rows:
        found.setdefault(getattr(row, name), row)
    return list(found.values())
