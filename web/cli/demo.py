"""Build a supplier, walk it through months, show its pages."""

from pathlib import Path

import click

from web.cli.command import Command
from web.cli.desk import Desk, pass_desk, reporting


@click.command(cls=Command, example="wattledger demo --accounts 200 --months 3 --no-serve")
@click.option("--accounts", default=2000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--months", default=14, show_default=True, type=click.IntRange(2, 60))
@click.option("--seed", default=1, show_default=True, help="The same seed, the same books.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("wattledger-demo"),
    show_default=True,
    help="Where the files, the documents and the database go.",
)
@click.option("--serve/--no-serve", default=True, help="Show the pages at the end.")
@reporting
@pass_desk
def demo(desk: Desk, *, accounts: int, months: int, seed: int, folder: Path, serve: bool) -> int:
    """
    Build a supplier that does not exist, and walk it through months.

    Its own files are taken in, bills are run and issued, payments come or don't, arrears are
    reviewed, people approve, messages go to a simulator on this machine, notices are printed and
    served. At the end stands what happened, and the pages to look around in.
    """
    from web.demo import driver

    return driver.run(
        desk.settings,
        accounts=accounts,
        months=months,
        seed=seed,
        folder=folder,
        serve=serve,
        as_json=desk.as_json,
    )
