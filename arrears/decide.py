"""Decide: the policy and the law say what to do about an account's standing; nothing is done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING
from enum import StrEnum

from arrears import law
from arrears.credit import Tier
from arrears.fitting import Rules, served_notice, unfit
from arrears.policy import DepositRule, Level, Policy
from arrears.standing import NO_HOLD, Standing
from arrears.step import ASKING, SECURITY, Step, StepKind, StepState, Track, track_of
from billing.money import Money, show


class StopCode(StrEnum):
    """Why a level was not taken although it is more severe than what was done."""

    CONDITION = "condition"
    AFTER = "after"
    DWELL = "dwell"
    APPLIED = "applied"
    PENDING = "pending"
    REFUSED = "refused"
    HOLD = "hold"
    CUT = "cut"
    LAW = "law"
    AMOUNT = "amount"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Stop:
    """What stopped a level; the level is empty when it stops them all."""

    level: str
    code: StopCode
    message: str


def has_failed(stops: Iterable[Stop]) -> bool:
    """Test whether nothing could be decided about an account."""
    return any(stop.code is StopCode.FAILED for stop in stops)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A step the policy asks for, and why."""

    account_id: int
    kind: StepKind
    level: str
    amount: Money
    needs_approval: bool
    approvals: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """At most one step for an account today, and what stopped the levels above it."""

    proposed: Proposed | None
    stopped_by: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a second look makes of an account's pending steps."""

    withdrawn: tuple[tuple[Step, Stop], ...]
    kept: tuple[Step, ...]
    is_to_reconnect: bool
    is_over: bool


def decide(standing: Standing, rules: Rules, *, today: date) -> Decision:
    """
    Return what to do about an account today: at most one step, and what stopped the others.

    On each track the first level that fits applies; a level that fits but must wait lets nothing
    milder through. Collection goes before security.
    """
    stops = list(_stops_all(standing, today))
    held_for = standing.held_for(today)
    levels = [level for level in rules.policy.levels if held_for <= level.holds]
    is_held = bool(stops)
    stops += _barred(standing, rules)
    if not (standing.debts or standing.coming) or (is_held and not levels):
        return Decision(None, tuple(stops))
    for track in Track:
        level = _level_for(track, levels, standing, rules, today, stops)
        if level is not None:
            amount = _amount(level, standing, rules.policy)
            return Decision(_proposed(level, standing, amount, today), tuple(stops))
    return Decision(None, tuple(stops))


def look_again(standing: Standing, rules: Rules, *, today: date) -> Look:
    """
    Return what becomes of pending steps now that something was posted or a day has passed.

    Who owes nothing overdue is left in peace at once: all is withdrawn, and supply that was cut is
    given back, as it is for a guarantee where the law says so. A hold keeps steps from being
    carried out but ends only the order to cut.
    """
    pending = [step for step in standing.steps if step.is_pending]
    stops = [(step, _against(step, standing, rules, today)) for step in pending]
    is_owing = bool(standing.debts)
    # Supply is given back for the money, or where the law says so for a guarantee of it.
    is_due_back = not is_owing or law.is_stood_for(standing, rules.market)
    is_off = standing.is_cut and not standing.is_written_off
    is_reconnecting = any(step.kind is StepKind.RECONNECTION for step in pending)
    # Who was reminded of a bill that isn't due yet is watched until it is paid or overdue.
    is_watched = any(
        step.kind is StepKind.COURTESY_REMINDER and _is_for_next_bill(step, standing, rules)
        for step in standing.steps
        if step.state is not StepState.WITHDRAWN
    )
    return Look(
        withdrawn=tuple((step, stop) for step, stop in stops if stop is not None),
        kept=tuple(step for step, stop in stops if stop is None),
        is_to_reconnect=is_off and is_due_back and not is_reconnecting,
        is_over=not (is_owing or is_off or is_reconnecting or is_watched or standing.is_disputed),
    )


def outcome(standing: Standing, rules: Rules, *, today: date) -> tuple[Look, Decision]:
    """
    Return what becomes of pending steps today, and what to do once that is settled.

    One account's failure never stops a review: where none can be told, its steps stay as they
    are, nothing is proposed, and why stands in what stopped it.
    """
    try:
        look = look_again(standing, rules, today=today)
        gone = {step.id for step, _ in look.withdrawn}
        left = tuple(step for step in standing.steps if step.id not in gone)
        return look, decide(replace(standing, steps=left), rules, today=today)
    except Exception as problem:
        what = f"it could not be decided: {type(problem).__name__}: {problem}"
        failed = Stop("", StopCode.FAILED, f"{what}; tell those who look after the program")
        return Look((), (), is_to_reconnect=False, is_over=False), Decision(None, (failed,))


def _is_for_next_bill(step: Step, standing: Standing, rules: Rules) -> bool:
    """Test whether a courtesy reminder was for the bill that falls due next."""
    if not standing.coming:
        return False
    return (standing.coming[0].due_on - step.acted_on).days <= rules.policy.lead_days


def still_fits(step: Step, standing: Standing, rules: Rules, *, today: date) -> Stop | None:
    """Return what now stands against a step decided earlier, or none if it may go ahead."""
    level = rules.policy.level(step.level)
    if level is None and step.kind is StepKind.WRITE_OFF and not step.level:
        return None  # A person asked for it, not the policy; a debt is all that it needs.
    if level is None:
        return Stop(step.level, StopCode.CONDITION, "the policy has no such level any more")
    problem = unfit(level, standing, rules, today)
    # A hold that begins lets a step wait; one that is over ends what was meant for it alone.
    if problem is None and not standing.holds and NO_HOLD not in level.holds:
        problem = "the hold it was for is over"
    if problem is not None:
        return Stop(level.name, StopCode.CONDITION, problem)
    found = law.may(step.kind, standing, rules.market, rules.calendar, today=today)
    # An order to cut waits out the days on which nobody is cut; it need not be given anew.
    against = [one for one in found if one.limit != law.BLACKOUT]
    if against:
        return Stop(level.name, StopCode.LAW, "; ".join(map(str, against)))
    return None


def _against(step: Step, standing: Standing, rules: Rules, today: date) -> Stop | None:
    if step.kind is StepKind.RECONNECTION:
        if not standing.debts or law.is_stood_for(standing, rules.market):
            return None
        return Stop(step.level, StopCode.CONDITION, "it is owed again")
    if not standing.debts and step.kind is not StepKind.COURTESY_REMINDER:
        return Stop(step.level, StopCode.CONDITION, "nothing is overdue any more")
    if step.kind is StepKind.DISCONNECTION and any(_stops_all(standing, today)):
        return next(_stops_all(standing, today))
    return still_fits(step, standing, rules, today=today)


def deposit_amount(rule: DepositRule, standing: Standing) -> Money:
    """Return the security to ask for: so many average bills less what is held, rounded up."""
    if not standing.average_bill:
        return 0
    wanted = standing.average_bill * rule.average_bills - standing.security
    steps = (wanted / max(1, rule.round_to)).to_integral_value(ROUND_CEILING)
    amount = int(steps * max(1, rule.round_to))
    return amount if amount >= max(1, rule.minimum) else 0


def _stops_all(standing: Standing, today: date) -> Iterator[Stop]:
    for hold in standing.holds:
        if hold.is_on(today):
            message = f"{hold.reason}: {hold.note} (until {hold.ends_on}, {hold.owner})"
            yield Stop("", StopCode.HOLD, message)


def _barred(standing: Standing, rules: Rules) -> Iterator[Stop]:
    """Say what is left out because it was billed too late; the rest of the account goes on."""
    rule = rules.market.back_billing
    if standing.barred and rule is not None:
        message = (
            f"a bill rests: {show(standing.barred)} of it is for energy used more than "
            f"{rule.months} months before ({rule.article})"
        )
        yield Stop("", StopCode.LAW, message)


def _level_for(
    track: Track,
    levels: Iterable[Level],
    standing: Standing,
    rules: Rules,
    today: date,
    stops: list[Stop],
) -> Level | None:
    """Return the level of a track that applies today; note in `stops` what stopped others."""
    pending = standing.pending(track)
    if pending is not None:
        message = f"{pending.level} of {pending.proposed_on} is {pending.state}"
        stops.append(Stop(pending.level, StopCode.PENDING, message))
        return None
    if track is Track.COLLECTION and standing.is_cut:
        stops.append(Stop("", StopCode.CUT, "the supply is off already"))
        return None
    days, tier = standing.overdue_days(today), standing.tier
    for level in levels:
        # Most levels are told by these; business days are never more than the calendar's.
        if level.track is not track or days < level.overdue_days_min or tier not in level.tiers:
            continue
        stop = _stop(level, standing, rules, today)
        if stop is None:
            return level
        if stop.code is not StopCode.CONDITION:
            stops.append(stop)
        if stop.code in _ENDS_THE_SEARCH:
            return None
    return None


_ENDS_THE_SEARCH = frozenset({StopCode.APPLIED, StopCode.DWELL, StopCode.REFUSED})
"""A level that fits and only has to wait, or had its turn, lets nothing milder through."""


def _stop(level: Level, standing: Standing, rules: Rules, today: date) -> Stop | None:
    problem = unfit(level, standing, rules, today)
    if problem is not None:
        return Stop(level.name, StopCode.CONDITION, problem)
    missing = [kind for kind in level.after if not standing.done([kind])]
    if missing:
        return Stop(level.name, StopCode.AFTER, f"{', '.join(missing)} must be done first")
    if standing.dunnings < level.dunnings_min:
        message = f"{standing.dunnings} of {level.dunnings_min} reminders, letters, visits are done"
        return Stop(level.name, StopCode.AFTER, message)
    against = _law_against(level, standing, rules, today)
    if against:
        return Stop(level.name, StopCode.LAW, "; ".join(against))
    if level.step in SECURITY and not _is_wanted(level.step, standing, rules):
        return Stop(level.name, StopCode.AMOUNT, "what is held or under way is enough")
    return _waits(level, standing, rules, today)


def _is_wanted(kind: StepKind, standing: Standing, rules: Rules) -> bool:
    """Test whether there is anything to ask for beyond what is held or under way."""
    if kind is StepKind.PREPAID_CONVERSION:
        return not standing.is_converting
    return deposit_amount(rules.policy.deposit, standing) > 0


def _law_against(level: Level, standing: Standing, rules: Rules, today: date) -> list[str]:
    market, calendar = rules.market, rules.calendar
    against = [str(one) for one in law.may(level.step, standing, market, calendar, today=today)]
    if level.step is StepKind.DISCONNECTION and not against:
        days = max(rules.policy.notice_days_for(one) for one in standing.classes)
        if not law.valid_notice(standing, market, calendar, today=today, notice_days=days):
            against.append(f"the policy gives {days} days between a notice and a cut")
    return against


def _waits(level: Level, standing: Standing, rules: Rules, today: date) -> Stop | None:
    """Return why a level that fits has to wait or had its turn, or none."""
    last = _last_of_level(level, standing, rules, today)
    if last is not None and last.state is StepState.REFUSED:
        rest_until = last.acted_on + timedelta(days=rules.policy.refused_rest_days)
        if today < rest_until:
            message = f"refused on {last.acted_on}; not again before {rest_until}"
            return Stop(level.name, StopCode.REFUSED, message)
    elif last is not None and not _may_repeat(level, last, today):
        return Stop(level.name, StopCode.APPLIED, f"done on {last.acted_on} for this debt")
    before = _last_of_track(track_of(level.step), standing)
    if before is not None and (today - before).days < level.min_dwell_days:
        message = f"{level.min_dwell_days} days after the step of {before} aren't over"
        return Stop(level.name, StopCode.DWELL, message)
    return None


def _may_repeat(level: Level, last: Step, today: date) -> bool:
    if level.repeat_every_days is None:
        return False
    return (today - last.acted_on).days >= level.repeat_every_days


def _last_of_level(level: Level, standing: Standing, rules: Rules, today: date) -> Step | None:
    """
    Return the newest step that counts as the level's turn, or none.

    Collection counts for the open debt only, so that a new debt climbs the ladder from its foot;
    levels of one kind of step count for each other, so that a change of tier repeats nothing.
    """
    is_security = track_of(level.step) is Track.SECURITY
    notice = served_notice(standing, rules.market, today)
    found = [
        step
        for step in standing.steps
        if step.kind is level.step
        and step.state in _HAD_ITS_TURN
        and (is_security or _counts_for_now(step, standing, rules, notice))
        and not law.is_outdated(step, standing, rules.market, today=today)
    ]
    return max(found, key=lambda step: (step.acted_on, step.id), default=None)


def _counts_for_now(step: Step, standing: Standing, rules: Rules, notice: Step | None) -> bool:
    """Test whether a step counts for what is open now, rather than for what was before."""
    if step.kind is StepKind.COURTESY_REMINDER:
        return _is_for_next_bill(step, standing, rules)
    if step.kind is StepKind.SECOND_NOTICE:
        return notice is not None and step.acted_on >= (notice.served_on or step.acted_on)
    return standing.is_for_this_debt(step)


_HAD_ITS_TURN = frozenset({StepState.DONE, StepState.REFUSED})


def _last_of_track(track: Track, standing: Standing) -> date | None:
    days = [
        step.acted_on
        for step in standing.steps
        if step.state is StepState.DONE
        and track_of(step.kind) is track
        and step.kind is not StepKind.COURTESY_REMINDER
    ]
    return max(days, default=None)


def _amount(level: Level, standing: Standing, policy: Policy) -> Money:
    if level.step in ASKING:
        return deposit_amount(policy.deposit, standing)
    if level.step is StepKind.COURTESY_REMINDER:
        return standing.coming[0].amount
    return standing.overdue


def _proposed(level: Level, standing: Standing, amount: Money, today: date) -> Proposed:
    days = standing.overdue_days(today)
    if level.before_due_days is not None:
        due = standing.coming[0]
        reasons = [f"{show(due.amount)} falls due on {due.due_on}"]
    else:
        reasons = [f"{show(standing.overdue)} overdue, the oldest for {days} days"]
        reasons.append(f"level {level.name} from {level.overdue_days_min} days")
    if len(level.tiers) < len(Tier):
        reasons.append(f"tier {standing.tier} ({standing.grade})")
    return Proposed(
        standing.account_id,
        level.step,
        level.name,
        amount,
        level.needs_approval,
        level.approvals,
        tuple(reasons),
    )
