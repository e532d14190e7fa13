"""What the documents tell a reader to type can be typed, and what they point to is there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import run
from tests.house import code
from tests.house.test_code import refuse
from web.cli import wattledger

DOCUMENTS = [path for path in code.files() if path.suffix == ".md" and "cases" not in path.parts]
PROGRAM = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?(wattledger|python3 run\.py)\s+(.*)$")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def _typed(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the commands of a document's blocks of code: indented, or between fences."""
    is_fenced = False
    for number, line in enumerate((code.ROOT / path).read_text("utf-8").splitlines(), 1):
        if line.startswith("```"):
            is_fenced = not is_fenced
            continue
        found = PROGRAM.match(line) if is_fenced or line.startswith("    ") else None
        if found:
            yield number, f"{found[1]} {found[2]}"


def _problem(typed: str) -> str | None:
    """Return what would stop somebody who typed this, or none."""
    words = shlex.split(typed.partition(" #")[0].replace("…", ""))
    if words[0] == "python3":
        words = words[2:]
        if words[0] in run.COMMANDS or words[0] in ("serve", "--help"):
            return None
        words = ["wattledger", *words]
    try:
        _parse(words[1:])
    except click.ClickException as problem:
        return problem.format_message()
    return None


def _parse(words: list[str]) -> None:
    command: click.Command = wattledger
    context = click.Context(wattledger)
    while isinstance(command, click.Group):
        if words[:1] in (["--help"], ["--version"]):
            return
        if words[0].startswith("--"):
            words = words[2:]
            continue
        name, words = words[0], words[1:]
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"there is no word {name}")
        command = found
    _, left, _ = command.make_parser(click.Context(command)).parse_args(list(words))
    if left:
        raise click.UsageError(f"it takes no more than it has: {left}")


@pytest.mark.parametrize("path", DOCUMENTS, ids=Path.as_posix)
def test_what_a_document_says_to_type_can_be_typed(path: Path) -> None:
    refuse(
        (
            f"{path}:{number}: {typed}: {problem}"
            for number, typed in _typed(path)
            if (problem := _problem(typed)) is not None
        ),
        "Whoever types this gets an error:",
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=Path.as_posix)
def test_what_a_document_points_to_is_there(path: Path) -> None:
    text = (code.ROOT / path).read_text("utf-8")
    refuse(
        (
            f"{path}: {link[1]}"
            for link in LINK.finditer(text)
            if not (code.ROOT / path.parent / link[1]).exists()
        ),
        "These links lead nowhere:",
    )
