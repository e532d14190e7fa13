"""A comparison of two tariffs as a chart."""

from collections.abc import Callable

from billing.comparison import Comparison
from billing.money import show
from web.charts import Pair, Pairs, pairs


def mean_bills(title: str, found: Comparison, *, called: Callable[[str], str] = str) -> Pairs:
    """
    Return the mean bill of each class by either tariff, and how much it changes.

    :param called: gives the word for a class.
    """
    values = [
        Pair(
            label=called(one.name) or "-",
            first=one.old / one.usages,
            second=one.new / one.usages,
            share=None,
            shown_first=show(one.old // one.usages),
            shown_second=show(one.new // one.usages),
            shown_share="" if one.percent is None else f"{one.percent:+} %",
        )
        for one in found.groups
        if one.usages
    ]
    return pairs(title, values, width=640, height=240)
