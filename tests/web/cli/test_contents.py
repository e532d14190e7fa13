"""The help reads like a table of contents, and every example in it can be typed."""

import shlex
from collections.abc import Iterator

import click
import pytest

from web.cli import wattledger
from web.cli.command import Command
from web.cli.contents import CHAPTERS

WORDS = [word for chapter in CHAPTERS for word in chapter.words]
# By a space: this is how the README says them.
PROMISED = """
demo serve worker db readings customers tariff bills payments arrears risk credit notices vend jobs
check sms-simulator people approvals config ledger
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that lead to it."""
    context = click.Context(wattledger)
    for name in wattledger.list_commands(context):
        command = wattledger.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {word}", one) for word, one in command.commands.items())
        else:
            yield name, command


COMMANDS = dict(commands())


def test_every_promised_word_is_there() -> None:
    assert {word.name for word in WORDS} == set(PROMISED.split())


def test_the_first_page_shows_every_word_with_what_it_is_for() -> None:
    page = wattledger.get_help(click.Context(wattledger, info_name="wattledger"))

    assert all(f"  {word.name} " in page and word.help in page for word in WORDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_explains_itself_with_an_example(words: str) -> None:
    command = COMMANDS[words]

    assert isinstance(command, Command)
    assert command.help, f"`{words}` wants a docstring"
    assert command.example, f"`{words}` wants an example"


@pytest.mark.parametrize("words", COMMANDS)
def test_an_example_can_be_typed(words: str) -> None:
    command = COMMANDS[words]
    assert isinstance(command, Command)
    typed = shlex.split(command.example)
    path = words.split()
    depth = typed.index(path[0])
    given = typed[depth + len(path) :]

    assert typed[0] == "wattledger"
    assert typed[depth : depth + len(path)] == path

    parser = command.make_parser(click.Context(command))
    _, left, _ = parser.parse_args(args=given)
    assert left == [], f"the example of `{words}` says more than the command understands"


@pytest.mark.parametrize("words", COMMANDS)
def test_an_option_says_what_it_is_for(words: str) -> None:
    silent = [
        option.opts[0]
        for option in COMMANDS[words].params
        if isinstance(option, click.Option) and not option.help and not option.show_default
    ]

    assert silent == []
