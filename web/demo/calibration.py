"""
The figures of the real world that the demo is measured against, read from small tables.

`data/load_shapes.csv` is distilled from the hourly sample meters of the eemeter package, and
`data/arrears_published.csv` from the monthly arrears filings of six utilities in Oregon; see
`data/README.md`. `data/working_days.csv` is an assumption of ours and says so.
"""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class MonthShape:
    """A meter's mean day in one calendar month: Wh, and ten-thousandths of it in each hour."""

    day_wh: int
    hours: tuple[int, ...]

    def share(self, hours: Collection[int]) -> int:
        """Return the ten-thousandths of the day that fall into the hours."""
        return sum(self.hours[hour] for hour in hours)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a meter's use spreads over the year: its twelve months, January first."""

    name: str
    months: tuple[MonthShape, ...]

    @property
    def year_day_wh(self) -> int:
        """Return the mean day of the year in Wh."""
        return sum(month.day_wh for month in self.months) // len(self.months)


@dataclass(frozen=True, slots=True)
class Published:
    """What one utility's filings say over all their months; see the header of the table."""

    utility: str
    customers_in_arrears_permille: int
    money_31_60_permille: int
    money_61_90_permille: int
    money_91_up_permille: int
    notices_per_disconnection_tenths: int
    disconnections_per_1000_accounts_hundredths: int
    reconnected_permille: int


@cache
def shapes() -> dict[str, Shape]:
    """Return the load shapes by name, measured and assumed."""
    months: dict[str, list[MonthShape]] = {}
    for table in ("load_shapes.csv", "working_days.csv"):
        for row in _rows(table):
            hours = tuple(int(row[f"hour_{hour:02}"]) for hour in range(24))
            months.setdefault(row["meter"], []).append(MonthShape(int(row["day_wh"]), hours))
    return {name: Shape(name, tuple(of_year)) for name, of_year in months.items()}


@cache
def published() -> tuple[Published, ...]:
    """Return what each utility of the filings reported, over all its months."""
    fields = Published.__dataclass_fields__
    return tuple(
        Published(row["utility"], *(int(row[name]) for name in fields if name != "utility"))
        for row in _rows("arrears_published.csv")
    )


def band(figure: str) -> tuple[int, int]:
    """Return the lowest and highest value of a figure among the utilities of the filings."""
    values = [int(getattr(row, figure)) for row in published()]
    return min(values), max(values)


def _rows(table: str) -> list[dict[str, str]]:
    with (_DATA / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
