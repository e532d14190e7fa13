"""Tariff files that are named on the command line."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import click

from billing.tariff import Tariff, parse_tariff
from config import dated
from web.cli.problems import NotDoneError

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def read_tariff(file: Path) -> Tariff:
    """
    Return the tariff of a file; its name is the path as it was typed.

    :raises NotDoneError: if the file is no TOML, with the line.
    :raises BadTariffError: with every problem of the file.
    """
    try:
        text = file.read_text("utf-8")
        table = tomllib.loads(text, parse_float=Decimal)
    except UnicodeDecodeError as problem:
        raise NotDoneError(f"{file}: not UTF-8 text; save it as UTF-8") from problem
    except tomllib.TOMLDecodeError as problem:
        what, line = str(problem), ""
        place = re.search(r" \(at line (\d+), column \d+\)", what)
        if place:
            what, line = what.replace(place[0], ""), f":{place[1]}"
        shipped = "the shipped tariffs are examples"
        raise NotDoneError(f"{file}{line}: not TOML: {what.lower()}; {shipped}") from problem
    return parse_tariff(str(file), table, digest=dated.digest_of(text))
