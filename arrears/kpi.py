"""Figures of a receivable, each with the definition that is printed beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from billing.money import Money

SHOWN = Decimal("0.01")
SHOWN_PERCENT = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Receivable:
    """
    What figures are made of, in one currency, for a year up to a day and for the months before it.

    Late charges are left out of all of it: they punish, and nobody plans to earn them.
    `opening` stood open when the year began, which makes it debt of former years (陈欠).
    `sales` is what was billed in the `sales_days` up to the day, for `sales_kwh` of energy;
    `sales_opening` what stood open when they began. `not_due` is the part of `balance` that isn't
    overdue. `written_off` is what was given up since the year began, less what of it was recovered.
    `discounts` is what was taken off bills this year because they were paid early, of which
    `discounts_former` off bills of former years: nobody owes it, and nobody paid it. `sales` is
    without it.
    """

    opening: Money
    billed: Money
    settled: Money
    settled_former: Money
    balance: Money
    not_due: Money
    sales: Money
    sales_days: int
    sales_opening: Money
    over_a_year: Money = 0
    written_off: Money = 0
    sales_kwh: Decimal = Decimal(0)
    discounts: Money = 0
    discounts_former: Money = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """How a figure is called, what it is, and in what it is counted; in both languages."""

    title: str
    title_zh: str
    formula: str
    formula_zh: str
    unit: str


DEFINITIONS: Mapping[str, Definition] = {
    # Beside the share that goes bad: selling more is worth nothing if it isn't paid for.
    "energy_sold": Definition(
        "Energy sold",
        "售电量",
        "kWh of the bills issued in the last three months",
        "近三个月发行电费的电量",
        "kWh",
    ),
    "collection_rate": Definition(
        "Collection rate",
        "电费回收率",
        "settled this year / (open when the year began + billed this year - discounts for "
        "paying early)",
        "本年实收 ÷（年初欠费 + 本年应收 − 提前缴费折扣）",
        "%",
    ),
    "collection_rate_current": Definition(
        "Collection rate, current year",
        "当年电费回收率",
        "settled this year of this year's bills / (billed this year - discounts on these bills)",
        "本年实收当年电费 ÷（本年应收 − 当年电费折扣）",
        "%",
    ),
    "collection_rate_former": Definition(
        "Collection rate, former years",
        "陈欠电费回收率",
        "settled this year of former years' bills / (open when the year began - discounts on "
        "these bills)",
        "本年实收陈欠 ÷（年初欠费 − 陈欠电费折扣）",
        "%",
    ),
    "dso": Definition(
        "Days sales outstanding (DSO)",
        "应收账款周转天数",
        "receivable / billed in the last three months x days of those months",
        "应收余额 ÷ 近三个月应收 × 该期天数",
        "days",
    ),
    "best_possible_dso": Definition(
        "Best possible DSO",
        "最佳可能周转天数",
        "receivable that isn't overdue / billed in the last three months x days",
        "未逾期应收 ÷ 近三个月应收 × 该期天数",
        "days",
    ),
    "average_days_delinquent": Definition(
        "Average days delinquent",
        "平均拖欠天数",
        "DSO - best possible DSO",
        "应收账款周转天数 − 最佳可能周转天数",
        "days",
    ),
    "collection_effectiveness": Definition(
        "Collection effectiveness index (CEI)",
        "收款有效性指数",
        "(open three months ago + billed since - open now) / "
        "(open three months ago + billed since - open now and not due)",
        "（三个月前余额 + 其后应收 − 现余额）÷（三个月前余额 + 其后应收 − 现未逾期余额）",
        "%",
    ),
    "turnover": Definition(
        "Turnover",
        "应收账款周转率",
        "billed in the last three months / mean of the receivable then and now, by the year",
        "近三个月应收 ÷ 期初期末平均余额，折算为年",
        "times",
    ),
    "overdue_ratio": Definition(
        "Overdue ratio",
        "逾期率",
        "overdue / receivable",
        "逾期金额 ÷ 应收余额",
        "%",
    ),
    "over_a_year_ratio": Definition(
        "Overdue more than a year",
        "逾期一年以上占比",
        "overdue for more than 365 days / receivable",
        "逾期超过365天的金额 ÷ 应收余额",
        "%",
    ),
    "bad_debt_ratio": Definition(
        "Bad debt",
        "坏账率",
        "(overdue for more than 365 days + written off this year and not recovered) / "
        "(receivable + written off this year and not recovered)",
        "（逾期超过365天的金额 + 本年核销未收回）÷（应收余额 + 本年核销未收回）",
        "%",
    ),
}


def figures(of: Receivable) -> dict[str, Decimal | None]:
    """Return every figure of a receivable; one without a denominator has no value."""
    dso = days_of_sales(of.balance, of.sales, days=of.sales_days)
    best = days_of_sales(of.not_due, of.sales, days=of.sales_days)
    whole, current, former = collection_rates(
        of.opening + of.billed - of.discounts,
        of.opening - of.discounts_former,
        of.settled,
        of.settled_former,
    )
    return {
        "energy_sold": _shown(of.sales_kwh),
        "collection_rate": whole,
        "collection_rate_current": current,
        "collection_rate_former": former,
        "dso": dso,
        "best_possible_dso": best,
        "average_days_delinquent": None if dso is None or best is None else dso - best,
        "collection_effectiveness": collection_effectiveness(
            of.sales_opening, of.sales, of.balance, of.not_due
        ),
        "turnover": turnover(of.sales, of.sales_opening, of.balance, days=of.sales_days),
        "overdue_ratio": percent(of.balance - of.not_due, of.balance),
        "over_a_year_ratio": percent(of.over_a_year, of.balance),
        "bad_debt_ratio": percent(of.over_a_year + of.written_off, of.balance + of.written_off),
    }


def collection_rates(
    due: Money, due_former: Money, settled: Money, settled_former: Money
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return the shares in per cent that were collected: of all, of this year's, of former years'.

    >>> [str(rate) for rate in collection_rates(125050000, 50000000, 98000000, 34000000)]
    ['78.4', '85.3', '68.0']
    """
    return (
        percent(settled, due),
        percent(settled - settled_former, due - due_former),
        percent(settled_former, due_former),
    )


def days_of_sales(balance: Money, sales: Money, *, days: int) -> Decimal | None:
    """Return for how many days of sales a balance stands."""
    return None if sales <= 0 else _shown(Decimal(balance) * days / sales)


def collection_effectiveness(
    opening: Money, sales: Money, closing: Money, closing_not_due: Money
) -> Decimal | None:
    """Return in per cent how much was collected of what could have been."""
    return percent(opening + sales - closing, opening + sales - closing_not_due)


def turnover(sales: Money, opening: Money, closing: Money, *, days: int) -> Decimal | None:
    """Return how often a year the receivable turns."""
    mean = Decimal(opening + closing) / 2
    return None if mean <= 0 or days <= 0 else _shown(Decimal(sales) / mean * 365 / days)


def percent(part: Money, whole: Money) -> Decimal | None:
    """Return a part of a whole in per cent; of nothing there is none."""
    return None if whole <= 0 else _shown(Decimal(part) * 100 / whole, SHOWN_PERCENT)


def roll_rates(balances: Sequence[Sequence[Money]]) -> tuple[Decimal | None, ...]:
    """
    Return the share of each bucket that rolled into the next, over all the months together.

    :param balances: the buckets at each month's end, the oldest month first. Of the last bucket
        but one goes into the last what is added to it, for the last keeps what it has.
    """
    if not balances:
        return ()
    last = len(balances[0]) - 1
    found: list[Decimal | None] = []
    for bucket in range(last):
        was = sum(before[bucket] for before in balances[:-1])
        now = sum(
            after[bucket + 1] - (before[last] if bucket + 1 == last else 0)
            for before, after in pairwise(balances)
        )
        found.append(None if was <= 0 else min(Decimal(1), max(Decimal(0), Decimal(now) / was)))
    return tuple(found)


def loss_rates(rolls: Sequence[Decimal | None], *, last: Decimal) -> tuple[Decimal, ...]:
    """
    Return the share of each bucket that is expected to be lost: the product of the rolls after it.

    :param last: the share of the last bucket that is lost. A roll nobody could measure counts as
        if all rolled on, which is prudent (IFRS 9 B5.5.35 allows such a matrix).
    """
    found = [last]
    for roll in reversed(rolls):
        found.append(found[-1] * (Decimal(1) if roll is None else roll))
    return tuple(found[::-1])


def provision(balances: Sequence[Money], rates: Sequence[Decimal]) -> tuple[Money, ...]:
    """Return what is set aside for each bucket, in whole minor units, half up."""
    return tuple(
        int((max(0, amount) * rate).quantize(Decimal(1), ROUND_HALF_UP))
        for amount, rate in zip(balances, rates, strict=True)
    )


def _shown(number: Decimal, places: Decimal = SHOWN) -> Decimal:
    return number.quantize(places, ROUND_HALF_UP)
