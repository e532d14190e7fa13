"""Prove the books: every invariant of every room, one by one."""

import time
from collections import Counter

import click

import arrears.invariants
import billing.invariants
import config.invariants
import meters.invariants
import notices.invariants
from config.finding import Finding
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, on_a_day, pass_desk, reporting
from web.cli.problems import DONE, NEEDS_A_PERSON

ROOMS = (
    config.invariants,
    meters.invariants,
    billing.invariants,
    arrears.invariants,
    notices.invariants,
)


@click.command(cls=Command, example="wattledger check --json")
@on_a_day
@reporting
@pass_desk
def check(desk: Desk) -> int:
    """
    Prove the books: every invariant of every room, one by one; 1 if one does not hold.

    Looks only, and may run while others work.
    """
    start = time.monotonic()
    names, findings = checked(desk)
    if desk.as_json:
        report.one(desk, {"checks": names, "findings": findings})
    else:
        counts = Counter(finding.check for finding in findings)
        for name in names:
            click.echo(f"{'FAILS' if counts[name] else 'holds':6} {name}")
        for finding in findings[: report.SHOWN_AT_MOST]:
            click.echo(str(finding), err=True)
        took = f"{time.monotonic() - start:.1f} s"
        click.echo(f"{len(names)} invariants, {len(findings)} findings, {took}")
    return NEEDS_A_PERSON if findings else DONE


def checked(desk: Desk) -> tuple[list[str], list[Finding]]:
    """Return the names of all checks, and what they found in one unchanging view of the books."""
    names: list[str] = []
    findings: list[Finding] = []
    with desk.looking() as session:
        for room in ROOMS:
            names += room.CHECKS
            findings += room.findings(session, today=desk.today)
    return names, findings
