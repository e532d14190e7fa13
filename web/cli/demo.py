"""Build a supplier, walk it through months, show its pages."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, pass_desk, reporting
from web.cli.problems import DONE, NEEDS_A_PERSON
from web.cli.serve import BusyPortError, serve_pages

if TYPE_CHECKING:
    from web.demo.outcome import Outcome


@click.command(cls=Command, example="wattledger demo --accounts 200 --months 3 --no-serve")
@click.option("--accounts", default=2000, show_default=True, type=click.IntRange(10, 1_000_000))
@click.option("--months", default=14, show_default=True, type=click.IntRange(2, 60))
@click.option("--seed", default="1", show_default=True, help="The same seed, the same books.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("wattledger-demo"),
    show_default=True,
    help="Where the files, the documents and, unless --database says otherwise, the books go.",
)
@click.option(
    "--serve/--no-serve", default=None, help="Show the pages at the end; done unless --json."
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@reporting
@pass_desk
def demo(
    desk: Desk,
    *,
    accounts: int,
    months: int,
    seed: str,
    folder: Path,
    serve: bool | None,
    port: int,
) -> int:
    """
    Build a supplier that does not exist, and walk it through months.

    Its own files are taken in, bills are run and issued, payments come or don't, arrears are
    reviewed, people approve, messages go to a simulator on this machine, notices are printed and
    served. At the end stands what happened, and the pages to look around in.

    A demo that was stopped goes on where it was. 1 if an invariant does not hold.
    """
    from web.demo import driver

    with report.progress(desk, "demo") as bar:
        outcome = driver.run(
            folder,
            accounts=accounts,
            months=months,
            seed=seed,
            database_url=desk.named_database,
            progress=bar,
        )
    _tell(desk, outcome)
    if serve if serve is not None else not desk.as_json:
        settings = replace(desk.settings, database=outcome.database_url, files=outcome.folder)
        try:
            serve_pages(desk, settings, port=port)
        except BusyPortError:
            serve_pages(desk, settings, port=0)  # Any that is free: it is told which.
    return NEEDS_A_PERSON if outcome.findings else DONE


def _tell(desk: Desk, outcome: "Outcome") -> None:
    from rich.console import Console

    from web.demo.report import facts, render

    if desk.as_json:
        report.one(desk, facts(outcome))
    else:
        render(outcome, Console())
