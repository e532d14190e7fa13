"""What changed in customers' credit, and which departments have to know it at once."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from arrears import store
from arrears.credit_file import COVERS, EVENTS, IDENTITY, ItemKind
from billing.money import show
from config.people import Role


class What(StrEnum):
    """What kind of thing changed."""

    GRADE = "grade_changed"
    LIMIT = "credit_limit"
    ADJUSTMENT = "adjustment"
    IDENTITY = "identity"
    CONTRACT = "contract"
    SECURITY = "security"
    EVENT = "credit_event"
    WATCH = "watch"
    PAPER = "credit_paper"
    REPORTED = "change_reported"


_MONEY = frozenset({Role.SUPERVISOR, Role.CREDIT_OFFICER})
_COUNTER = _MONEY | {Role.CLERK}
_STREET = _MONEY | {Role.COLLECTOR}
NEEDS: Mapping[What, frozenset[Role]] = {
    What.GRADE: _COUNTER | _STREET,
    What.LIMIT: _COUNTER,
    What.ADJUSTMENT: _MONEY,
    What.IDENTITY: _COUNTER | _STREET | {Role.CASHIER},
    What.CONTRACT: _COUNTER,
    What.SECURITY: _STREET | {Role.CASHIER},
    What.EVENT: _COUNTER | _STREET,
    What.WATCH: _STREET,
    What.PAPER: _MONEY,
    What.REPORTED: _STREET,
}
"""Who works with what: a product default; auditors see all of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    A change that was kept on a day: of whom, what, in a few words, and by whose hand.

    `kind` is that of the item of the file, where it is one.
    """

    on: date
    customer_id: int
    what: What
    words: str
    by: str
    kind: ItemKind | None = None


def kind_of(kind: ItemKind) -> What:
    """Return which kind of change a new item of a file is."""
    if kind in IDENTITY:
        return What.IDENTITY
    if kind in COVERS:
        return What.SECURITY
    if kind in EVENTS:
        return What.EVENT
    return {ItemKind.CONTRACT: What.CONTRACT, ItemKind.WATCH: What.WATCH}.get(kind, What.PAPER)


def concerns(what: What, roles: Collection[Role]) -> bool:
    """Test whether somebody with the roles has to know of such a change."""
    return Role.AUDITOR in roles or bool(NEEDS[what] & set(roles))


def changes(
    session: Session, *, since: date, until: date, roles: Collection[Role] | None = None
) -> list[Change]:
    """
    Return what changed from a day to another, both included, the newest first.

    :param roles: only what concerns somebody with these roles; none means all.
    """
    found = [
        one
        for one in (*_of_files(session, since, until), *_of_grades(session, since, until))
        if roles is None or concerns(one.what, roles)
    ]
    return sorted(found, key=lambda one: (one.on, one.customer_id, one.what), reverse=True)


def _of_files(session: Session, since: date, until: date) -> Iterator[Change]:
    for item in store.items_between(session, since, until):
        of, title = item.customer_id, item.title
        if since <= item.recorded_on <= until:
            by = item.recorded_by
            yield Change(item.recorded_on, of, kind_of(item.kind), title, by, item.kind)
        if item.ended_on is not None and since <= item.ended_on <= until:
            words = f"{title} ({item.ending})"
            yield Change(item.ended_on, of, What.SECURITY, words, "", item.kind)
    for one in store.reported_between(session, since, until):
        said = str(one.facts.get("what", ""))
        yield Change(one.raised_on, one.customer_id, What.REPORTED, said, one.raised_by)


def _of_grades(session: Session, since: date, until: date) -> Iterator[Change]:
    for on, customer_id, before, after in store.grade_moves(session, since, until):
        yield Change(on, customer_id, What.GRADE, f"{before} > {after}", "")
    for granted in store.limits_between(session, since, until):
        words = f"{show(granted.limit)} / {show(granted.warning_line)}"
        yield Change(granted.starts_on, granted.customer_id, What.LIMIT, words, "")
    for one in store.adjustments_between(session, since, until):
        words = f"{one.notches:+d}: {one.reason}"
        yield Change(one.starts_on, one.customer_id, What.ADJUSTMENT, words, one.asked_by)
