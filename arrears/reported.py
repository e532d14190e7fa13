"""What another creditor reports: a line of credit, how far it is drawn, and what is paid back."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from arrears.behaviour import Behaviour, CreditReport, Use
from arrears.measure import Better, Measure, Unit, in_units, share
from billing.money import Money

FADES = Decimal("0.7")
"""How much the payment of a month weighs of that of the next."""
TWO_MONTHS = 2
MOST_SHARE = Decimal(3)
"""Who owes nothing pays all of it; a share beyond this says no more."""

Look = Callable[[CreditReport], Decimal | None]


def _limit(report: CreditReport) -> Decimal:
    return in_units(report.limit)


def _drawn(report: CreditReport) -> Decimal | None:
    return _of_limit(report, report.months[-1].balance)


def _drawn_worst(report: CreditReport) -> Decimal | None:
    return _of_limit(report, max(month.balance for month in report.months))


def _drawn_average(report: CreditReport) -> Decimal | None:
    whole = report.limit * len(report.months)
    drawn = sum(month.balance for month in report.months)
    return share(max(0, drawn), whole) if whole > 0 else None


def _free_least(report: CreditReport) -> Decimal:
    """Measure what was left of the line when the most was drawn."""
    return in_units(max(0, report.limit - max(month.balance for month in report.months)))


def _paid_recently(report: CreditReport) -> Decimal:
    """Measure a month's payment, averaged so that what is newer weighs more."""
    weights = [FADES**back for back in range(len(report.months))]
    newest_first = reversed(report.months)
    paid = sum((w * m.paid for w, m in zip(weights, newest_first, strict=True)), Decimal(0))
    return in_units(int(paid / sum(weights, Decimal(0))))


def _paid_of_limit(report: CreditReport) -> Decimal | None:
    return _of_limit(report, sum(month.paid for month in report.months[-TWO_MONTHS:]))


def _paid_share(report: CreditReport) -> Decimal:
    """Measure what was paid of what stood at the end of the month before."""
    owed = sum(max(0, month.balance) for month in report.months[:-1])
    paid = sum(month.paid for month in report.months[1:])
    return min(MOST_SHARE, share(paid, owed)) if owed > 0 else MOST_SHARE


def _spending(report: CreditReport) -> Decimal:
    return in_units(_new_spending(report))


def _spending_of_limit(report: CreditReport) -> Decimal | None:
    return _of_limit(report, _new_spending(report))


def _new_spending(report: CreditReport) -> Money:
    """Return what was bought on the line in a month, on average; never less than nothing."""
    first, *later = report.months
    if not later:
        return 0
    rise = later[-1].balance - first.balance
    return max(0, rise + sum(month.paid for month in later)) // len(later)


def _months_unpaid(report: CreditReport) -> Decimal:
    return Decimal(sum(month.paid <= 0 for month in report.months))


def _months_in_full(report: CreditReport) -> Decimal:
    return Decimal(sum(month.use is Use.PAID_IN_FULL for month in report.months))


def _months_unused(report: CreditReport) -> Decimal:
    return Decimal(sum(month.use is Use.UNUSED for month in report.months))


def _of_limit(report: CreditReport, amount: Money) -> Decimal | None:
    return share(max(0, amount), report.limit) if report.limit > 0 else None


def _measure(look: Look, unit: Unit, what: str, better: Better) -> Measure:
    def of(behaviour: Behaviour, as_of: date) -> Decimal | None:
        """Look into the report, if there is one that says anything."""
        report = behaviour.report
        return look(report) if report is not None and report.months else None

    return Measure(of, unit, f"outside credit report: {what}", better)


MEASURES: Mapping[str, Measure] = {
    "report_limit": _measure(_limit, Unit.MONEY, "the line of credit", Better.HIGHER),
    "report_drawn": _measure(_drawn, Unit.SHARE, "balance against the line", Better.EITHER),
    "report_drawn_worst": _measure(
        _drawn_worst, Unit.SHARE, "highest balance against the line", Better.EITHER
    ),
    "report_drawn_average": _measure(
        _drawn_average, Unit.SHARE, "average balance against the line", Better.EITHER
    ),
    "report_free_least": _measure(
        _free_least, Unit.MONEY, "what was left of the line at the worst", Better.HIGHER
    ),
    "report_paid_recently": _measure(
        _paid_recently,
        Unit.MONEY,
        "a month's payment, each weighing 0.7 of the next",
        Better.HIGHER,
    ),
    "report_paid_of_limit": _measure(
        _paid_of_limit, Unit.SHARE, "two months' payments against the line", Better.HIGHER
    ),
    "report_paid_share": _measure(
        _paid_share, Unit.SHARE, "payments against balances", Better.EITHER
    ),
    "report_spending": _measure(_spending, Unit.MONEY, "a month's purchases", Better.HIGHER),
    "report_spending_of_limit": _measure(
        _spending_of_limit, Unit.SHARE, "a month's purchases against the line", Better.EITHER
    ),
    "report_months_unpaid": _measure(
        _months_unpaid, Unit.MONTHS, "months without a payment", Better.EITHER
    ),
    "report_months_in_full": _measure(
        _months_in_full, Unit.MONTHS, "months paid in full", Better.HIGHER
    ),
    "report_months_unused": _measure(
        _months_unused, Unit.MONTHS, "months without use", Better.EITHER
    ),
}
