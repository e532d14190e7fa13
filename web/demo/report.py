"""The demo's outcome for people, in colour, and for programs, as plain facts."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from web.demo.outcome import Outcome


def render(outcome: Outcome, console: Console) -> None:
    """Print what happened, how it compares with the real world, and what to open."""
    console.print()
    console.print(_happened(outcome))
    console.print(_compared(outcome))
    _tell_checks(outcome, console)
    console.print("\n[bold]Worth opening[/bold]")
    for title, path in outcome.documents:
        console.print(f"  {title:<28} {path}", highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Who may log in[/bold]  (password: {outcome.password})")
    for login, name, roles in outcome.logins:
        console.print(f"  {login:<12} {name:<20} {roles}", highlight=False)
    console.print(f"\nThe books' digest, the same for the same seed: {outcome.books_digest}")


def facts(outcome: Outcome) -> Mapping[str, Any]:
    """Return the outcome as facts that JSON can hold."""
    plain = asdict(outcome)
    plain["folder"] = str(outcome.folder)
    plain["documents"] = {title: str(path) for title, path in outcome.documents}
    plain["sections"] = {section.title: dict(section.rows) for section in outcome.sections}
    plain["calibration"] = [
        {
            "figure": one.figure,
            "reached": str(one.reached),
            "published": [str(one.least), str(one.most)],
            "unit": one.unit,
            "inside": one.is_inside,
        }
        for one in outcome.calibration
    ]
    plain["first_day"], plain["last_day"] = str(outcome.first_day), str(outcome.last_day)
    return plain


def _happened(outcome: Outcome) -> Table:
    title = f"{outcome.accounts:,} accounts, {outcome.first_day} to {outcome.last_day}"
    table = Table(title=title, show_header=False, title_justify="left", box=None, padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column()
    for section in outcome.sections:
        table.add_row(Text(section.title, style="bold"), "")
        for name, value in section.rows:
            table.add_row(f"  {name}", value)
    return table


def _compared(outcome: Outcome) -> Table:
    table = Table(
        title="Beside six real utilities (filings of 24 months)", title_justify="left", box=None
    )
    for heading in ("figure", "demo", "published", ""):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for row in _compared_rows(outcome):
        table.add_row(*row)
    return table


def _compared_rows(outcome: Outcome) -> Iterator[tuple[str, str, str, str]]:
    for one in outcome.calibration:
        unit = f" {one.unit}" if one.unit else ""
        inside = "[green]inside[/green]" if one.is_inside else "[yellow]outside[/yellow]"
        yield one.figure, f"{one.reached}{unit}", f"{one.least:f} to {one.most:f}{unit}", inside


def _tell_checks(outcome: Outcome, console: Console) -> None:
    count = len(outcome.checks)
    if not outcome.findings:
        console.print(f"\n[green]All {count} invariants of the books hold.[/green]")
        return
    console.print(f"\n[red]{len(outcome.findings)} findings of {count} invariants:[/red]")
    for finding in outcome.findings[:20]:
        console.print(f"  {finding.check}: {finding.subject}: {finding.message}", highlight=False)
