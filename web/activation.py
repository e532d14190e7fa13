"""
Let a dated file take force: what it says is checked by the room that will obey it.

`config` keeps the files and knows who may activate them; only the rooms above know what is a
tariff or a lawful policy. So the front doors ask the room before they propose, and again before
they activate: the law may have changed in between.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from arrears import rules as arrears_rules
from arrears.policy import BadPolicyError
from arrears.scorecard import BadScorecardError
from billing.tariff import BadTariffError, parse_tariff
from config import dated
from config.dated import DatedFile, NothingInForceError
from config.market import BadMarketError
from config.people import User
from meters.rules import BadChecksError, parse_rules

_BAD = (BadTariffError, BadPolicyError, BadScorecardError, BadMarketError, BadChecksError)


_DEFAULT_MARKET = "cn"


class UnfitFileError(Exception):
    """A file can't take force; the message says what is wrong with it, one problem a line."""


def problems_of(session: Session, file: DatedFile) -> tuple[str, ...]:
    """Return what keeps the file from taking force, in words for who wrote it; none is good."""
    return _problems(session, file, law_may_wait=False)


def _problems(session: Session, file: DatedFile, *, law_may_wait: bool) -> tuple[str, ...]:
    try:
        return _check(session, file, law_may_wait=law_may_wait)
    except _BAD as problem:
        return tuple(str(problem).splitlines())


def _check(session: Session, file: DatedFile, *, law_may_wait: bool) -> tuple[str, ...]:
    kind, name = file.subject.split("/", 1)
    if kind == "tariffs":
        parse_tariff(file.name, file.table, digest=file.digest)
    elif kind == "markets":
        return arrears_rules.check_market(file)
    elif name == "dunning":
        try:
            return arrears_rules.check_policy(session, file)
        except NothingInForceError as missing:
            if law_may_wait and _law_waits(session):
                return ()
            return (f"{file.name}: no law to check it against: {missing}",)
    elif name == "credit":
        arrears_rules.card_of(file)
    elif name == "checks":
        parse_rules(file.name, file.table)
    return ()


def propose(session: Session, file: DatedFile, *, by: str, now: datetime) -> int:
    """
    Propose that a file take force, and return the id of the approval that it now needs.

    A policy may be proposed beside the law it is checked against: activation asks again.

    :raises UnfitFileError: if the room that would obey it can't read it or finds it unlawful.
    """
    _refuse(_problems(session, file, law_may_wait=True))
    return dated.propose(session, file, by=by, now=now)


def activate(
    session: Session, approval_id: int, *, by: User, reason: str, now: datetime
) -> DatedFile:
    """
    Let a proposed file take force, as the second person.

    :raises UnfitFileError: if it isn't, or is no longer, fit to be obeyed.
    :raises OwnWorkError, NotAllowedError, AlreadyDecidedError: as `approval.decide` does.
    """
    for one in dated.activations(session):
        if one.approval_id == approval_id:
            _refuse(problems_of(session, one.file))
    return dated.activate(session, approval_id, by=by, reason=reason, now=now)


def in_order(files: list[DatedFile], *, market: str) -> list[DatedFile]:
    """Return the files that a market wants, the law before what is checked against it."""
    law = [file for file in files if file.subject == f"markets/{market}"]
    currencies = {file.table.get("currency") for file in law}
    wanted = law + [
        file
        for file in files
        if not file.subject.startswith(("markets/", "tariffs/"))
        # What is priced in another currency is another market's.
        or (file.subject.startswith("tariffs/") and file.table.get("currency") in currencies)
    ]
    own = dated.shipped_for(arrears_rules.DUNNING, market)
    if own and market != _DEFAULT_MARKET:
        # The package's default policy is another market's; one of the supplier's own stays.
        default = {one.digest for one in dated.shipped() if one.subject == arrears_rules.DUNNING}
        wanted = [one for one in wanted if one.digest not in default]
        is_there = any(one.subject == arrears_rules.DUNNING for one in wanted)
        wanted += [] if is_there else own
    return sorted(wanted, key=lambda file: not file.subject.startswith("markets/"))


def _law_waits(session: Session) -> bool:
    """Test whether a market's file was proposed and isn't activated yet."""
    return any(
        one.activated_at is None and one.file.subject.startswith("markets/")
        for one in dated.activations(session)
    )


def _refuse(problems: tuple[str, ...]) -> None:
    if problems:
        raise UnfitFileError("\n".join(problems))
