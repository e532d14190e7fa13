"""No policy laxer than the law takes force: what it asks is held against the market's minima."""

from collections.abc import Iterator

from arrears.law import CUTTING, Violation
from arrears.policy import Level, Policy
from arrears.step import ASKING, StepKind
from billing.money import show
from billing.supply import PaymentMode
from config.deposit import DepositRule
from config.law import Disconnection, PrepaidRule
from config.market import Market


def violations(policy: Policy, market: Market) -> tuple[Violation, ...]:
    """Return everything in which a policy is laxer than the market's law; none is wanted."""
    found: list[Violation] = []
    for level in policy.levels:
        where = f"{policy.name}: level {level.name}"
        found += _unapproved(level, policy, market, where)
        if level.step in CUTTING:
            for supply_class in sorted(policy.classes_of(level)):
                rule = market.disconnection_for(supply_class)
                found += _lax_cut(level, rule, f"{where}, {supply_class}")
                found += _lax_block(level, rule, f"{where}, {supply_class}")
        if level.step is StepKind.DISCONNECTION:
            found += _lax_notice(level, policy, market, where)
        if level.step in ASKING:
            found += _lax_deposit(level, policy, market, where)
        if level.step is StepKind.PREPAID_CONVERSION:
            found += _lax_prepaid(level, market, where)
    return tuple(dict.fromkeys(found))


def _unapproved(level: Level, policy: Policy, market: Market, where: str) -> Iterator[Violation]:
    if level.step in market.human.steps and not level.needs_approval:
        yield Violation(
            "human",
            market.human.article,
            f"{where}: {level.step} wants a person's decision; set needs_approval = true",
        )
    classes = policy.classes_of(level)
    least = max((market.disconnection_for(one).approvals for one in classes), default=1)
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


def _lax_block(level: Level, rule: Disconnection, where: str) -> Iterator[Violation]:
    least = rule.min_days_overdue_prepaid
    if least == rule.min_days_overdue or PaymentMode.PREPAID not in level.payment_modes:
        return
    if level.overdue_days_min < least:
        yield Violation(
            "min_days_overdue_prepaid",
            rule.article("min_days_overdue_prepaid"),
            f"{where}: overdue_days_min = {level.overdue_days_min}; at least {least} are wanted "
            f"where the supply is prepaid; say payment_modes",
        )


def _lax_notice(level: Level, policy: Policy, market: Market, where: str) -> Iterator[Violation]:
    for supply_class in sorted(policy.classes_of(level)):
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
    most = market.deposit.ceiling_average_bills
    if most is not None and policy.deposit.average_bills > most:
        yield Violation(
            "deposit",
            market.deposit.article,
            f"{where}: deposit.average_bills = {policy.deposit.average_bills}; at most {most}",
        )
    least = market.deposit.min_bills_overdue
    if level.bills_min < least:
        yield Violation(
            "deposit",
            market.deposit.article,
            f"{where}: bills_min = {level.bills_min}; at least {least} are wanted",
        )
    for supply_class in sorted(policy.classes_of(level)):
        if market.deposit.rule_for(supply_class) is DepositRule.FORBIDDEN:
            yield Violation(
                "deposit",
                market.deposit.article,
                f"{where}: no deposit may be asked of {supply_class}; take it out of classes",
            )


def _lax_prepaid(level: Level, market: Market, where: str) -> Iterator[Violation]:
    rule = market.prepaid
    if rule.conversion is PrepaidRule.FORBIDDEN:
        yield Violation(
            "prepaid", rule.article, f"{where}: prepayment is forbidden; drop the level"
        )
    for word, has, least in (
        ("overdue_days_min", level.overdue_days_min, rule.min_days_overdue),
        ("dunnings_min", level.dunnings_min, rule.min_dunnings),
    ):
        if has < least:
            message = f"{where}: {word} = {has}; at least {least} are wanted"
            yield Violation("prepaid", rule.article, message)
    if level.overdue_min < rule.min_amount:
        least_owed = show(rule.min_amount)
        message = f"{where}: overdue_min = {show(level.overdue_min)}; at least {least_owed} wanted"
        yield Violation("prepaid", rule.article, message)
