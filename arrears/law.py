"""The statutory gate: no step runs earlier than the market's law lets it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from arrears.standing import Standing
from arrears.step import ASKING, Step, StepKind, StepState
from billing.money import Money, show
from billing.supply import PaymentMode, SupplyClass
from config.calendar import Calendar
from config.deposit import DepositRule
from config.law import Disconnection, Duty, Prepaid, PrepaidRule
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


def may(
    kind: StepKind, standing: Standing, market: Market, calendar: Calendar, *, today: date
) -> tuple[Violation, ...]:
    """Return what of the law stands against a step for an account today; none if it may run."""
    if kind is StepKind.COURTESY_REMINDER:
        return ()
    found = list(_without_debt(standing))
    rules = [market.disconnection_for(one) for one in sorted(standing.classes)]
    if kind in CUTTING:
        found += _under_protest(standing, market)
        for rule in rules or [market.disconnection]:
            found += _too_early(standing, rule, today)
            found += _too_little(standing, rule, market, today)
            found += _protected(standing, rule)
    if kind is StepKind.DISCONNECTION:
        found += _no_supply(standing)
        found += _stood_for(standing, market)
        for rule in rules:
            found += _not_served(standing, rule, calendar, today)
            found += _undone(rule.duties, standing, calendar, today)
            found += _blacked_out(rule, standing, calendar, today)
    if kind in ASKING:
        found += _deposit_forbidden(standing, market)
    if kind is StepKind.PREPAID_CONVERSION:
        found += _prepaid_forbidden(standing, market.prepaid, calendar, today)
    return tuple(dict.fromkeys(found))


def is_stood_for(standing: Standing, market: Market) -> bool:
    """Test whether others stand for all that is overdue, where that gives supply back by law."""
    return market.reconnection.accepts_guarantee and standing.covered >= standing.overdue > 0


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
    """Return the overdue money that is neither too old nor was billed too late for a cut."""
    oldest = date.min
    if rule.max_debt_age_days is not None:
        oldest = today - timedelta(days=rule.max_debt_age_days)
    return sum(debt.amount - debt.too_late for debt in standing.debts if debt.due_on >= oldest)


def least_days(standing: Standing, rule: Disconnection) -> int:
    """Return how many days a debt has to be overdue before a supply so paid for is cut."""
    if standing.payment_mode is PaymentMode.PREPAID:
        return rule.min_days_overdue_prepaid
    return rule.min_days_overdue


def _without_debt(standing: Standing) -> Iterator[Violation]:
    if standing.overdue <= 0:
        yield Violation("debt", "no claim, no measure", "nothing is overdue")


def _too_early(standing: Standing, rule: Disconnection, today: date) -> Iterator[Violation]:
    days, least = standing.overdue_days(today), least_days(standing, rule)
    if days < least and not rule.notice_may_precede_eligibility:
        yield _days_violation(days, least, rule)
    if standing.dunnings < rule.min_dunnings:
        yield Violation(
            "min_dunnings",
            rule.article("min_dunnings"),
            f"the customer was urged {standing.dunnings} times; {rule.min_dunnings} are wanted",
        )


def _too_little(
    standing: Standing, rule: Disconnection, market: Market, today: date
) -> Iterator[Violation]:
    debt = eligible_debt(standing, rule, today)
    if debt >= rule.min_amount and debt > 0:
        return
    article = rule.article("min_amount")
    if market.back_billing is not None and any(one.too_late for one in standing.debts):
        article = market.back_billing.article
    yield Violation(
        "min_amount",
        article,
        f"{show(debt)} may lead to a cut; at least {show(rule.min_amount)} is wanted",
    )


def _under_protest(standing: Standing, market: Market) -> Iterator[Violation]:
    if market.protest is None:
        return
    for one in standing.contested:
        if one.is_under_protest:
            message = (
                f"{show(one.paid)} was paid under protest, and dispute {one.dispute_id} isn't "
                f"settled"
            )
            yield Violation("protest", market.protest.article, message)


def _days_violation(days: int, least: int, rule: Disconnection) -> Violation:
    return Violation(
        "min_days_overdue",
        rule.article("min_days_overdue"),
        f"the oldest bill is {days} days overdue; at least {least} are wanted",
    )


def _protected(standing: Standing, rule: Disconnection) -> Iterator[Violation]:
    for protection in sorted(standing.protections & set(rule.protected)):
        yield Violation("protected", rule.article("protected"), f"the supply is a {protection}")


def _stood_for(standing: Standing, market: Market) -> Iterator[Violation]:
    if is_stood_for(standing, market):
        message = f"a guarantee stands for {show(standing.covered)}; supply would be given back"
        yield Violation("guarantee", market.reconnection.article, message)


def _no_supply(standing: Standing) -> Iterator[Violation]:
    if not standing.classes:
        yield Violation("supply", "nothing to cut", "the account has no supply")
    if standing.is_cut:
        yield Violation("supply", "nothing to cut", "the supply is off already")


def _not_served(
    standing: Standing, rule: Disconnection, calendar: Calendar, today: date
) -> Iterator[Violation]:
    days, least = standing.overdue_days(today), least_days(standing, rule)
    if days < least:
        yield _days_violation(days, least, rule)
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
        if (notice.served_on - standing.oldest_due_on).days < least_days(standing, rule):
            return False
    days = max(notice_days, rule.notice_days_min)
    last = rule.last_cut_day(notice.served_on)
    first = rule.first_cut_day(notice.served_on, days, calendar)
    return first <= today and (last is None or today <= last)


def _blacked_out(
    rule: Disconnection, standing: Standing, calendar: Calendar, today: date
) -> Iterator[Violation]:
    blackout = rule.blackout_on(today, calendar, standing.protections)
    if blackout is not None:
        yield Violation(BLACKOUT, blackout.article, f"no cut on {today}: {blackout.name}")


def _undone(
    duties: Iterable[Duty], standing: Standing, calendar: Calendar, today: date
) -> Iterator[Violation]:
    """Say which duties toward the customer weren't done for this debt, or too short a time ago."""
    oldest = standing.oldest_due_on
    for duty in duties:
        if oldest is None or not duty.binds(today, standing.protections):
            continue
        done = [
            one.done_on for one in standing.duties if one.kind is duty.kind and one.done_on > oldest
        ]
        if not any(duty.allows_from(day, calendar) <= today for day in done):
            message = f"duty {duty.kind} is to be done {duty.days_before} days before"
            yield Violation("duty", duty.article, message)


def _deposit_forbidden(standing: Standing, market: Market) -> Iterator[Violation]:
    rule = market.deposit
    for supply_class in sorted(standing.classes):
        if rule.rule_for(supply_class) is DepositRule.FORBIDDEN:
            yield Violation("deposit", rule.article, f"no deposit may be asked of {supply_class}")
    for protection in sorted(standing.protections & set(rule.waived_for)):
        yield Violation("deposit", rule.article, f"no deposit may be asked of {protection}")
    if standing.bills_overdue < rule.min_bills_overdue:
        yield Violation(
            "deposit",
            rule.article,
            f"{standing.bills_overdue} bills are overdue; a deposit wants {rule.min_bills_overdue}",
        )


def _prepaid_forbidden(
    standing: Standing, rule: Prepaid, calendar: Calendar, today: date
) -> Iterator[Violation]:
    days = standing.overdue_days(today)
    if rule.conversion is PrepaidRule.FORBIDDEN:
        yield Violation("prepaid", rule.article, "prepayment may not be asked")
    for protection in sorted(standing.protections & set(rule.protected)):
        yield Violation("prepaid", rule.article, f"the supply is a {protection}")
    if days < rule.min_days_overdue:
        least = rule.min_days_overdue
        message = f"the oldest bill is {days} days overdue; at least {least} are wanted"
        yield Violation("prepaid", rule.article, message)
    if standing.overdue < rule.min_amount:
        least_owed = show(rule.min_amount)
        message = f"{show(standing.overdue)} is overdue; prepayment wants at least {least_owed}"
        yield Violation("prepaid", rule.article, message)
    if standing.dunnings < rule.min_dunnings:
        least = rule.min_dunnings
        message = f"the customer was urged {standing.dunnings} times; {least} are wanted"
        yield Violation("prepaid", rule.article, message)
    yield from _undone(rule.duties, standing, calendar, today)
