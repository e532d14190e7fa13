"""Two public engines that price the bills we price: NREL-PySAM's Utilityrate5, and ratebook."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

ENDLESS = 1e38
UNUSED = (
    "ur_metering_option",
    "ur_monthly_fixed_charge",
    "ur_monthly_min_charge",
    "ur_annual_min_charge",
    "ur_nm_yearend_sell_rate",
    "ur_dc_enable",
    "ur_en_ts_buy_rate",
    "ur_en_ts_sell_rate",
    "ur_sell_eq_buy",
)


@dataclass(frozen=True)
class Rate:
    """A tariff that all engines can have: steps of kWh a month, or two prices by the hour."""

    steps: tuple[tuple[float | None, str], ...] = ()
    peak: str = ""
    valley: str = ""
    peak_hours: tuple[int, int] = (0, 0)

    def schedule(self, first: int) -> list[list[int]]:
        """Return a day's periods for each month, the first period having this number."""
        start, end = self.peak_hours
        day = [first + (self.peak != "" and not start <= hour < end) for hour in range(24)]
        return [day] * 12


Peer = Callable[[Sequence[Sequence[float]]], list[list[float]]]
"""Prices years of hours: the twelve bills of each."""


def known() -> list[str]:
    """Return the engines that are installed; `pip install wattledger[bench]` brings them."""
    return [name for name in ("PySAM", "ratebook") if find_spec(name)]


def pysam(rate: Rate) -> Peer:
    """Return Utilityrate5 with the rate set; it prices a year of hours at a time."""
    from PySAM import Utilityrate5

    engine = Utilityrate5.new()
    engine.Lifetime.assign(
        {"analysis_period": 1, "system_use_lifetime_output": 0, "inflation_rate": 0}
    )
    engine.SystemOutput.assign({"gen": [0.0] * 8760, "degradation": [0.0]})
    if rate.steps:
        table = [
            [1, at, up_to or ENDLESS, 0, float(price), 0]
            for at, (up_to, price) in enumerate(rate.steps, start=1)
        ]
    else:
        prices = (rate.peak, rate.valley)
        table = [[at, 1, ENDLESS, 0, float(one), 0] for at, one in enumerate(prices, start=1)]
    nothing = dict.fromkeys(UNUSED, 0)
    hours = {f"ur_ec_sched_{days}": rate.schedule(1) for days in ("weekday", "weekend")}
    engine.ElectricityRates.assign(
        nothing | hours | {"rate_escalation": [0.0], "ur_ec_tou_mat": table}
    )

    def price(years: Sequence[Sequence[float]]) -> list[list[float]]:
        bills = []
        for hours in years:
            engine.Load.load = hours
            engine.execute()
            bills.append(list(engine.Outputs.year1_monthly_utility_bill_wo_sys))
        return bills

    return price


def ratebook(rate: Rate) -> tuple[Callable[[Any], Any], Callable[[int, Sequence[Any]], Any]]:
    """Return what prices a month, and what makes a month of a total or of hours."""
    from ratebook.engine import BillingWindow, Usage, estimate_bill
    from ratebook.urdb import tariff_from_v8

    if rate.steps:
        structure = [
            [
                {"rate": float(price)} | ({"max": up_to, "unit": "kWh"} if up_to else {})
                for up_to, price in rate.steps
            ]
        ]
    else:
        structure = [[{"rate": float(rate.peak)}], [{"rate": float(rate.valley)}]]
    schedules = {f"energy{days}schedule": rate.schedule(0) for days in ("weekday", "weekend")}
    tariff = tariff_from_v8({"energyratestructure": structure} | schedules)

    def month(number: int, kwh: Sequence[Any]) -> Any:
        start, end = date(2018, number, 1), date(2018 + number // 12, number % 12 + 1, 1)
        exact = [Decimal(one) for one in kwh]
        usage = Usage.aggregate(exact[0]) if len(exact) == 1 else Usage.hourly(exact)
        return usage, BillingWindow.from_dates(start, end)

    return lambda one: estimate_bill(tariff, *one).total, month
