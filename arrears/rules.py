"""The rules in force on a day, read from the activated files: policy, law, calendar, scorecard."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlalchemy.orm import Session

from arrears.credit import Grade, Privilege, Scorecard
from arrears.fitting import Rules
from arrears.laxness import violations
from arrears.policy import Policy, parse_policy
from arrears.scorecard import parse_scorecard
from arrears.step import StepKind
from billing.customer import CustomerKind
from billing.supply import Protection, SupplyClass
from config import dated, day_events
from config.almanac import calendar_named, with_guesses
from config.calendar import Calendar
from config.in_force import market_on, market_subject
from config.market import Market, parse_market

DUNNING = "policies/dunning"
CREDIT = "policies/credit"


class LaxPolicyError(Exception):
    """A policy is laxer than the law of its market; the message names every article."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds on a day, and the digests by which a decision quotes it."""

    rules: Rules
    policy_digest: str
    card: Scorecard
    card_digest: str
    market_digest: str


def in_force(session: Session, day: date) -> InForce:
    """
    Return what holds on a day.

    :raises config.dated.NothingInForceError: if a policy, scorecard or market isn't activated.
    :raises LaxPolicyError: if the policy is laxer than the law.
    """
    policy_file = dated.in_force(session, DUNNING, day)
    card_file = dated.in_force(session, CREDIT, day)
    market_file = dated.in_force(session, market_subject(session), day)
    market = market_on(session, day)
    policy = policy_of(policy_file)
    _refuse_lax(policy, market)
    return InForce(
        Rules(policy, market, _with_events(session, calendar_of(market, day), day)),
        policy_file.digest,
        card_of(card_file),
        card_file.digest,
        market_file.digest,
    )


def rules_of(session: Session, digest: str, now: InForce) -> Rules:
    """Return the policy a case began under, with the law and the calendar that hold now."""
    if digest == now.policy_digest:
        return now.rules
    file = dated.by_digest(session, digest)
    assert file is not None, "a case names a policy whose text is kept"
    return Rules(policy_of(file), now.rules.market, now.rules.calendar)


def check_policy(session: Session, file: dated.DatedFile) -> tuple[str, ...]:
    """
    Return in what a dunning policy is laxer than the law of the day it takes force; none is good.

    :raises arrears.policy.BadPolicyError: if the file does not describe a policy.
    """
    policy = policy_of(file)
    return tuple(map(str, violations(policy, market_on(session, file.starts_on))))


def check_market(file: dated.DatedFile) -> tuple[str, ...]:
    """
    Return the words of a market file that no room obeys, such as a protection nobody can have.

    :raises config.market.BadMarketError: if the file does not describe a market.
    """
    market = parse_market(file.name, file.table)
    laws = [market.disconnection, *(rule for _, rule in market.disconnection_by_class)]
    protections = {one for rule in laws for one in rule.protected}
    protections |= {one for rule in laws for part in rule.blackouts for one in part.protections}
    protections |= {one for rule in laws for part in rule.duties for one in part.protections}
    protections |= {*market.deposit.waived_for, *market.prepaid.protected}
    classes = {name for name, _ in market.disconnection_by_class}
    classes |= {name for name, _ in market.deposit.rules}
    classes |= {name for name, _ in market.late_charge.rates}
    return (
        *_unknown(file, "protection", protections, Protection),
        *_unknown(file, "class", classes, SupplyClass),
        *_unknown(file, "human.steps", set(market.human.steps), StepKind),
        *_unknown(file, "public_credit.kinds", _reported(market), CustomerKind),
    )


def _reported(market: Market) -> set[str]:
    return set() if market.public_credit is None else set(market.public_credit.kinds)


def privileges_on(session: Session, day: date, grade: Grade | None) -> tuple[Privilege, ...]:
    """Return what a customer of a grade enjoys by the credit policy of a day, if there is one."""
    try:
        return card_of(dated.in_force(session, CREDIT, day)).privileges_of(grade)
    except dated.NothingInForceError:
        return ()


def _unknown(
    file: dated.DatedFile, where: str, words: set[str], known: type[StrEnum]
) -> tuple[str, ...]:
    return tuple(
        f"{file.name}: {where}: nobody knows {word!r}; choose of {', '.join(known)}"
        for word in sorted(words - set(known))
    )


def _with_events(session: Session, calendar: Calendar, day: date) -> Calendar:
    """Return the calendar with what people entered for the days around one, such as storms."""
    reach = timedelta(days=31)
    return day_events.with_events(session, calendar, day - reach, day + reach)


def calendar_of(market: Market, day: date) -> Calendar:
    """Return the market's calendar, its holidays guessed where none are announced yet."""
    # Nothing that is decided reaches further than the next quarter.
    years = range(day.year, (day + timedelta(days=92)).year + 1)
    return _calendar(market.calendar, tuple(years))


@lru_cache(maxsize=64)
def policy_of(file: dated.DatedFile) -> Policy:
    """Return the policy that a file describes."""
    return parse_policy(file.name, file.table)


@lru_cache(maxsize=64)
def card_of(file: dated.DatedFile) -> Scorecard:
    """Return the scorecard that a file describes."""
    return parse_scorecard(file.name, file.table)


@lru_cache(maxsize=16)
def _calendar(name: str, years: tuple[int, ...]) -> Calendar:
    return with_guesses(calendar_named(name), years)


def _refuse_lax(policy: Policy, market: Market) -> None:
    found = violations(policy, market)
    if found:
        lines = "\n".join(map(str, found))
        raise LaxPolicyError(f"{policy.name} is laxer than the law of {market.title}:\n{lines}")
