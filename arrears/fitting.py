"""Whether a level of the policy fits an account on a day: its conditions, each told when unmet."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from arrears import law
from arrears.policy import Days, Level, Policy
from arrears.standing import Standing
from arrears.step import Step, StepKind
from billing.money import show
from config.calendar import Calendar
from config.market import Market


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for a case: the policy it began under, the market's law, and the calendar."""

    policy: Policy
    market: Market
    calendar: Calendar


def unfit(level: Level, standing: Standing, rules: Rules, today: date) -> str | None:
    """Return the first condition of a level that an account does not meet, or none."""
    if level.before_due_days is not None:
        problem = _not_coming(level, standing, today)
    else:
        problem = _not_overdue(level, standing, rules, today)
    if problem is not None:
        return problem
    segment = rules.policy.segment_of(standing)
    conditions = (
        (standing.tier in level.tiers, f"not for tier {standing.tier}"),
        (
            not standing.classes or bool(standing.classes & level.classes),
            f"not for class {', '.join(sorted(standing.classes))}",
        ),
        (not level.segments or segment in level.segments, f"not for segment {segment or 'none'}"),
        (standing.payment_mode in level.payment_modes, f"not for {standing.payment_mode}"),
        (level.protected in (None, bool(standing.protections)), "another protection"),
    )
    return next((message for is_met, message in conditions if not is_met), None)


def _not_coming(level: Level, standing: Standing, today: date) -> str | None:
    """Return why it isn't the time for a courtesy reminder, or none if it is."""
    assert level.before_due_days is not None, "only a courtesy reminder comes before the due date"
    if standing.debts:
        return "a bill is overdue already"
    if not standing.coming:
        return "no bill falls due"
    days = (standing.coming[0].due_on - today).days
    if days > level.before_due_days:
        return f"the next bill falls due in {days} days"
    if standing.coming[0].amount < level.overdue_min:
        return f"less than {show(level.overdue_min)} falls due"
    return None


def _not_overdue(level: Level, standing: Standing, rules: Rules, today: date) -> str | None:
    days = standing.overdue_days(today)
    counted = days
    if level.days is Days.BUSINESS and standing.oldest_due_on is not None:
        counted = rules.calendar.business_days_between(standing.oldest_due_on, today)
    average = standing.average_bill or 0
    share = Decimal(standing.overdue) / average if average > 0 else Decimal(0)
    open_percent = standing.open_percent
    conditions = (
        (bool(standing.debts), "nothing is overdue"),
        (counted >= level.overdue_days_min, f"{counted} of {level.overdue_days_min} days overdue"),
        (
            counted <= (level.overdue_days_max or counted),
            f"more than {level.overdue_days_max} days",
        ),
        (standing.overdue >= level.overdue_min, f"less than {show(level.overdue_min)} overdue"),
        (standing.bills_overdue >= level.bills_min, f"fewer than {level.bills_min} bills"),
        (share >= level.average_bills_min, f"less than {level.average_bills_min} average bills"),
        (open_percent >= level.open_percent_min, f"{open_percent} percent of the bills is open"),
        (
            level.served_days_min is None
            or _is_served(level.served_days_min, standing, rules, today),
            f"no notice was served {level.served_days_min} days ago",
        ),
    )
    return next((message for is_met, message in conditions if not is_met), None)


def _is_served(days: int | None, standing: Standing, rules: Rules, today: date) -> bool:
    if days is None:
        return True
    notice = served_notice(standing, rules.market, today)
    return notice is not None and (today - (notice.served_on or today)).days >= days


def served_notice(standing: Standing, market: Market, today: date) -> Step | None:
    """Return the newest notice that was served and isn't too old to be acted on, or none."""
    found = [
        step
        for step in standing.done([StepKind.DISCONNECTION_NOTICE])
        if step.served_on is not None and not law.is_outdated(step, standing, market, today=today)
    ]
    return found[-1] if found else None
