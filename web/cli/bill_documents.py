"""One bill or one account's bills: list, show, explain, preview, cancel, print."""

from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from billing import advances, correcting, corrections, discounts, misreadings, store
from billing import run as runs
from billing.advances import Advance
from billing.bill import Draft, Explanation, IssuedBill
from billing.instalment import KWH, part_of
from billing.line import Line
from billing.part_waivers import lateness_of_bill
from config.people import Permission
from meters.reading import plain as exact
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, on_a_day, pass_desk, reporting
from web.cli.kinds import DAY
from web.cli.numbers import ACCOUNT
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError
from web.cli.tariff_files import FILE, read_tariff

WAIVED = {"on": "waived_on", "waived": "what", "amount": "amount", "why": "reason"}
GRANTED = {"discount": "number", "amount": "amount", "posted": "posted_on"}
GRANTED |= {"counts from": "value_on", "taken back": "taken_back_on"}
LINE = {key: key for key in ("code", "text_en", "quantity", "unit", "price", "amount")}


@click.command("list", cls=Command, example="wattledger bills list 0001234")
@click.argument("account", type=ACCOUNT)
@reporting
@pass_desk
def list_(desk: Desk, account: str) -> None:
    """List the bills of an ACCOUNT, oldest first."""
    with desk.looking() as session:
        found = store.find_accounts(session, [account]).get(account)
        if found is None:
            raise NotDoneError(f"no account has the number {account}; try `customers find`")
        rows = [_bill(one) for one in store.bills(session, account_id=found.id)]
    columns = {"bill": "number", "kind": "kind", "from": "start", "until": "end", "kWh": "kwh"}
    columns |= {"amount": "amount", "issued": "issued_on", "due": "due_on"}
    report.table(desk, rows, columns, empty="no bill yet")


def _bill(one: IssuedBill) -> dict[str, Any]:
    facts: dict[str, Any] = report.plain(one)
    facts |= facts.pop("period")
    return facts | {"amount": report.amount(one.amount), "tax": report.amount(one.tax)}


def _lines(lines: list[Line] | tuple[Line, ...]) -> list[dict[str, Any]]:
    return [report.plain(line) | {"amount": report.amount(line.amount)} for line in lines]


@click.command(cls=Command, example="wattledger bills show 20260201010000001 --json")
@click.argument("number")
@reporting
@pass_desk
def show(desk: Desk, number: str) -> None:
    """Show the bill with this NUMBER and its lines."""
    with desk.looking() as session:
        found = store.find_bill(session, number)
        if found is None:
            raise NotDoneError(f"there is no bill {number}; `wattledger bills list ACCOUNT`")
        lines = _lines(store.bill_lines(session, [found.id]).get(found.id, []))
    if desk.as_json:
        report.one(desk, _bill(found) | {"lines": lines})
    else:
        report.one(desk, _bill(found))
        report.table(desk, lines, LINE)


@click.command(cls=Command, example="wattledger bills explain 20260201010000001")
@click.argument("number")
@reporting
@pass_desk
def explain(desk: Desk, number: str) -> int:
    """
    Work the bill with this NUMBER out again from what it keeps, and say how it came about.

    Its readings, its tariffs, why each line is what it is, which parts of its month were set off
    against it, and what was done to it since. A part of a month (A…) explains itself likewise. 1 if
    it came out otherwise.
    """
    with desk.looking() as session:
        part = advances.find_advance(session, number)
        if part is not None:
            return _explain_part(desk, session, part)
        since = _since(session, number)
    found = runs.explain(desk.sessions, number)
    lines = _lines(found.lines)
    early, lateness = _early(desk, number), _lateness(desk, number)
    if desk.as_json:
        spans = [
            {
                "period": span.period,
                "tariff": span.tariff.name,
                "digest": span.tariff.digest,
                "terms": span.terms,
            }
            for span in found.spans
        ]
        facts = {"number": number, "same": found.same, "usage": found.usage, "spans": spans}
        report.one(desk, facts | {"lines": lines, "early": early, "lateness": lateness} | since)
    else:
        _tell_basis(found)
        nothing = "no line: nothing was used, and the tariff has no fixed charge"
        report.table(desk, lines, LINE | {"why": "why"}, empty=nothing)
        _tell_early(desk, early)
        _tell_lateness(desk, lateness)
        _tell_since(since)
        click.echo("comes out the same, to the cent" if found.same else "comes out OTHERWISE")
    return DONE if found.same else NEEDS_A_PERSON


def _explain_part(desk: Desk, session: Session, part: Advance) -> int:
    """Work a part of a month out again from the bills that it was asked for by."""
    bills = [store.find_bill(session, number) for number in part.by_bills]
    lines = store.bill_lines(session, [one.id for one in bills if one is not None])
    used = [(one, lines.get(one.id, [])) for one in bills if one is not None]
    key = part.account_id
    settlements = store.accounts(session, [key], on=part.raised_on)[key].settlements
    same = part_of([(one.period, some) for one, some in used], settlements) == part.amount
    rows = [
        report.plain(line) | {"amount": report.amount(line.amount), "bill": one.number}
        for one, some in used
        for line in some
        if line.unit == KWH
    ]
    facts = {"number": part.number, "month": part.month, "part": part.no}
    facts |= {"of": settlements, "amount": report.amount(part.amount), "due": part.due_on}
    facts |= {"open": report.amount(part.open), "set_off": part.is_set_off, "same": same}
    report.one(desk, facts | ({"lines": rows} if desk.as_json else {}))
    if not desk.as_json:
        report.table(desk, rows, {"bill": "bill"} | LINE)
        click.echo("a month's energy by these lines, shared out and rounded down")
    return DONE if same else NEEDS_A_PERSON


def _tell_since(since: dict[str, Any]) -> None:
    for word, named in since.items():
        if named:
            listed = [named] if isinstance(named, str) else named
            click.echo(f"{word.replace('_', ' ')} {', '.join(listed)}")


def _since(session: Session, number: str) -> dict[str, Any]:
    """Return what else is in the books of a bill: what it reverses, and what was done to it."""
    bill = store.find_bill(session, number)
    if bill is None:
        if correcting.find_correction(session, number) is not None:
            what = f"{number} corrects bills; `wattledger bills corrections ACCOUNT --json` has all"
            raise NotDoneError(f"{what} of them, and each bill explains itself")
        raise NotDoneError(f"there is no bill {number} to explain; `wattledger bills list ACCOUNT`")
    named = {bill.reverses_id: "reverses", bill.cancelled_by_id: "cancelled_by"}
    others = store.bills(session, ids=[key for key in named if key is not None])
    made = correcting.corrections_of_bill(session, bill.service_point_id, number)
    found: dict[str, Any] = {"reverses": None, "cancelled_by": None}
    found |= {named[one.id]: one.number for one in others}
    parts = advances.set_off_against(session, [bill.id], as_of=date.max).get(bill.id, [])
    settled = [f"{number} {report.amount(amount)}" for number, amount in parts]
    return found | {"corrected_by": [one.number for one in made], "settled_by_parts": settled}


def _tell_basis(found: Explanation) -> None:
    for part in found.usage.parts:
        opening, closing = part.opening, part.closing
        click.echo(
            f"meter {part.serial}, {part.code}: {opening.value} on {opening.taken_on} to "
            f"{closing.value} on {closing.taken_on}, times {part.multiplier}: {part.kwh}"
        )
    for series in found.usage.intervals:
        days = f"{len(series.days)} days of intervals from {series.days[0].day}"
        click.echo(f"meter {series.serial}, {series.mark}: {days}: {exact(series.kwh)}")
    for span in found.spans:
        click.echo(f"{span.period}: {span.tariff.name} ({span.tariff.digest[:12]})")


def _tell_early(desk: Desk, early: dict[str, Any] | None) -> None:
    if early is not None:
        click.echo(
            f"paid by {early['until']} it is {early['to_pay']}, {early['discount']} less "
            f"({early['percent']} percent)"
        )
        report.table(desk, early["granted"], GRANTED, empty="the discount was not earned yet")


def _tell_lateness(desk: Desk, lateness: dict[str, Any]) -> None:
    if lateness["waivers"]:
        click.echo(f"late charges of {lateness['charged']} are posted, less what was waived:")
        report.table(desk, lateness["waivers"], WAIVED)


def _lateness(desk: Desk, number: str) -> dict[str, Any]:
    """Return what a bill costs for its lateness, as posted, and what was waived of it."""
    with desk.looking() as session:
        bill = store.find_bill(session, number)
        found = None if bill is None else lateness_of_bill(session, bill.id)
    waivers = () if found is None else found.waivers
    return {
        "charged": report.amount(0 if found is None else found.charged),
        "waivers": [
            one._asdict()
            | {"amount": report.amount(one.amount), "what": "a part" if one.is_part else "all"}
            for one in waivers
        ],
    }


def _early(desk: Desk, number: str) -> dict[str, Any] | None:
    """Return what paying a bill early earns, and what came of it; none if nothing is offered."""
    with desk.looking() as session:
        bill = store.find_bill(session, number)
        found = None if bill is None else discounts.early_of(session, bill.id)
    if bill is None or found is None:
        return None
    offer, granted = found
    return {
        "percent": exact(offer.percent),
        "until": offer.until,
        "discount": report.amount(offer.amount),
        "to_pay": report.amount(bill.amount - offer.amount),
        "granted": [one._asdict() | {"amount": report.amount(one.amount)} for one in granted],
    }


@click.command(cls=Command, example="wattledger bills preview 0001234 --until 2026-02-01")
@click.argument("account", type=ACCOUNT)
@click.option("--until", type=DAY, help="The first day not billed; otherwise the business day.")
@click.option("--tariff", "file", type=FILE, help="A tariff file to try instead.")
@on_a_day
@reporting
@pass_desk
def preview(desk: Desk, account: str, until: date | None, file: Path | None) -> int:
    """Show what a run would make of an ACCOUNT; nothing is written. 1 if it would be parked."""
    instead = None if file is None else read_tariff(file)
    day = until or desk.today
    try:
        found = runs.preview(desk.sessions, account, until=day, today=desk.today, instead=instead)
    except KeyError as problem:
        raise NotDoneError(f"no account has the number {account}") from problem
    drafts = [_draft(one) for one in found.drafts]
    if desk.as_json:
        facts = {"account": account, "drafts": drafts, "doubts": found.doubts}
        report.one(desk, facts | {"parked": found.parked})
    else:
        _tell(desk, drafts)
        for doubt in found.doubts:
            click.echo(f"would be held: {doubt}", err=True)
        for one in found.parked:
            click.echo(f"would be parked: {one.message}; {one.remedy}", err=True)
    return NEEDS_A_PERSON if found.parked or found.doubts else DONE


def _draft(one: Draft) -> dict[str, Any]:
    return {
        "service_point_id": one.service_point_id,
        "start": one.period.start,
        "end": one.period.end,
        "kwh": one.kwh,
        "amount": report.amount(one.amount),
        "tax": report.amount(one.tax),
        "is_estimated": one.is_estimated,
        "lines": _lines(one.lines),
    }


def _tell(desk: Desk, drafts: list[dict[str, Any]]) -> None:
    if not drafts:
        click.echo("nothing is due")
    for one in drafts:
        title = f"{one['start']} to {one['end']}: {one['kwh']} kWh, {one['amount']}"
        report.table(desk, one["lines"], LINE | {"why": "why"}, title=title)


@click.command(
    cls=Command,
    example='wattledger bills cancel 20260201010000001 --reason "wrong multiplier" --as wang.fang',
)
@click.argument("number")
@click.option("--reason", required=True, help="Why; it stands on the approval and in the books.")
@acting
@reporting
@pass_desk
def cancel(desk: Desk, number: str, reason: str) -> None:
    """
    Ask for the bill or the correction with this NUMBER to be cancelled; another person approves it.

    What was posted on it is undone, and what was paid on it is the customer's again.
    """
    by = desk.by(Permission.CANCEL_BILLS)
    with desk.looking() as session:
        is_correction = correcting.find_correction(session, number) is not None
    door = misreadings.ask_to_cancel if is_correction else corrections.ask_to_cancel
    asked = door(desk.sessions, number, by=by, reason=reason, now=desk.now)
    report.one(desk, {"bill": number, "approval": asked})


@click.command(cls=Command, example="wattledger bills pdf --run 2026020101 --out bills")
@click.option("--run", "code", help="The run whose bills to print, some hundreds in a file.")
@click.option("--bill", "number", help="The one bill to print.")
@click.option("--part", help="What asks for this part of a month before its bill.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder, or the one file."
)
@reporting
@pass_desk
def pdf(desk: Desk, *, code: str | None, number: str | None, part: str | None, out: Path) -> int:
    """
    Print the bills of a run, or one bill, or what was asked for before one, as PDF.

    1 if bills of the run were left out, for a character that no font has; each is named.
    """
    from notices import account_papers, papers

    if [code, number, part].count(None) != 2:
        raise NotDoneError("say --run, --bill or --part, and one of them alone")
    if number is not None or part is not None:
        one = (
            papers.bill(desk.sessions, number)
            if number
            else account_papers.part(desk.sessions, part or "")
        )
        out.write_bytes(one)
        report.one(desk, {"files": [out]})
        return DONE
    with desk.looking() as session:
        found = store.find_run_by_code(session, code or "")
    if found is None:
        raise NotDoneError(f"there is no run {code}; `wattledger bills runs` lists them")
    printed = papers.bills(desk.sessions, found.run_id, out)
    report.one(desk, printed)
    for problem in printed.left_out:
        click.echo(problem, err=True)
    return NEEDS_A_PERSON if printed.left_out else DONE


COMMANDS = (list_, show, explain, preview, cancel, pdf)
