"""Energy that was measured wrong: what its bills come to without the fault, and the document."""

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from billing import correcting, misreadings, store
from billing.correcting import IssuedCorrection
from billing.correction import CorrectedBill, Fault, Finding
from billing.misreadings import WorkedOut
from config.people import Permission
from meters.period import Period
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, acting, pass_desk, reporting
from web.cli.kinds import DAY, ROW_ID
from web.cli.numbers import ACCOUNT
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError


class Figure(click.ParamType[Decimal]):
    """An exact figure, such as 40 or -10.5."""

    name = "figure"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the figure that is written."""
        try:
            figure = Decimal(value)
        except InvalidOperation:
            figure = Decimal("NaN")
        if not figure.is_finite():
            self.fail(f"{value!r} is no figure; write it as 40 or -10.5", param, ctx)
        return figure


FIGURE = Figure()


@click.command(
    cls=Command,
    example="wattledger bills correct 0001234 --from 2026-01-01 --until 2026-04-01 "
    '--true-ratio 40 --billed-ratio 30 --reason "plate misread" --as wang.fang',
)
@click.argument("account", type=ACCOUNT)
@click.option("--from", "since", type=DAY, required=True, help="The first day of the fault.")
@click.option("--until", type=DAY, required=True, help="The first day without it.")
@click.option("--true-ratio", type=FIGURE, help="With --billed-ratio: the ratio was wrong.")
@click.option("--billed-ratio", type=FIGURE, help="The ratio the bills went by.")
@click.option("--error-percent", type=FIGURE, help="The meter's error: -10 is ten per cent slow.")
@click.option("--true-power", type=FIGURE, help="With --registered-power: it was wired wrong.")
@click.option("--registered-power", type=FIGURE, help="What the meter registered of it.")
@click.option("--kwh-per-day", type=FIGURE, help="The meter stood still: a normal day's energy.")
@click.option("--point", type=ROW_ID, help="The service point, where bills of several are meant.")
@click.option("--dry-run", is_flag=True, help="Show what it comes to, and ask nobody.")
@click.option("--reason", default="", help="Why; it stands on the approval and the document.")
@acting
@reporting
@pass_desk
def correct(
    desk: Desk,
    /,
    account: str,
    *,
    since: date,
    until: date,
    point: int | None,
    dry_run: bool,
    reason: str,
    **figures: Decimal | None,
) -> int:
    """
    Work out the bills of an ACCOUNT without a fault of its meter, and ask for the difference.

    A wrong ratio and wrong wiring are set right over the whole period, a meter's error by half, a
    stopped meter by a normal day's energy (1996, art. 80 to 82). Another person then approves it.
    """
    finding = _finding(since, until, figures)
    if dry_run:
        found = misreadings.work_out(desk.sessions, account, finding, service_point_id=point)
        return _show(desk, found, None)
    if not reason.strip():
        raise NotDoneError("say in --reason what was found; it stands on the document")
    asked, found = misreadings.ask_correction(
        desk.sessions,
        account,
        finding,
        service_point_id=point,
        by=desk.by(Permission.CANCEL_BILLS),
        reason=reason,
        now=desk.now,
    )
    return _show(desk, found, asked)


_FIGURES = {
    Fault.RATIO: ("true_ratio", "billed_ratio"),
    Fault.METER: ("error_percent",),
    Fault.WIRING: ("true_power", "registered_power"),
    Fault.STOPPED: ("kwh_per_day",),
}


def _finding(since: date, until: date, figures: dict[str, Decimal | None]) -> Finding:
    if until <= since:
        raise NotDoneError(f"--until {until} is the first day without the fault, after {since}")
    given = {name: figure for name, figure in figures.items() if figure is not None}
    for fault, names in _FIGURES.items():
        if set(names) == set(given):
            return Finding(fault, Period(since, until), tuple(given[name] for name in names))
    raise NotDoneError(
        "say one fault: --true-ratio with --billed-ratio, --error-percent, --true-power with "
        "--registered-power, or --kwh-per-day"
    )


def _show(desk: Desk, found: WorkedOut, asked: int | None) -> int:
    made = found.made
    facts = {
        "account": found.account.number,
        "fault": found.finding.fault,
        "kwh": made.kwh,
        "amount": report.amount(made.amount),
        "tax": report.amount(made.tax),
        "bills": [_bill(one) for one in made.bills],
        "approval": asked,
    }
    if desk.as_json:
        report.one(desk, facts)
        return DONE if asked is None else NEEDS_A_PERSON
    columns = {"bill": "number", "kWh": "kwh", "correct kWh": "right_kwh"}
    columns |= {"amount": "amount", "correct": "right_amount", "difference": "difference"}
    report.table(desk, [_bill(one) for one in made.bills], columns)
    click.echo(f"difference: {facts['amount']}, {report.plain(made.kwh)} kWh")
    if asked is not None:
        click.echo(f"another person now says yes: wattledger approvals approve {asked}")
    return DONE if asked is None else NEEDS_A_PERSON


def _bill(one: CorrectedBill) -> dict[str, Any]:
    return {
        "number": one.number,
        "kwh": report.plain(one.kwh),
        "right_kwh": report.plain(one.right_kwh),
        "amount": report.amount(one.amount),
        "right_amount": report.amount(one.right_amount),
        "difference": report.amount(one.right_amount - one.amount),
    }


@click.command(cls=Command, example="wattledger bills corrections 0001234 --json")
@click.argument("account", type=ACCOUNT)
@reporting
@pass_desk
def corrections(desk: Desk, account: str) -> None:
    """List the corrections of an ACCOUNT's bills, the newest first."""
    with desk.looking() as session:
        found = store.find_accounts(session, [account]).get(account)
        if found is None:
            raise NotDoneError(f"no account has the number {account}; try `customers find`")
        rows = [_correction(one) for one in correcting.corrections_of(session, found.id)]
    columns = {"number": "number", "fault": "fault", "kWh": "kwh", "amount": "amount"}
    columns |= {"issued": "issued_on", "due": "due_on", "reason": "reason"}
    columns |= {"cancels": "reverses", "cancelled by": "cancelled_by"}
    report.table(desk, rows, columns, empty="nothing was corrected")


def _correction(one: IssuedCorrection) -> dict[str, Any]:
    facts: dict[str, Any] = report.plain(one)
    bills = [_bill(each) for each in one.bills]
    return (
        facts
        | {"amount": report.amount(one.amount), "tax": report.amount(one.tax)}
        | {"bills": bills}
    )


@click.command(
    "credit-note", cls=Command, example="wattledger bills credit-note K00000041 --out k.pdf"
)
@click.argument("number")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file."
)
@reporting
@pass_desk
def credit_note(desk: Desk, number: str, out: Path) -> None:
    """Print the document of a correction: a credit note, or the bill for what was too little."""
    from notices import account_papers

    out.write_bytes(account_papers.correction(desk.sessions, number))
    report.one(desk, {"files": [out]})


COMMANDS = (correct, corrections, credit_note)
