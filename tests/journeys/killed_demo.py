"""A demo that says what it is at, to be killed."""

from multiprocessing.connection import Connection
from pathlib import Path

from web.demo import driver


def run(folder: Path, accounts: int, months: int, said: Connection) -> None:
    """Run a demo in a folder and send the name of each act before it begins."""
    driver.run(folder, accounts=accounts, months=months, progress=lambda what, *_: said.send(what))
