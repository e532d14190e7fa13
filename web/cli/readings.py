"""Meter readings: take files in, settle doubts, mend what failed, estimate, route sheets."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

import billing.store
import meters.store
from billing import continuity
from config import batch
from config.batch import Kind, Verdict
from config.batch_report import NoSuchBatchError, write_report
from config.people import Permission
from meters import exchange, gaps, intake, rounds
from meters.formats.read import Format
from meters.reading import RegisterCode
from notices import stationery
from notices.paper.press import print_route
from notices.paper.route import PrintedRoute
from web.cli import report
from web.cli.command import Words
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY, ROW_ID
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=Words)
def readings() -> None:
    """Meter readings: take files in, settle doubts, mend what failed, estimate, route sheets."""


@readings.command("take-in", example="wattledger readings take-in route7.csv --as li.na")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--layout", help="Which column is what; otherwise found by the headings.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice([one.value for one in Format]),
    help="What the file is; otherwise found by its content.",
)
@click.option("--meter", metavar="SERIAL", help="Whose intervals they are, if the file is silent.")
@click.option(
    "--replacing",
    metavar="REASON",
    help="Let intervals that differ from kept ones take their place, and say why.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and keep nothing.")
@acting
@reporting
@pass_desk
def take_in(
    desk: Desk,
    files: Sequence[Path],
    *,
    layout: str | None,
    fmt: str | None,
    meter: str | None,
    replacing: str | None,
    dry_run: bool,
) -> int:
    """
    Take in FILES of readings: CSV, XLSX and XML by a layout, NEM12, NEM13, Green Button.

    Every row is accepted, doubted or refused; the same file again changes nothing.
    """
    by = desk.by(Permission.TAKE_IN_READINGS)
    asked = intake.Asked(desk.settings.time_zone, meter, replacing)
    codes = []
    for file in files:
        taken = intake.take_in(
            desk.sessions,
            file,
            layout=layout,
            fmt=fmt,
            by=by,
            today=desk.today,
            now=desk.now,
            dry_run=dry_run,
            asked=asked,
            folder=desk.settings.config,
        )
        codes.append(report.batch(desk, taken, file))
    return max(codes)


@readings.command(example="wattledger readings inspect NEM12_2026-03.csv --json")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--layout", help="Which column is what; otherwise found by the headings.")
@reporting
@pass_desk
def inspect(desk: Desk, files: Sequence[Path], *, layout: str | None) -> None:
    """Say what FILES hold, without a database: format, rows, and the sum of each channel."""
    zone, folder = desk.settings.time_zone, desk.settings.config
    found = [intake.inspect(one, layout=layout, zone=zone, folder=folder) for one in files]
    if desk.as_json:
        report.table(desk, found, {})
        return
    for one in found:
        report.say(desk, f"{one.file}: {one.format}: {one.rows} rows, {one.readings} readings")
        columns = {"channel": "name", "unit": "unit", "intervals": "intervals", "total": "total"}
        columns |= {"from": "first_at", "to": "last_at"}
        if one.channels:
            report.table(desk, one.channels, columns)


@readings.command("exchange", example="wattledger readings exchange exchanges.csv --as li.na")
@click.argument("file", type=FILE)
@click.option("--layout", help="Which column is what; otherwise found by the headings.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and keep nothing.")
@acting
@reporting
@pass_desk
def exchange_(desk: Desk, file: Path, *, layout: str | None, dry_run: bool) -> int:
    """Take in a FILE of meters exchanged: the last reading of the old, the first of the new."""
    taken = exchange.take_in(
        desk.sessions,
        file,
        layout=layout,
        by=desk.by(Permission.TAKE_IN_READINGS),
        today=desk.today,
        now=desk.now,
        dry_run=dry_run,
        folder=desk.settings.config,
    )
    return report.batch(desk, taken, file)


@readings.command(example="wattledger readings batches --limit 20")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@reporting
@pass_desk
def batches(desk: Desk, limit: int) -> None:
    """List the files taken in, newest first."""
    with desk.looking() as session:
        found = batch.batches(session, Kind.READINGS, limit=limit)
    columns = {"batch": "id", "file": "file_name", "on": "received_on", "by": "received_by"}
    columns |= {"rows": "rows", "accepted": "accepted", "doubted": "doubted"}
    report.table(desk, found, columns | {"refused": "refused"}, empty="no file was taken in yet")


@readings.command(example="wattledger readings rows 12 --refused")
@click.argument("number", type=ROW_ID, metavar="BATCH")
@click.option("--refused", is_flag=True, help="Only those refused.")
@reporting
@pass_desk
def rows(desk: Desk, number: int, refused: bool) -> None:
    """List the rows of a BATCH that were not simply accepted, with what would mend them."""
    verdict = Verdict.REFUSED if refused else None
    with desk.looking() as session:
        if batch.get(session, number) is None:
            raise NotDoneError(f"there is no batch {number}; `wattledger readings batches`")
        found = batch.verdicts(session, number, verdict=verdict)
    facts = [report.plain(one.verdict) | {"decision": one.decision} for one in found]
    columns = {"row": "row", "verdict": "verdict", "code": "code", "what is wrong": "message"}
    report.table(desk, facts, columns | {"what would be right": "remedy"})


@readings.command(example="wattledger readings failed 12 mend-me.csv")
@click.argument("number", type=ROW_ID, metavar="BATCH")
@click.argument("file", type=NEW_FILE)
@pass_desk
def failed(desk: Desk, number: int, file: Path) -> int:
    """Write the refused rows of a BATCH to a FILE (.csv or .xlsx), to be mended and taken in."""
    with desk.looking() as session:
        if batch.get(session, number) is None:
            raise NotDoneError(f"there is no batch {number}; `wattledger readings batches`")
        count = intake.failed_rows(session, number, file)
    report.say(desk, f"{count} rows to mend in {file}" if count else "nothing is to be mended")
    return NEEDS_A_PERSON if count else DONE


@readings.command("report", example="wattledger readings report 12 batch12.xlsx")
@click.argument("number", type=ROW_ID, metavar="BATCH")
@click.argument("file", type=NEW_FILE)
@pass_desk
def report_(desk: Desk, number: int, file: Path) -> None:
    """Write what became of a BATCH to a FILE (.xlsx or .json): row, code, message, remedy."""
    with desk.looking() as session:
        try:
            count = write_report(session, number, file)
        except NoSuchBatchError as problem:
            raise NotDoneError(f"{problem}; `wattledger readings batches`") from problem
    report.say(desk, f"{count} rows told in {file}")


@readings.command(example="wattledger readings template march.xlsx")
@click.argument("file", type=NEW_FILE)
@pass_desk
def template(desk: Desk, file: Path) -> None:
    """Write an empty workbook to a FILE, to type readings into and take in."""
    rounds.template(file)
    report.say(desk, f"{file}")


@readings.command(example="wattledger readings doubts --json")
@reporting
@pass_desk
def doubts(desk: Desk) -> int:
    """List the doubted rows that wait for a person; 1 if there are any."""
    with desk.looking() as session:
        found = intake.doubts(session)
    facts = [report.plain(one.verdict) | {"id": one.id, "batch": one.batch_id} for one in found]
    columns = {"id": "id", "batch": "batch", "row": "row", "code": "code"}
    columns |= {"what is doubted": "message", "what would be right": "remedy"}
    report.table(desk, facts, columns, empty="no row waits")
    return NEEDS_A_PERSON if found else DONE


@readings.command(example='wattledger readings settle 31 --accept --reason "seen" --as li.na')
@click.argument("row", type=ROW_ID)
@click.option("--accept", "word", flag_value="accept", help="Keep the reading.")
@click.option("--refuse", "word", flag_value="refuse", help="Don't keep it.")
@click.option("--reread", "word", flag_value="reread", help="Don't, and have it read again.")
@click.option("--reason", default="", help="Why; kept with the decision.")
@acting
@pass_desk
def settle(desk: Desk, row: int, word: str | None, reason: str) -> None:
    """Accept or refuse a doubted ROW, by its number in `readings doubts`, or read it again."""
    if word is None:
        raise click.UsageError("say --accept, --refuse or --reread")
    by, now = desk.by(Permission.TAKE_IN_READINGS), desk.now
    if word == "reread":
        settled = intake.order_rereading(desk.sessions, row, by=by, reason=reason, now=now)
    else:
        settled = intake.settle(
            desk.sessions,
            row,
            accept=word == "accept",
            by=by,
            reason=reason,
            today=desk.today,
            now=now,
        )
    if settled is None:
        raise NotDoneError(f"no doubt {row} waits; `wattledger readings doubts` lists them")
    report.say(desk, f"row {settled.verdict.row} of batch {settled.batch_id} is settled")


@readings.command(example="wattledger readings rereadings")
@reporting
@pass_desk
def rereadings(desk: Desk) -> int:
    """List the meters that are to be read again and haven't been since; 1 if there are any."""
    with desk.looking() as session:
        found = intake.rereadings(session)
    facts = [
        report.plain(one.verdict) | {"by": one.decided_by, "why": one.reason, "batch": one.batch_id}
        for one in found
    ]
    columns = {"batch": "batch", "row": "row", "what was doubted": "message", "by": "by"}
    report.table(desk, facts, columns | {"because": "why"}, empty="nothing is to be read again")
    return NEEDS_A_PERSON if found else DONE


@readings.command(example="wattledger readings missing --since 2026-03-01 --route R07")
@click.option("--since", type=DAY, required=True, help="The first day that counts as read.")
@click.option("--route", help="Only this route.")
@on_a_day
@reporting
@pass_desk
def missing(desk: Desk, since: date, route: str | None) -> int:
    """List registers that weren't read up to today, route by route; 1 if there are any."""
    with desk.looking() as session:
        found = gaps.missing(session, route=route, since=since, until=desk.today)
    return _unread(desk, found, "every register was read")


@readings.command(example="wattledger readings unread --days 180")
@click.option("--days", type=click.IntRange(1), help="Too long; otherwise as the policy says.")
@click.option("--route", help="Only this route.")
@on_a_day
@reporting
@pass_desk
def unread(desk: Desk, days: int | None, route: str | None) -> int:
    """List registers nobody has looked at for too long, estimates or not; 1 if there are any."""
    with desk.looking() as session:
        found = gaps.unread(session, route=route, today=desk.today, days_max=days)
    return _unread(desk, found, "every register was looked at lately")


def _unread(desk: Desk, found: Sequence[gaps.Missing], empty: str) -> int:
    facts = [
        {
            "route": one.point.route_code,
            "place": one.point.walk_order,
            "point": one.point.number,
            "meter": one.serial,
            "register": one.code,
            "last_read_on": one.last_read_on,
            "address": one.point.address,
        }
        for one in found
    ]
    columns = {"route": "route", "place": "place", "point": "point", "meter": "meter"}
    columns |= {"register": "register", "last read": "last_read_on", "address": "address"}
    report.table(desk, facts, columns, empty=empty)
    return NEEDS_A_PERSON if found else DONE


@readings.command(
    example='wattledger readings correct M-17 2026-01-31 1042.5 --reason "misread" --as li.na'
)
@click.argument("serial")
@click.argument("day", type=DAY)
@click.argument("value")
@click.option(
    "--register",
    type=click.Choice([code.value for code in RegisterCode]),
    default=RegisterCode.TOTAL.value,
    show_default=True,
)
@click.option("--reason", required=True, help="Why the kept reading is wrong.")
@acting
@reporting
@pass_desk
def correct(desk: Desk, serial: str, day: date, value: str, *, register: str, reason: str) -> None:
    """
    Replace the reading of a meter's DAY by the right VALUE; the wrong one stays on record.

    Bills that were issued on the wrong one are named; they are not changed by this.
    """
    try:
        right = Decimal(value)
    except InvalidOperation as problem:
        raise NotDoneError(f"{value!r} is no number; write it as 1042.5") from problem
    kept = intake.correct(
        desk.sessions,
        serial=serial,
        register=RegisterCode(register),
        taken_on=day,
        value=right,
        reason=reason,
        by=desk.by(Permission.TAKE_IN_READINGS),
        today=desk.today,
        now=desk.now,
    )
    with desk.looking() as session:
        billed = continuity.bills_on(session, serial, day)
    report.one(desk, report.plain(kept) | {"bills": billed})
    if billed:
        click.echo(
            f"issued on the reading of {day}: {', '.join(billed)}; the next bill sets an estimate "
            "right by itself; else cancel and bill again, or use `bills correct`",
            err=True,
        )


@readings.command(example="wattledger readings estimate --day 2026-02-01 --as li.na")
@click.option("--day", type=DAY, required=True, help="The day that has no reading.")
@click.option("--route", help="Only the points of this route.")
@acting
@reporting
@pass_desk
def estimate(desk: Desk, day: date, route: str | None) -> None:
    """Add estimates where no reading came: by own history, the route, or the class of supply."""
    by = desk.by(Permission.TAKE_IN_READINGS)
    with desk.looking() as session:
        here = billing.store.supplies_at(session, meters.store.point_ids(session))
    classes = {
        point: str(one.supply_class)
        for point, some in here.items()
        for one in some
        if one.is_on(day)
    }
    count = intake.estimate_missing(
        desk.sessions, route=route, day=day, by=by, now=desk.now, classes=classes
    )
    report.one(desk, {"day": day, "route": route, "estimated": count})


@readings.command(
    "route-sheet", example="wattledger readings route-sheet --route R07 --out route7.xlsx"
)
@click.option("--route", required=True, help="The route to be walked.")
@click.option("--out", type=NEW_FILE, required=True, help="The .xlsx or .pdf to write.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", help="Of a PDF.")
@on_a_day
@pass_desk
def route_sheet(desk: Desk, route: str, out: Path, language: str) -> None:
    """Write the sheet of a route, in walking order, for the reader to fill in."""
    if out.suffix.lower() == ".pdf":
        with desk.looking() as session:
            lines = rounds.known_lines(session, route, today=desk.today)
        supplier = stationery.read(desk.settings.config).supplier
        out.write_bytes(print_route(PrintedRoute(route, desk.today, language, supplier, lines)))
    else:
        rounds.route_sheet(desk.sessions, route, out, today=desk.today)
    report.say(desk, f"{out}")
