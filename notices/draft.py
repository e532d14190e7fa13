"""Draw up a notice from how its accounts stand: what is owed, by when, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from arrears.fitting import Rules
from arrears.step import Step, StepKind
from billing.late_charge import accrued
from billing.ledger import Charge, ChargeKind
from billing.money import Money
from billing.supply import SupplyClass
from config.law import Disconnection, Market
from notices.circumstances import Circumstances
from notices.notice import (
    Addressee,
    DepositAsked,
    Dunning,
    MonthUsed,
    Notice,
    NoticeAccount,
    NoticeKind,
    OwedCharge,
    PlannedCut,
    PrepaidTerms,
)
from notices.supplier import Supplier

_ONE_DAY = timedelta(days=1)
# A year of blackouts means that the market file forbids every cut.
_SEARCH_DAYS = 366


class NoDayError(Exception):
    """The law leaves no day for what a notice would announce."""


@dataclass(frozen=True, slots=True)
class Task:
    """One notice to be written: a customer's accounts that are at one level, and their steps."""

    kind: NoticeKind
    parts: tuple[tuple[Step, Circumstances], ...]

    @property
    def customer_id(self) -> int:
        """Return the customer whom the notice goes to."""
        return self.parts[0][1].customer.id

    @property
    def language(self) -> str:
        """Return the language in which the customer is written to."""
        return self.parts[0][1].customer.language


def draw_up(
    task: Task,
    *,
    number: str,
    rules: Rules,
    supplier: Supplier,
    approved_by: Sequence[str],
    today: date,
) -> Notice:
    """
    Return the notice for a task.

    :raises NoDayError: if the law forbids a cut on every day for a year.
    """
    standings = [standing for _, standing in task.parts]
    customer = standings[0].customer
    market = rules.market
    accounts = tuple(_account(standing) for standing in standings)
    told = [(one, standing) for standing in standings for one in _told(task.kind, standing)]
    cut = _cut(task, rules, supplier, today)
    return Notice(
        number=number,
        kind=task.kind,
        language=task.language,
        issued_on=today,
        currency=market.currency,
        customer=Addressee(customer.number, customer.name, customer.address or accounts[0].address),
        accounts=accounts,
        charges=tuple(_owed(charge, standing, today) for charge, standing in told),
        late_per_day=sum(_per_day(charge, market, today) for charge, _ in told),
        pay_by=_pay_by(task, supplier, rules, cut, today),
        dunnings=_dunnings(standings),
        articles=_articles(task, market),
        reconnection_hours=market.reconnection_hours,
        cut=cut,
        deposit=_deposit(task, rules),
        prepaid=_prepaid(task, supplier),
        usage=_usage(standings),
        approved_by=tuple(approved_by),
    )


def _told(kind: NoticeKind, standing: Circumstances) -> tuple[Charge, ...]:
    """Return the charges a notice tells of: what is overdue, or what falls due next."""
    if kind is not NoticeKind.COURTESY_REMINDER:
        return standing.overdue
    first = min((charge.due_on for charge in standing.coming), default=None)
    return tuple(charge for charge in standing.coming if charge.due_on == first)


def _account(standing: Circumstances) -> NoticeAccount:
    address = standing.points[0].address if standing.points else standing.customer.address
    return NoticeAccount(standing.account.number, address or "", standing.meters)


def _owed(charge: Charge, standing: Circumstances, today: date) -> OwedCharge:
    bill = None if charge.bill_id is None else standing.bills.get(charge.bill_id)
    return OwedCharge(
        account=standing.account.number,
        what=charge.kind.value,
        bill=bill.number if bill else None,
        start=bill.period.start if bill else None,
        end=bill.period.end if bill else None,
        # A late charge is for the bill's money; its energy stands in the bill's own row.
        kwh=bill.kwh if bill and charge.kind is ChargeKind.ENERGY else None,
        amount=charge.amount,
        open=charge.open,
        due_on=charge.due_on,
        late_from=charge.due_on + _ONE_DAY,
        days=charge.days_overdue(today),
        late_charge=standing.late.get(charge.id, 0),
    )


def _per_day(charge: Charge, market: Market, today: date) -> Money:
    """Return what one more day of lateness will cost; nothing where it is counted by months."""
    rule = market.late_charge
    if rule.rate_for(charge.supply_class).percent_a_month is not None:
        return 0
    return accrued(charge, until=today + _ONE_DAY, rule=rule) - accrued(
        charge, until=today, rule=rule
    )


def _pay_by(
    task: Task, supplier: Supplier, rules: Rules, cut: PlannedCut | None, today: date
) -> date:
    if cut is not None:
        return cut.on - _ONE_DAY
    demands = [standing.demand for _, standing in task.parts if standing.demand is not None]
    if task.kind is NoticeKind.DEPOSIT_DEMAND and demands:
        return max(demand.due_on for demand in demands)
    if task.kind is NoticeKind.GUARANTEE_DEMAND:
        return today + timedelta(days=rules.policy.deposit.days_to_pay)
    if task.kind is NoticeKind.COURTESY_REMINDER:
        return min(charge.due_on for _, s in task.parts for charge in _told(task.kind, s))
    return today + timedelta(days=supplier.days_to_pay)


def _cut(task: Task, rules: Rules, supplier: Supplier, today: date) -> PlannedCut | None:
    """
    Return the first day on which every account of the notice may be cut.

    The days of the law begin with the service, so the way to the customer is allowed for; served
    later than that, the cut waits, whatever the paper says.
    """
    if task.kind is not NoticeKind.DISCONNECTION_NOTICE:
        return None
    served_by = today + timedelta(days=supplier.days_to_serve)
    own = [supply.supply_class for _, standing in task.parts for supply in standing.supplies]
    classes = tuple(dict.fromkeys(own)) or tuple(SupplyClass)
    laws = [(one, rules.market.disconnection_for(one)) for one in classes]
    day = max(_first_day(one, law, rules, served_by) for one, law in laws)
    for _ in range(_SEARCH_DAYS):
        if not any(law.blackout_on(day, rules.calendar) for _, law in laws):
            return PlannedCut(
                day,
                max(law.from_hour for _, law in laws),
                min(law.until_hour for _, law in laws),
            )
        day += _ONE_DAY
    raise NoDayError(f"no day after {served_by} is free of blackouts; see the market file")


def _first_day(
    supply_class: SupplyClass, law: Disconnection, rules: Rules, served_by: date
) -> date:
    days = max(law.notice_days_min, rules.policy.notice_days_for(supply_class))
    return law.first_cut_day(served_by, days, rules.calendar)


def _dunnings(standings: Sequence[Circumstances]) -> tuple[Dunning, ...]:
    """Return the reminders that were for a debt which is still open, oldest first."""
    found: dict[Dunning, None] = {}
    for standing in standings:
        since = min((charge.due_on for charge in standing.overdue), default=None)
        for on, kind in standing.told:
            if since is not None and on > since and kind in _DUNNING:
                found.setdefault(Dunning(on, kind))
    return tuple(sorted(found, key=lambda dunning: dunning.on))


_DUNNING = frozenset({NoticeKind.SMS_REMINDER, NoticeKind.LETTER})


def _articles(task: Task, market: Market) -> tuple[str, ...]:
    match task.kind:
        case NoticeKind.DISCONNECTION_NOTICE:
            law = market.disconnection
            limits = ("min_days_overdue", "min_dunnings", "notice_days_min")
            return tuple(law.article(limit) for limit in limits)
        case NoticeKind.DEPOSIT_DEMAND | NoticeKind.GUARANTEE_DEMAND:
            return (market.deposit.article,)
        case NoticeKind.PREPAID_CONVERSION:
            return (market.prepaid.article,)
        case _:
            return ()


def _deposit(task: Task, rules: Rules) -> DepositAsked | None:
    if task.kind not in (NoticeKind.DEPOSIT_DEMAND, NoticeKind.GUARANTEE_DEMAND):
        return None
    # How an amount was worked out is only told when there is one of it.
    average = task.parts[0][0].facts.get("average_bill") if len(task.parts) == 1 else None
    return DepositAsked(
        amount=sum(step.amount for step, _ in task.parts),
        held=sum(standing.deposit_held for _, standing in task.parts),
        average_bill=average,
        multiple=rules.policy.deposit.average_bills if average else None,
    )


def _prepaid(task: Task, supplier: Supplier) -> PrepaidTerms | None:
    if task.kind is not NoticeKind.PREPAID_CONVERSION:
        return None
    return PrepaidTerms(
        debt=sum(standing.owed for _, standing in task.parts),
        recovery_percent=supplier.recovery_percent,
        warning_balance=supplier.warning_balance,
        stop_balance=supplier.stop_balance,
    )


def _usage(standings: Sequence[Circumstances]) -> tuple[MonthUsed, ...]:
    months: dict[date, Decimal] = {}
    for standing in standings:
        for one in standing.usage:
            months[one.month] = months.get(one.month, Decimal(0)) + one.kwh
    return tuple(MonthUsed(month, kwh) for month, kwh in sorted(months.items()))


def kind_of(step: Step) -> NoticeKind:
    """Return the kind of notice that carries out a step."""
    return NoticeKind(step.kind.value)


STEP_KINDS = tuple(StepKind(kind.value) for kind in NoticeKind)
"""The kinds of steps that notices carry out."""
