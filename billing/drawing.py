"""One chunk of a run: fetch what accounts are due for, and decide; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import TypeAlias

from sqlalchemy.orm import Session

import meters.store
from billing import books, continuity, drafts, store
from billing.basis import Span
from billing.bill import Draft
from billing.due import Due, decide, dues_of, misfit
from billing.facts import months_before
from billing.outcome import Parked
from billing.peers import billed_by_class
from billing.policy import policy_on
from billing.sanity import BillingPolicy, History, doubt
from billing.spans import spans_of
from billing.supply import Supply, SupplyClass
from billing.tariff import BadTariffError, Tariff
from billing.tariffs import TariffBook
from config import dated
from config.in_force import market_on
from meters.period import Period
from meters.reading import Usage
from meters.usage import UsageProblem

Spans: TypeAlias = tuple[Span, ...] | Parked
Peers: TypeAlias = Mapping[SupplyClass, History]
"""What supplies of each class were billed for lately; empty where no rule asks for it."""
MISSING_READING = "missing_reading"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run goes by, the same for all its chunks."""

    until: date
    policy: BillingPolicy
    currency: str
    tariffs: TariffBook
    peers: Peers


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    What became of a chunk: drafts, each with the rule that holds it, and what was parked.

    `posted_no` is what the accounts had when they were looked at, and `fingerprints` what their
    readings were, by service point and period.
    """

    drafts: tuple[tuple[Draft, tuple[str, str] | None], ...]
    parked: tuple[Parked, ...]
    posted_no: Mapping[int, int]
    fingerprints: Mapping[tuple[int, Period], int]


def rules_on(
    session: Session,
    *,
    until: date,
    on: date,
    instead: Tariff | None = None,
    before_run: int | None = None,
    peers: Peers | None = None,
) -> Rules:
    """
    Return what a run goes by that began on a day.

    :param instead: a tariff to try in the place of those in force.
    :param before_run: the run, which is compared with what earlier ones billed.
    :param peers: what supplies of each class were billed for, if that is known already.
    :raises NothingInForceError: if there is no law or billing policy in force.
    """
    policy = policy_on(session, on)
    if peers is None:
        peers = {}
        if policy.asks_for_peers:
            peers = billed_by_class(session, until=until, before_run=before_run)
    return Rules(until, policy, market_on(session, on).currency, TariffBook(instead), peers)


def draw_up_accounts(
    session: Session, ids: Sequence[int], rules: Rules, points: frozenset[int] | None
) -> Drawn:
    """
    Return the drafts of what the accounts are due for, and what can't be billed.

    :param points: bill supplies at these service points only; none means all.
    """
    posted_no = books.posted_numbers(session, ids)
    supplies = store.supplies_of(session, ids)
    due_ones = [
        supply
        for supply in chain.from_iterable(supplies.values())
        if points is None or supply.service_point_id in points
    ]
    since = rules.until - timedelta(rules.policy.history_days)
    billed = drafts.billed_so_far(
        session, {supply.service_point_id for supply in due_ones}, since=since
    )
    dues = dues_of(due_ones, billed, until=rules.until)
    measured, fingerprints = _joined(session, dues, rules.policy)
    outcomes = [
        (due, _decided(due, usage, spans))
        for due, usage, spans in _into_seasons(
            session,
            _looking_back(
                session, [(due, usage, _spans(session, due, rules)) for due, usage in measured]
            ),
        )
    ]
    made = tuple(
        (draft, doubt(draft, due.history, rules.policy, rules.peers.get(draft.supply_class)))
        for due, draft in outcomes
        if isinstance(draft, Draft)
    )
    parked = [outcome for _, outcome in outcomes if isinstance(outcome, Parked)]
    bare = _without_supply(session, ids, supplies, rules.until)
    return Drawn(made, (*parked, *bare), posted_no, fingerprints)


def _looking_back(
    session: Session, measured: Sequence[tuple[Due, Usage | UsageProblem, Spans]]
) -> list[tuple[Due, Usage | UsageProblem, Spans]]:
    """Return the same with the demands of months before, where a tariff looks back at them."""
    months = {
        (due.account_id, due.service_point_id): look_back
        for due, _, spans in measured
        if not isinstance(spans, Parked)
        and (look_back := max(span.tariff.months_back for span in spans))
    }
    if not months:
        return list(measured)
    first = min(due.period.start for due, _, _ in measured)
    since = months_before(first, max(months.values()))
    found = store.demands_before(session, months.keys(), since=since)
    return [
        (replace(due, past_demands=found.get((due.account_id, due.service_point_id))), usage, spans)
        for due, usage, spans in measured
    ]


def _into_seasons(
    session: Session, measured: Sequence[tuple[Due, Usage | UsageProblem, Spans]]
) -> list[tuple[Due, Usage | UsageProblem, Spans]]:
    """Return the same with what seasons had used, where a tariff's blocks count over them."""
    starts = {
        (due.account_id, due.service_point_id): begun
        for due, _, spans in measured
        if not isinstance(spans, Parked) and (begun := _seasons_begun(due.period.start, spans))
    }
    if not starts:
        return list(measured)
    found = store.used_since(session, starts)
    return [
        (replace(due, season_kwh=found.get((due.account_id, due.service_point_id))), usage, spans)
        for due, usage, spans in measured
    ]


def _seasons_begun(day: date, spans: Sequence[Span]) -> frozenset[date]:
    """Return the first days of seasons that had begun before a bill's first day."""
    seasons = (span.tariff.season_on(span.period.start) for span in spans)
    return frozenset(one.start for one in seasons if one is not None and one.start < day)


def _decided(
    due: Due, usage: Usage | UsageProblem, spans: Sequence[Span] | Parked
) -> Draft | Parked:
    # One account's failure never stops a run; the decision touches nothing, so it may fail.
    try:
        return decide(due, usage, spans)
    except Exception as problem:
        return due.parked(
            "failed",
            f"the bill could not be worked out: {type(problem).__name__}: {problem}",
            "tell those who look after the program; the account's facts show it again",
        )


def _joined(
    session: Session, dues: Sequence[Due], policy: BillingPolicy
) -> tuple[Sequence[continuity.Measured], dict[tuple[int, Period], int]]:
    """Return the usage of what is due, as it goes on from bills, and what its readings were."""
    # Taken before anything is measured: a reading that comes in between makes them differ.
    fingerprints = meters.store.fingerprints(
        session, {(due.service_point_id, due.period) for due in dues}
    )
    measured = _measured(session, dues, policy)
    joined = continuity.without_breaks(session, measured)
    for (due, was), (_, now) in zip(measured, joined, strict=True):
        if was is not now:  # It goes on from an estimate that was billed: more than readings count.
            fingerprints.pop((due.service_point_id, due.period), None)
    return joined, fingerprints


def _measured(
    session: Session, dues: Sequence[Due], policy: BillingPolicy
) -> list[tuple[Due, Usage | UsageProblem]]:
    """Return the usage of what is due, up to a somewhat earlier reading if the last is missing."""
    found = meters.store.usage_of(session, {(due.service_point_id, due.period) for due in dues})
    dues = [
        due if not _is_missing(found[due.service_point_id, due.period]) else one
        for due, one in zip(dues, _shortened(session, dues, found, policy), strict=True)
    ]
    wanted = {(due.service_point_id, due.period) for due in dues} - found.keys()
    if wanted:
        found = found | meters.store.usage_of(session, wanted)
    return [(due, found[due.service_point_id, due.period]) for due in dues]


def _is_missing(usage: Usage | UsageProblem) -> bool:
    return isinstance(usage, UsageProblem) and usage.code == MISSING_READING


def _shortened(
    session: Session,
    dues: Sequence[Due],
    found: Mapping[tuple[int, Period], Usage | UsageProblem],
    policy: BillingPolicy,
) -> list[Due]:
    ends: dict[date, set[int]] = {}
    for due in dues:
        if _is_missing(found[due.service_point_id, due.period]):
            ends.setdefault(due.period.end, set()).add(due.service_point_id)
    last = {
        (end, point): day
        for end, some in ends.items()
        for point, day in meters.store.last_reading_days(session, some, until=end).items()
    }
    return [_up_to(due, last.get((due.period.end, due.service_point_id)), policy) for due in dues]


def _up_to(due: Due, day: date | None, policy: BillingPolicy) -> Due:
    start, end = due.period.start, due.period.end
    if day is None or day <= start or (end - day).days > policy.reading_age_days_max:
        return due
    return due.on(Period(start, day))


def _spans(session: Session, due: Due, rules: Rules) -> tuple[Span, ...] | Parked:
    def in_force(code: str, period: Period) -> tuple[tuple[Period, Tariff], ...]:
        return rules.tariffs.in_force(session, code, period)

    try:
        spans = spans_of(due.period, due.supplies, in_force)
    except dated.NothingInForceError as problem:
        return due.parked("no_tariff", str(problem), "activate a tariff file for the first day")
    except BadTariffError as problem:
        return due.parked("bad_tariff", str(problem), "mend the tariff file and activate it")
    return misfit(due, spans, currency=rules.currency) or spans


def _without_supply(
    session: Session, ids: Sequence[int], supplies: Mapping[int, Sequence[Supply]], until: date
) -> list[Parked]:
    bare = [id_ for id_ in ids if id_ not in supplies]
    last_day = until - timedelta(1)
    return [
        Parked(
            account.id,
            None,
            "no_supply",
            f"account {account.number} has no supply at any service point",
            "add its supply, or close the account",
        )
        for account in store.accounts(session, bare).values()
        if account.is_open_on(last_day)
    ]
