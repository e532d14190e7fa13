"""Whether a level of the policy fits an account on a day: its conditions, each told when unmet."""

from collections.abc import Iterator
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
    return next(_unmet(level, standing, rules, today), None)


# Yielded one by one: what is asked of every account and level is seldom asked to the end.
def _unmet(level: Level, standing: Standing, rules: Rules, today: date) -> Iterator[str]:
    if level.before_due_days is not None:
        yield from _not_coming(level, standing, today)
    else:
        yield from _not_overdue(level, standing, rules, today)
    if standing.tier not in level.tiers:
        yield f"not for tier {standing.tier}"
    if standing.classes and not standing.classes & level.classes:
        yield f"not for class {', '.join(sorted(standing.classes))}"
    segment = rules.policy.segment_of(standing) if level.segments else ""
    if level.segments and segment not in level.segments:
        yield f"not for segment {segment or 'none'}"
    if standing.payment_mode not in level.payment_modes:
        yield f"not for {standing.payment_mode}"
    if level.protected not in (None, bool(standing.protections)):
        yield "another protection"


def _not_coming(level: Level, standing: Standing, today: date) -> Iterator[str]:
    """Yield why it isn't the time for a courtesy reminder."""
    assert level.before_due_days is not None, "only a courtesy reminder comes before the due date"
    if standing.debts:
        yield "a bill is overdue already"
    if not standing.coming:
        yield "no bill falls due"
        return
    days = (standing.coming[0].due_on - today).days
    if days > level.before_due_days:
        yield f"the next bill falls due in {days} days"
    if standing.coming[0].amount < level.overdue_min:
        yield f"less than {show(level.overdue_min)} falls due"


def _not_overdue(level: Level, standing: Standing, rules: Rules, today: date) -> Iterator[str]:
    if not standing.debts:
        yield "nothing is overdue"
    days = standing.overdue_days(today)
    if level.days is Days.BUSINESS and standing.oldest_due_on is not None:
        days = rules.calendar.business_days_between(standing.oldest_due_on, today)
    if days < level.overdue_days_min:
        yield f"{days} of {level.overdue_days_min} days overdue"
    if level.overdue_days_max and days > level.overdue_days_max:
        yield f"more than {level.overdue_days_max} days"
    yield from _too_little(level, standing)
    if not _is_served(level.served_days_min, standing, rules, today):
        yield f"no notice was served {level.served_days_min} days ago"


def _too_little(level: Level, standing: Standing) -> Iterator[str]:
    if standing.overdue < level.overdue_min:
        yield f"less than {show(level.overdue_min)} overdue"
    if standing.bills_overdue < level.bills_min:
        yield f"fewer than {level.bills_min} bills"
    average = standing.average_bill or 0
    share = Decimal(standing.overdue) / average if average > 0 else Decimal(0)
    if share < level.average_bills_min:
        yield f"less than {level.average_bills_min} average bills"
    if standing.open_percent < level.open_percent_min:
        yield f"{standing.open_percent} percent of the bills is open"


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
