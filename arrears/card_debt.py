"""
Customers of a card issuer as accounts of ours, so that cards can be judged on real defaults.

The file is that of Yeh and Lien (2009), *The comparisons of data mining techniques for the
predictive accuracy of probability of default of credit card clients*: the months April to
September 2005, and who defaulted in October. `docs/credit.md` writes the mapping down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from arrears.behaviour import (
    Behaviour,
    CreditReport,
    DueBill,
    ReportedMonth,
    Use,
    month_ends,
    months_late_on,
)
from arrears.measure import average
from billing.money import Money, money

AS_OF = date(2005, 9, 30)
ENDS = tuple(reversed(month_ends(AS_OF, 6)))
SINCE = date(2004, 1, 1)
DUE_DAY = 16
"""Bills fall due in the middle of a month: at its end one is half a month late, and so on."""
MINIMUM = 20
"""The instalment due is a twentieth of the statement, the usual minimum of cards."""
OUTCOME = ("default.payment.next.month", "default payment next month", "default")
PROTECTED = ("SEX", "EDUCATION", "MARRIAGE", "AGE")
"""Looked at for fairness, and never an input."""
_UNUSED, _IN_FULL = -2, -1
_STATUS = (("PAY_6",), ("PAY_5",), ("PAY_4",), ("PAY_3",), ("PAY_2",), ("PAY_0", "PAY_1"))
_BALANCE = tuple((f"BILL_AMT{no}",) for no in range(6, 0, -1))
_PAID = tuple((f"PAY_AMT{no}",) for no in range(6, 0, -1))
_LIMIT = ("LIMIT_BAL",)


@dataclass(frozen=True, slots=True)
class Sample:
    """A customer whose end is known: behaviour up to a day, and whether he failed after it."""

    name: str
    behaviour: Behaviour
    as_of: date
    is_bad: bool
    groups: Mapping[str, str]


def missing_headings(headings: Sequence[str]) -> list[str]:
    """Return the columns that a file of such customers must have and this one lacks."""
    wanted = [_LIMIT, *_STATUS, *_BALANCE, *_PAID, OUTCOME]
    return [names[0] for names in wanted if not any(name in headings for name in names)]


def sample(name: str, row: Mapping[str, str]) -> Sample:
    """
    Return the customer of a row.

    :raises ValueError: if a cell isn't the number it should be; the message says which.
    """
    status = [_whole(row, names) for names in _STATUS]
    if not all(-2 <= one <= 12 for one in status):
        raise ValueError("a payment status is -2 (no use) to 12 (months late)")
    balances = [_money(row, names) for names in _BALANCE]
    paid = [_money(row, names) for names in _PAID]
    bad = _whole(row, OUTCOME)
    if bad not in (0, 1):
        raise ValueError(f"{OUTCOME[0]} has {bad}; 0 or 1 is wanted")
    report = CreditReport(
        "card issuer",
        AS_OF,
        _money(row, _LIMIT),
        tuple(
            ReportedMonth(end, _use(one), balance, amount)
            for end, one, balance, amount in zip(ENDS, status, balances, paid, strict=True)
        ),
    )
    groups = {key.lower(): row[key].strip() for key in PROTECTED if key in row}
    return Sample(name, _behaviour(status, balances, report), AS_OF, bad == 1, groups)


def bills_of(late: Sequence[int], balances: Sequence[Money]) -> tuple[DueBill, ...]:
    """
    Return bills whose ageing at each month's end shows the account so many months late.

    A bill falls due each month. It stands open over the ends at which the account was late enough
    to reach back to it, and is settled in the month after. Where lateness jumps by more than a
    month, the older instalments come into the books only in the month in which they show.
    """
    found = []
    for at in range(min(0, *(n - k + 1 for n, k in enumerate(late))), len(ENDS)):
        due_on = _due_on(at)
        amount = max(money(1), balances[max(0, at)] // MINIMUM)
        is_open = [n - k < at <= n and k > 0 for n, k in enumerate(late)]
        runs = _runs(is_open)
        found += [_bill(due_on, amount, at, first, last) for first, last in runs]
        if not runs and at >= 0:
            found.append(DueBill(due_on, due_on, is_returned=False, amount=amount))
    return tuple(found)


def _behaviour(status: Sequence[int], balances: Sequence[Money], report: CreditReport) -> Behaviour:
    bills = bills_of([max(0, one) for one in status], balances)
    open_now = [bill for bill in bills if bill.due_on < AS_OF and bill.is_open_on(AS_OF)]
    return Behaviour(
        customer_since=SINCE,
        bills=bills,
        overdue=sum(bill.amount for bill in open_now),
        months_in_arrears=len({(bill.due_on.year, bill.due_on.month) for bill in open_now}),
        average_bill=average([bill.amount for bill in bills]),
        months_late=months_late_on(bills, ENDS[::-1]),
        report=report,
    )


def _bill(due_on: date, amount: Money, at: int, first: int, last: int) -> DueBill:
    """Return a bill that stands open from one month's end to another, both counted."""
    raised_on = None if first == at else ENDS[first] - timedelta(days=1)
    settled_on = None if last == len(ENDS) - 1 else ENDS[last] + timedelta(days=1)
    return DueBill(due_on, settled_on, is_returned=False, amount=amount, raised_on=raised_on)


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for at, flag in enumerate(flags):
        if flag and found and found[-1][1] == at - 1:
            found[-1] = (found[-1][0], at)
        elif flag:
            found.append((at, at))
    return found


def _due_on(at: int) -> date:
    month = ENDS[0].year * 12 + ENDS[0].month - 1 + at
    return date(month // 12, month % 12 + 1, DUE_DAY)


def _use(status: int) -> Use:
    return {_UNUSED: Use.UNUSED, _IN_FULL: Use.PAID_IN_FULL}.get(status, Use.REVOLVING)


def _number(row: Mapping[str, str], names: Sequence[str]) -> Decimal:
    text = next(row[name] for name in names if name in row)
    try:
        # Spreadsheets leave 500000 as 5.00E+05.
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"{names[0]} has {text!r}; a number is wanted") from None
    if not number.is_finite():
        raise ValueError(f"{names[0]} has {text!r}; a number is wanted")
    return number


def _whole(row: Mapping[str, str], names: Sequence[str]) -> int:
    number = _number(row, names)
    if number != number.to_integral_value():
        raise ValueError(f"{names[0]} has {number}; a whole number is wanted")
    return int(number)


def _money(row: Mapping[str, str], names: Sequence[str]) -> Money:
    return money(_number(row, names))
