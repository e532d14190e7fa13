"""Build a supplier, walk it through months, show its pages."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.settings import Settings
from web.cli.command import Command
from web.cli.desk import Desk, pass_desk, reporting
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError

if TYPE_CHECKING:
    from rich.console import Console

    from web.demo.stage import Progress

PORT = 8000


@click.command(cls=Command, example="wattledger demo --accounts 200 --months 3 --no-serve")
@click.option("--accounts", default=2000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--months", default=14, show_default=True, type=click.IntRange(1, 60))
@click.option("--seed", default="1", show_default=True, help="The same seed, the same books.")
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
def demo(desk: Desk, *, accounts: int, months: int, seed: str, folder: Path, serve: bool) -> int:
    """
    Build a supplier that does not exist, and walk it through months.

    Its own files are taken in, bills are run and issued, payments come or don't, arrears are
    reviewed, people approve, messages go to a simulator on this machine, notices are printed and
    served. At the end stands what happened, and the pages to look around in. Stopped and started
    again it goes on where it was. 1 if an invariant of the books doesn't hold.
    """
    from rich.console import Console

    from web.demo import driver, report
    from web.demo.diary import OtherDemoError

    is_own = desk.settings.database == Settings().database
    console = Console(stderr=desk.as_json)
    try:
        with _progress(console) as told:
            came = driver.run(
                folder,
                accounts=accounts,
                months=months,
                seed=seed,
                database_url=None if is_own else desk.settings.database,
                progress=told,
            )
    except OtherDemoError as problem:
        raise NotDoneError(str(problem)) from problem
    if desk.as_json:
        click.echo(json.dumps(report.facts(came), ensure_ascii=False, indent=2, default=str))
    else:
        report.render(came, console)
    if serve and not desk.as_json:
        _serve(replace(desk.settings, database=came.database_url, files=folder), console)
    return NEEDS_A_PERSON if came.findings else DONE


@contextmanager
def _progress(console: "Console") -> "Iterator[Progress]":
    """Show a line that says what is being done and how far the demo is."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<32}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=False) as shown:
        task = shown.add_task("beginning", total=1)

        def told(what: str, done: int, total: int) -> None:
            shown.update(task, description=what, completed=done, total=total)

        yield told


def _serve(settings: Settings, console: "Console") -> None:
    import waitress

    from config.database import engine_of, sessions
    from web import create_app

    maker = sessions(settings.database)
    server = waitress.create_server(
        create_app(settings, maker), host="127.0.0.1", port=PORT, ident=None
    )
    console.print(f"\n[bold]http://127.0.0.1:{server.effective_port}[/bold]  (Ctrl+C ends it)")
    try:
        server.run()
    finally:
        server.close()
        engine_of(maker).dispose()
