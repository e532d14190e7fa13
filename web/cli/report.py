"""What a command says: tables for people, JSON for programs, refusals on the error output."""

import dataclasses
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

import click

from billing import money
from config.batch import Batch, RowVerdict, Verdict
from meters.reading import plain as exact
from web.cli.desk import Desk
from web.cli.problems import DONE, NEEDS_A_PERSON

SHOWN_AT_MOST = 50
"""Rows of verdicts told one by one; the rest are counted, and kept with the batch."""
_NEVER_CUT = 20
"""Numbers, days and codes of so many characters are not cut to make a table fit."""
_FILE_WIDTH = 200
"""How wide a table is that goes to a file and not to a terminal."""


def say(desk: Desk, text: str) -> None:
    """Tell a person something that JSON has no place for."""
    if not desk.as_json:
        click.echo(text)


def table(
    desk: Desk,
    rows: Iterable[Any],
    columns: Mapping[str, str],
    *,
    empty: str = "none",
    title: str | None = None,
) -> None:
    """
    Report rows: as JSON all that is known of each, for people a table of the columns.

    :param columns: the heading of each column, and the attribute or key of the row it shows.
    """
    facts = [plain(row) for row in rows]
    if desk.as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    elif not facts:
        click.echo(empty)
    else:
        _draw(facts, columns, title)


def one(desk: Desk, value: object) -> None:
    """Report one thing: as JSON, or for people a line for each of its facts."""
    facts = plain(value)
    if desk.as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    width = max((len(key) for key in facts), default=0)
    for key, fact in facts.items():
        click.echo(f"{key.replace('_', ' '):{width}}  {_cell(fact)}")


def batch(desk: Desk, taken: Batch, file: Path) -> int:
    """Report a file taken in, each row that isn't simply accepted on the error output."""
    if desk.as_json:
        one(desk, taken)
    else:
        again = " (taken in before; nothing was changed)" if taken.is_repeat else ""
        number = f"batch {taken.id}" if taken.id is not None else "a trial, nothing kept"
        click.echo(
            f"{file}: {number}{again}: {taken.rows} rows, {taken.accepted} accepted, "
            f"{taken.doubted} doubted, {taken.refused} refused"
        )
        verdicts(taken.verdicts, file)
    return NEEDS_A_PERSON if taken.doubted + taken.refused else DONE


def verdicts(rows: Sequence[RowVerdict], file: Path | str) -> None:
    """Tell of rows that were not simply accepted, in the form that editors understand."""
    open_rows = [row for row in rows if row.verdict is not Verdict.ACCEPTED]
    for row in open_rows[:SHOWN_AT_MOST]:
        doubt = "" if row.verdict is Verdict.REFUSED else "doubted: "
        click.echo(f"{file}:{row.row}: {doubt}{row.message}; {row.remedy}", err=True)
    if len(open_rows) > SHOWN_AT_MOST:
        click.echo(f"... and {len(open_rows) - SHOWN_AT_MOST} more", err=True)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: exact numbers as text, days and moments as ISO dates."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(key): plain(fact) for key, fact in value.items()}
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return [plain(fact) for fact in value]
    return _scalar(value)


def _scalar(value: Any) -> str | int | None:
    if isinstance(value, Enum):
        return _scalar(value.value)
    if isinstance(value, Decimal):
        return exact(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | None) else str(value)


def amount(value: money.Money) -> str:
    """Return an amount of money in major units, as reports write it."""
    return str(money.major(value))


def _draw(
    facts: Sequence[Mapping[str, Any]], columns: Mapping[str, str], title: str | None
) -> None:
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=title, box=None, header_style="bold", title_justify="left", pad_edge=False)
    cells = [[_cell(row.get(key)) for key in columns.values()] for row in facts]
    for at, (heading, key) in enumerate(columns.items()):
        drawn.add_column(
            heading,
            justify="right" if all(_is_number(row.get(key)) for row in facts) else "left",
            overflow="fold",
            no_wrap=all(cell_len(row[at]) <= _NEVER_CUT for row in cells),
        )
    for row in cells:
        drawn.add_row(*row)
    console = Console(highlight=False, markup=False, emoji=False)
    # A table wider than the terminal is broken by the terminal: better than a number cut short.
    least = sum(
        2 + min(_NEVER_CUT, max(map(cell_len, column)))
        for column in zip(columns, *cells, strict=True)
    )
    console.width = max(console.width if console.is_terminal else _FILE_WIDTH, least)
    console.print(drawn)


def _is_number(fact: Any) -> bool:
    return isinstance(fact, int) or (
        isinstance(fact, str) and fact.lstrip("-").replace(".", "", 1).isdecimal() and "." in fact
    )


def _cell(fact: Any) -> str:
    if fact is None:
        return ""
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, list):
        return ", ".join(_cell(one) for one in fact)
    if isinstance(fact, dict):
        return ", ".join(f"{key} {_cell(one)}" for key, one in fact.items())
    return str(fact)


class Bar(Protocol):
    """Is told how far work has come, and, where that changes, what is being done."""

    def __call__(self, *told: str | int) -> None:
        """Take what is being done, how much is done, and of how much."""


@contextmanager
def progress(desk: Desk, doing: str) -> Iterator[Bar]:
    """Show how far long work has come, on a terminal and beside what is reported."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=desk.as_json or not console.is_terminal,
    ) as bar:
        task = bar.add_task(doing, total=None)

        def show(*told: str | int) -> None:
            *words, done, total = told
            bar.update(
                task,
                description=str(words[0]) if words else doing,
                completed=int(done),
                total=int(total),
            )

        yield show
