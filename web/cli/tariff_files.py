"""Tariff files that are named on the command line."""

from pathlib import Path

import click

from billing.tariff import Tariff
from billing.tariffs import read_file

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def read_tariff(file: Path) -> Tariff:
    """
    Return the tariff of a file; its name is the path as it was typed.

    :raises BadTariffError: with every problem of the file.
    """
    return read_file(file, str(file))
