"""Telling problems: one line on the error output, and the exit code that a script can trust."""

import os
import sys
from collections.abc import Callable

import click
from sqlalchemy.exc import ArgumentError, DBAPIError, NoResultFound

DONE, NEEDS_A_PERSON, NOT_DONE = 0, 1, 2
OUR_ROOMS = ("config", "meters", "billing", "arrears", "notices", "web", "migrations")


class NotDoneError(Exception):
    """The command could not do its work; the message says why and what would be right."""


def told(act: Callable[[], object]) -> int:
    """
    Run the act and return the exit code, its anticipated problems told in one line each.

    What our own rooms raise was anticipated by them and says what would be right. Anything else is
    a fault of ours, and keeps its traceback.
    """
    try:
        outcome = act()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read what we say, such as `head`, has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except click.exceptions.Abort:
        click.echo(
            "stopped; what was done is kept and whole: the same command goes on from there",
            err=True,
        )
        return NOT_DONE
    except click.ClickException as problem:
        click.echo(_of_usage(problem), err=True)
        return NOT_DONE
    except Exception as problem:
        words = sentence(problem)
        if words is None:
            raise
        click.echo(words, err=True)
        return NOT_DONE
    return outcome if isinstance(outcome, int) else DONE


def sentence(problem: Exception) -> str | None:
    """Return what to tell about a problem, or none if nobody expected it."""
    if type(problem).__module__.partition(".")[0] in OUR_ROOMS:
        # What was gathered from a file begins with its own place, as editors want it.
        is_placed = hasattr(problem, "problems") or "\n" in str(problem)
        return str(problem) if is_placed else f"error: {problem}"
    words = _of_others(problem)
    return None if words is None else f"error: {words}"


def _of_usage(problem: click.ClickException) -> str:
    """Return in one line which word of the command line is wrong, and what would be right."""
    words = problem.message.rstrip(".")
    if isinstance(problem, click.MissingParameter) and problem.param is not None:
        words = f"{_name(problem.param)}: is missing"
    elif isinstance(problem, click.BadParameter) and problem.param is not None:
        words = f"{_name(problem.param)}: {words}"
    elif isinstance(problem, click.NoSuchOption):
        words = f"{problem.option_name}: is no option of this command"
        if problem.possibilities:
            words += f"; did you mean {' or '.join(sorted(problem.possibilities))}?"
    if ";" not in words and isinstance(problem, click.UsageError) and problem.ctx is not None:
        words += f"; `{problem.ctx.command_path} --help` shows what would be right"
    return f"error: {words}"


def _name(param: click.Parameter) -> str:
    """Return an option as it is typed, or an argument as the help calls it."""
    is_option = isinstance(param, click.Option)
    return param.opts[0] if is_option else (param.name or "").upper()


def _of_others(problem: Exception) -> str | None:
    if isinstance(problem, DBAPIError):
        return _of_database(problem)
    if isinstance(problem, ArgumentError):
        return f"{problem}; a database's address looks like sqlite:///office.db"
    if isinstance(problem, NoResultFound):
        return "there is no such row; look up its number with the word's `list`"
    if isinstance(problem, OSError) and problem.filename is not None:
        return f"{problem.filename}: {(problem.strerror or 'cannot be used').lower()}"
    return None


def _of_database(problem: DBAPIError) -> str | None:
    said = str(problem.orig).strip().splitlines()[0]
    if "no such table" in said or "does not exist" in said:
        return f"the database has not our tables ({said}); run `wattledger db upgrade`"
    if "locked" in said:
        return "the database is busy with another's long work; try again when that is done"
    if problem.connection_invalidated or "connect" in said or "unable to open" in said:
        return f"the database cannot be reached ({said}); check --database or WATTLEDGER_DATABASE"
    return None
