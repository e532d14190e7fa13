"""Debt of former years: what each office or collector is to recover in a year, and has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Session, sessionmaker

from arrears import kpi, store
from arrears.groups import NO_GROUP, Grouping, groups_of
from billing import books
from billing import receivables as lookback
from billing.ledger import ChargeKind
from billing.money import Money
from config import journal, people
from config.people import Role


class Whose(StrEnum):
    """Who has a target."""

    OFFICE = "office"
    COLLECTOR = "collector"


@dataclass(frozen=True, slots=True)
class Target:
    """How much of former years' debt somebody is to recover in a year."""

    year: int
    whose: Whose
    name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class OldDebt:
    """
    An office's or collector's debt of former years, late charges left out.

    `opening` stood open when the year began, `recovered` came in of it up to the day; `reached` is
    recovered against the target in percent, none without a target.
    """

    name: str
    opening: Money
    recovered: Money
    target: Money | None
    reached: Decimal | None


class BadTargetError(Exception):
    """A target cannot be set so; the message says what would be right."""


def set_target(sessions: sessionmaker[Session], target: Target, *, by: str, now: datetime) -> None:
    """
    Set a target; the newest of a year and name holds.

    :raises BadTargetError: if it names nobody, or less than nothing.
    """
    with sessions.begin() as session:
        problems = []
        if not _is_known(session, target):
            problems.append(
                f"name: there is no {target.whose} {target.name}; name the office by its code, or "
                f"the collector's login"
            )
        if target.amount < 0:
            problems.append("amount: is below zero")
        if problems:
            raise BadTargetError("\n".join(problems))
        store.add_target(
            session, target.year, target.whose, target.name, target.amount, by=by, now=now
        )
        subject = f"{target.whose} {target.name}"
        facts = {"year": target.year, "amount": target.amount}
        journal.note(
            session, by=by, act="set old-debt target", subject=subject, facts=facts, now=now
        )


def _is_known(session: Session, target: Target) -> bool:
    if target.whose is Whose.OFFICE:
        return target.name in {one.code for one in people.offices(session)}
    user = people.find_user(session, target.name)
    return user is not None and Role.COLLECTOR in user.roles


def old_debt(
    session: Session, *, as_of: date, by: Whose, among: frozenset[int] | None = None
) -> list[OldDebt]:
    """
    Return the debt of former years and its recovery in the year up to a day, all in one last.

    :param among: of these accounts only; then who has none of them isn't named for a target alone.
    """
    begins = as_of.replace(month=1, day=1)
    opening = {
        key: sum(one.open for one in some if one.kind is not ChargeKind.LATE_CHARGE)
        for key, some in books.open_charges(session, None, as_of=begins - timedelta(days=1)).items()
    }
    moved = lookback.moves(
        session, since=begins, until=as_of + timedelta(days=1), year_begins=begins
    )
    recovered = {key: one.settled_former for key, one in moved.items() if one.settled_former}
    accounts = {key for key, amount in opening.items() if amount} | recovered.keys()
    accounts = accounts if among is None else accounts & among
    groups = _groups(session, by, accounts, as_of)
    targets = store.targets(session, as_of.year, by)
    here = {groups[key] for key in accounts}
    names = here | targets.keys() if among is None else here
    targets = {name: amount for name, amount in targets.items() if name in names}
    found = [
        _line(name, [key for key in accounts if groups[key] == name], opening, recovered,
              targets.get(name))
        for name in sorted(names)
    ]  # fmt: skip
    whole = sum(targets.values()) if targets else None
    return [*found, _line("all", accounts, opening, recovered, whole)]


def _groups(session: Session, by: Whose, accounts: set[int], as_of: date) -> Mapping[int, str]:
    if by is Whose.OFFICE:
        return groups_of(session, Grouping.OFFICE, accounts, as_of=as_of)
    collectors = store.collectors_of(session, accounts)
    return {one: collectors.get(one, NO_GROUP) for one in accounts}


def _line(
    name: str,
    accounts: Iterable[int],
    opening: Mapping[int, Money],
    recovered: Mapping[int, Money],
    target: Money | None,
) -> OldDebt:
    ids = list(accounts)
    came = sum(recovered.get(one, 0) for one in ids)
    reached = None if target is None else kpi.percent(came, target)
    return OldDebt(name, sum(opening.get(one, 0) for one in ids), came, target, reached)
