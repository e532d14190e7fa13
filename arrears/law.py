"""The statutory gate: no policy laxer than the law takes force, no step earlier than it runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from arrears.policy import Level, Policy
from arrears.standing import Standing
from arrears.step import Step, StepKind, StepState
from billing.money import Money, show
from billing.supply import SupplyClass
from config.calendar import Calendar
from config.law import DepositRule, Disconnection, PrepaidRule
from config.market import Market

CUTTING = frozenset({StepKind.DISCONNECTION_NOTICE, StepKind.DISCONNECTION})
"""The kinds of steps on the way to a cut, which the law guards most."""
BLACKOUT = "blackout"
"""The limit that a day is broken by on which nobody may be cut; the next may be fine."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What the law forbids: the limit that is broken, its article, and a sentence for people."""

    limit: str
    article: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} ({self.article})"


def violations(policy: Policy, market: Market) -> tuple[Violation, ...]:
    """Return everything in which a policy is laxer than the market's law; none is wanted."""
    found: list[Violation] = []
    for level in policy.levels:
        where = f"{policy.name}: level {level.name}"
        found += _unapproved(level, market, where)
        if level.step in CUTTING:
            for supply_class in sorted(level.classes):
                rule = market.disconnection_for(supply_class)
                found += _lax_cut(level, rule, f"{where}, {supply_class}")
        if level.step is StepKind.DISCONNECTION:
            found += _lax_notice(level, policy, market, where)
        if level.step is StepKind.DEPOSIT_DEMAND:
            found += _lax_deposit(level, policy, market, where)
        if level.step is StepKind.PREPAID_CONVERSION:
            found += _lax_prepaid(market, where)
    return tuple(dict.fromkeys(found))


def may(
    kind: StepKind, standing: Standing, market: Market, calendar: Calendar, *, today: date
) -> tuple[Violation, ...]:
    """Return what of the law stands against a step for an account today; none if it may run."""
    found = list(_without_debt(standing))
    rules = [market.disconnection_for(one) for one in sorted(standing.classes)]
    if kind in CUTTING:
        for rule in rules or [market.disconnection]:
            found += _too_early(standing, rule, today)
            found += _protected(standing, rule)
    if kind is StepKind.DISCONNECTION:
        found += _no_supply(standing)
        for rule in rules:
            found += _not_served(standing, rule, calendar, today)
            found += _blacked_out(rule, calendar, today)
    if kind is StepKind.DEPOSIT_DEMAND:
        found += _deposit_forbidden(standing, market)
    if kind is StepKind.PREPAID_CONVERSION and market.prepaid.conversion is PrepaidRule.FORBIDDEN:
        found.append(Violation("prepaid", market.prepaid.article, "prepayment may not be asked"))
    return tuple(dict.fromkeys(found))


def valid_notice(
    standing: Standing, market: Market, calendar: Calendar, *, today: date, notice_days: int = 0
) -> Step | None:
    """Return the newest served notice on which every supply may be cut today, or none."""
    rules = [market.disconnection_for(one) for one in standing.classes]
    notices = [
        step
        for step in standing.done([StepKind.DISCONNECTION_NOTICE])
        if rules
        and all(
            _is_ripe(step, standing, rule, calendar, today=today, notice_days=notice_days)
            for rule in rules
        )
    ]
    return notices[-1] if notices else None


def is_outdated(notice: Step, standing: Standing, market: Market, *, today: date) -> bool:
    """Test whether a served notice is too old to cut on, so that a new one is needed."""
    if notice.served_on is None:
        return False
    last_days = (
        market.disconnection_for(one).last_cut_day(notice.served_on) for one in standing.classes
    )
    return any(last is not None and today > last for last in last_days)


def first_cut_day(
    notice: Step, market: Market, calendar: Calendar, *, supply_class: SupplyClass, notice_days: int
) -> date | None:
    """Return the first day on which a notice lets supply be cut; none while it isn't served."""
    if notice.served_on is None:
        return None
    rule = market.disconnection_for(supply_class)
    days = max(notice_days, rule.notice_days_min)
    day = rule.first_cut_day(notice.served_on, days, calendar)
    while rule.blackout_on(day, calendar) is not None:
        day += timedelta(days=1)
    return day


def eligible_debt(standing: Standing, rule: Disconnection, today: date) -> Money:
    """Return the overdue money that is not too old to lead to a cut."""
    if rule.max_debt_age_days is None:
        return standing.overdue
    oldest = today - timedelta(days=rule.max_debt_age_days)
    return sum(debt.amount for debt in standing.debts if debt.due_on >= oldest)


def _unapproved(level: Level, market: Market, where: str) -> Iterator[Violation]:
    if level.step in market.human.steps and not level.needs_approval:
        yield Violation(
            "human",
            market.human.article,
            f"{where}: {level.step} wants a person's decision; set needs_approval = true",
        )
    least = market.disconnection.approvals
    if level.step in CUTTING and level.approvals < least:
        yield Violation(
            "approvals",
            market.disconnection.article("approvals"),
            f"{where}: approvals = {level.approvals}; at least {least} are wanted",
        )


def _lax_cut(level: Level, rule: Disconnection, where: str) -> Iterator[Violation]:
    least = rule.min_days_overdue
    is_early_notice = (
        level.step is StepKind.DISCONNECTION_NOTICE and rule.notice_may_precede_eligibility
    )
    if level.overdue_days_min < least and not is_early_notice:
        yield Violation(
            "min_days_overdue",
            rule.article("min_days_overdue"),
            f"{where}: overdue_days_min = {level.overdue_days_min}; at least {least} are wanted",
        )
    if level.dunnings_min < rule.min_dunnings:
        yield Violation(
            "min_dunnings",
            rule.article("min_dunnings"),
            f"{where}: dunnings_min = {level.dunnings_min}; at least {rule.min_dunnings} wanted",
        )
    if level.overdue_min < rule.min_amount:
        yield Violation(
            "min_amount",
            rule.article("min_amount"),
            f"{where}: overdue_min = {show(level.overdue_min)}; at least {show(rule.min_amount)} "
            f"is wanted",
        )
    if level.protected and rule.protected:
        yield Violation(
            "protected",
            rule.article("protected"),
            f"{where}: protected = true; who is protected is never on the way to a cut",
        )


def _lax_notice(level: Level, policy: Policy, market: Market, where: str) -> Iterator[Violation]:
    for supply_class in sorted(level.classes):
        rule = market.disconnection_for(supply_class)
        days = policy.notice_days_for(supply_class)
        if days < rule.notice_days_min:
            yield Violation(
                "notice_days_min",
                rule.article("notice_days_min"),
                f"{where}: notice_days.{supply_class} = {days}; at least {rule.notice_days_min} "
                f"are wanted",
            )
        if rule.notice_days_max is not None and days > rule.notice_days_max:
            yield Violation(
                "notice_days_max",
                rule.article("notice_days_max"),
                f"{where}: notice_days.{supply_class} = {days}; a notice is too old after "
                f"{rule.notice_days_max}",
            )


def _lax_deposit(level: Level, policy: Policy, market: Market, where: str) -> Iterator[Violation]:
    most = market.deposit.max_average_bills
    if most is not None and policy.deposit.average_bills > most:
        yield Violation(
            "deposit",
            market.deposit.article,
            f"{where}: deposit.average_bills = {policy.deposit.average_bills}; at most {most}",
        )
    for supply_class in sorted(level.classes):
        if market.deposit.rule_for(supply_class) is DepositRule.FORBIDDEN:
            yield Violation(
                "deposit",
                market.deposit.article,
                f"{where}: no deposit may be asked of {supply_class}; take it out of classes",
            )


def _lax_prepaid(market: Market, where: str) -> Iterator[Violation]:
    if market.prepaid.conversion is PrepaidRule.FORBIDDEN:
        yield Violation(
            "prepaid", market.prepaid.article, f"{where}: prepayment is forbidden; drop the level"
        )


def _without_debt(standing: Standing) -> Iterator[Violation]:
    if standing.overdue <= 0:
        yield Violation("debt", "no claim, no measure", "nothing is overdue")


def _too_early(standing: Standing, rule: Disconnection, today: date) -> Iterator[Violation]:
    days = standing.overdue_days(today)
    if days < rule.min_days_overdue and not rule.notice_may_precede_eligibility:
        yield _days_violation(days, rule)
    if standing.dunnings < rule.min_dunnings:
        yield Violation(
            "min_dunnings",
            rule.article("min_dunnings"),
            f"the customer was urged {standing.dunnings} times; {rule.min_dunnings} are wanted",
        )
    debt = eligible_debt(standing, rule, today)
    if debt < rule.min_amount or debt <= 0:
        yield Violation(
            "min_amount",
            rule.article("min_amount"),
            f"{show(debt)} may lead to a cut; at least {show(rule.min_amount)} is wanted",
        )


def _days_violation(days: int, rule: Disconnection) -> Violation:
    return Violation(
        "min_days_overdue",
        rule.article("min_days_overdue"),
        f"the oldest bill is {days} days overdue; at least {rule.min_days_overdue} are wanted",
    )


def _protected(standing: Standing, rule: Disconnection) -> Iterator[Violation]:
    for protection in sorted(standing.protections & set(rule.protected)):
        yield Violation("protected", rule.article("protected"), f"the supply is a {protection}")


def _no_supply(standing: Standing) -> Iterator[Violation]:
    if not standing.classes:
        yield Violation("supply", "nothing to cut", "the account has no supply")
    if standing.is_cut:
        yield Violation("supply", "nothing to cut", "the supply is off already")


def _not_served(
    standing: Standing, rule: Disconnection, calendar: Calendar, today: date
) -> Iterator[Violation]:
    days = standing.overdue_days(today)
    if days < rule.min_days_overdue:
        yield _days_violation(days, rule)
    notices = standing.done([StepKind.DISCONNECTION_NOTICE])
    if not any(_is_ripe(step, standing, rule, calendar, today=today) for step in notices):
        yield Violation(
            "notice_days_min",
            rule.article("notice_days_min"),
            f"no notice of at least {rule.notice_days_min} days was served in time",
        )


def _is_ripe(
    notice: Step,
    standing: Standing,
    rule: Disconnection,
    calendar: Calendar,
    *,
    today: date,
    notice_days: int = 0,
) -> bool:
    """Test whether a notice was served long enough ago, and not too long, for a cut today."""
    if notice.state is not StepState.DONE or notice.served_on is None:
        return False
    if not rule.notice_may_precede_eligibility:
        # Served while the debt was too young, the notice threatened what the law didn't allow.
        assert standing.oldest_due_on is not None, "without a debt no notice counts"
        if (notice.served_on - standing.oldest_due_on).days < rule.min_days_overdue:
            return False
    days = max(notice_days, rule.notice_days_min)
    last = rule.last_cut_day(notice.served_on)
    first = rule.first_cut_day(notice.served_on, days, calendar)
    return first <= today and (last is None or today <= last)


def _blacked_out(rule: Disconnection, calendar: Calendar, today: date) -> Iterator[Violation]:
    blackout = rule.blackout_on(today, calendar)
    if blackout is not None:
        yield Violation(BLACKOUT, blackout.article, f"no cut on {today}: {blackout.name}")


def _deposit_forbidden(standing: Standing, market: Market) -> Iterator[Violation]:
    for supply_class in sorted(standing.classes):
        if market.deposit.rule_for(supply_class) is DepositRule.FORBIDDEN:
            yield Violation(
                "deposit", market.deposit.article, f"no deposit may be asked of {supply_class}"
            )
