"""The command line: one word for each act, and a help that reads like a table of contents."""

import gc
import importlib
import os
import sys
from pathlib import Path

import click

from web.cli.contents import CHAPTERS, Chapter
from web.cli.desk import Desk
from web.cli.problems import told

ROOMS = ("config", "meters", "billing", "arrears", "notices")


class Contents(click.Group):
    """The first page: its words stand in chapters, and a word's module is read when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every word, in the order of the chapters."""
        return [word.name for chapter in CHAPTERS for word in chapter.words]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a word, from the module that holds it."""
        for chapter in CHAPTERS:
            for word in chapter.words:
                if word.name == cmd_name:
                    module = importlib.import_module(f"web.cli.{word.module}")
                    command: click.Command = getattr(module, word.attribute)
                    return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the chapters without reading the modules: the first page is there at once."""
        for chapter in CHAPTERS:
            _write(chapter, formatter)


def _write(chapter: Chapter, formatter: click.HelpFormatter) -> None:
    with formatter.section(chapter.title):
        formatter.write_dl([(word.name, word.help) for word in chapter.words], col_max=16)


@click.group(
    cls=Contents,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`wattledger WORD --help` tells more and shows an example. Exit codes: 0 done; 1 done, "
    "and something needs a person; 2 not done.",
)
@click.option(
    "--database",
    metavar="URL",
    help="The database, such as sqlite:///office.db or postgresql://user@host/wattledger; "
    "otherwise WATTLEDGER_DATABASE, otherwise wattledger.db in this folder.",
)
@click.version_option(package_name="wattledger", message="%(prog)s %(version)s")
@click.pass_context
def wattledger(ctx: click.Context, database: str | None) -> None:
    """Billing and arrears for a power supplier: from meter readings to notices, and to silence."""
    ctx.obj = Desk.open(database)
    ctx.call_on_close(ctx.obj.close)


_VALUES_AT_ONCE = 100_000


def main() -> None:
    """Run the command that the words of the command line name, and end with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A Chinese name must not end the program on a console that knows only Latin letters.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    # Long work makes millions of small values and hardly a cycle; to look for cycles as often as
    # Python does by itself took a fifth of its time.
    gc.freeze()
    gc.set_threshold(_VALUES_AT_ONCE, 50, 50)
    sys.exit(_at_home() or told(lambda: wattledger(prog_name="wattledger", standalone_mode=False)))


def _at_home() -> int:
    """Check that our rooms are ours: `config` and `web` are names that other packages have too."""
    home = Path(__file__).parents[2]
    for room in ROOMS:
        found = importlib.import_module(room).__file__ or os.devnull
        if Path(found).resolve().parents[1] != home.resolve():
            click.echo(
                f"error: another package hides wattledger's `{room}` ({found}); "
                "install wattledger in an environment of its own",
                err=True,
            )
            return 2
    return 0
