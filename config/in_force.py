"""The law that holds in a database on a day: one database has one market."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import dated
from config.law import LateCharge, Market
from config.market import parse_market

_MARKETS = (
    select(dated.DatedFileRow.subject)
    .where(
        dated.DatedFileRow.subject.startswith("markets/"),
        dated.DatedFileRow.activated_at.is_not(None),
    )
    .distinct()
)


def market_on(session: Session, day: date) -> Market:
    """
    Return the market's law in force on the day.

    :raises dated.NothingInForceError: if no market file has been activated for the day, or the
        files of more than one market have.
    """
    return _with_earlier(tuple(dated.in_force_until(session, market_subject(session), day)))


def market_subject(session: Session) -> str:
    """
    Return the subject of the database's market, such as markets/cn.

    :raises dated.NothingInForceError: if no market has been activated, or more than one.
    """
    found = sorted(session.scalars(_MARKETS))
    if len(found) != 1:
        has = " and ".join(found) or "no market file"
        raise dated.NothingInForceError(
            f"this database has {has} in force, and one market is wanted: propose the files of "
            f"one market and let a second person activate them"
        )
    return found[0]


# ISO 3166-1 reserves UK for the country that it codes GB.
_COUNTRIES = {"UK": "GB"}


def country_of(session: Session) -> str:
    """
    Return the country of the database's market as ISO 3166-1 codes it: US of markets/us_ny.

    :raises dated.NothingInForceError: if no market has been activated, or more than one.
    """
    name = market_subject(session).rpartition("/")[2].partition("_")[0].upper()
    return _COUNTRIES.get(name, name)


@lru_cache(maxsize=32)
def _with_earlier(files: Sequence[dated.DatedFile]) -> Market:
    """Return the law of the last file; what fell due before it bears lateness by those before."""
    late: LateCharge | None = None
    for file in files:
        late = replace(_parsed(file).late_charge, since=file.starts_on, earlier=late)
    assert late is not None, "a file is in force"
    return replace(_parsed(files[-1]), late_charge=late)


@lru_cache(maxsize=32)
def _parsed(file: dated.DatedFile) -> Market:
    return parse_market(file.name, file.table)
