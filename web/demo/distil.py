"""
Distil the demo's calibration tables from the public data they come from.

`python -m web.demo.distil LOADS ARREARS OUT` reads the hourly meters in LOADS (the samples of the
eemeter package, Apache-2.0) and the filings in ARREARS (Oregon Public Utility Commission, docket
RO 16) and writes the small tables that the project carries in `web/demo/data`.
"""

import csv
import gzip
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

# The sample meters, and the short name that the table gives each.
METERS = {
    "electric_heating": "il-electricity-cdd-hdd-hourly.csv.gz",
    "air_conditioned": "il-electricity-cdd-only-hourly.csv.gz",
    "temperate_small": "uk-electricity-hdd-only-hourly-sample-0.csv.gz",
    "temperate_mixed": "uk-electricity-hdd-only-hourly-sample-1.csv.gz",
    "temperate_steady": "uk-electricity-hdd-only-hourly-sample-2.csv.gz",
}
WHOLE = 10_000


def distil(loads: Path, arrears: Path, out: Path) -> None:
    """Write both calibration tables from the folders of the public data."""
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "load_shapes.csv", _shape_header(), load_shapes(loads))
    _write(out / "arrears_published.csv", ARREARS_HEADER, arrears_published(arrears))


def load_shapes(folder: Path) -> Iterator[list[str]]:
    """
    Yield one row per meter and calendar month: the mean day in Wh and how it spreads over hours.

    The shares of the 24 hours are ten-thousandths and sum to 10,000.
    """
    for name, file_name in METERS.items():
        by_hour = _mean_hours(_readings(folder / file_name))
        for month in range(1, 13):
            hours = [by_hour[month, hour] for hour in range(24)]
            day = sum(hours, Decimal(0))
            yield [name, str(month), str(_whole(day * 1000)), *map(str, shares(hours))]


def shares(weights: list[Decimal]) -> list[int]:
    """Return the weights as whole ten-thousandths that sum to 10,000, the largest rest first."""
    total = sum(weights, Decimal(0))
    exact = [weight * WHOLE / total for weight in weights]
    parts = [int(part) for part in exact]
    by_rest = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_rest[: WHOLE - sum(parts)]:
        parts[i] += 1
    return parts


def _readings(path: Path) -> Iterator[tuple[datetime, Decimal]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["value"] not in {"", "nan"}:
                yield datetime.fromisoformat(row["start"]), Decimal(row["value"])


def _mean_hours(
    readings: Iterable[tuple[datetime, Decimal]],
) -> Mapping[tuple[int, int], Decimal]:
    # Some meters were read each half hour: add up the hour of each day before the mean is taken.
    hours: dict[datetime, list[Decimal]] = defaultdict(list)
    for start, kwh in readings:
        hours[start.replace(minute=0, tzinfo=None)].append(kwh)
    # The usual number of readings in an hour; an hour of the clock change has fewer or more.
    full = Counter(len(parts) for parts in hours.values()).most_common(1)[0][0]
    months: dict[tuple[int, int], list[Decimal]] = defaultdict(list)
    for hour, parts in hours.items():
        if len(parts) == full:
            months[hour.month, hour.hour].append(sum(parts, Decimal(0)))
    return {key: sum(values, Decimal(0)) / len(values) for key, values in months.items()}


def _shape_header() -> list[str]:
    return ["meter", "month", "day_wh", *(f"hour_{hour:02}" for hour in range(24))]


# What the filings say of each utility, added up over their 24 months.
ARREARS_HEADER = [
    "utility",
    "months",
    "accounts_mean",
    "customers_in_arrears_permille",
    "money_31_60_permille",
    "money_61_90_permille",
    "money_91_up_permille",
    "notices_per_disconnection_tenths",
    "disconnections_per_1000_accounts_hundredths",
    "reconnected_permille",
]


def arrears_published(folder: Path) -> Iterator[list[str]]:
    """Yield one row per utility: its arrears, notices and disconnections over all months."""
    by_utility: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / "opuc_ro16_long.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_utility[row["utility"]].append(row)
    for utility, rows in sorted(by_utility.items()):
        yield [utility, str(len(rows)), *_arrears_of(rows)]


def _arrears_of(rows: list[dict[str, str]]) -> list[str]:
    def total(column: str) -> Decimal:
        return sum((Decimal(row[column] or 0) for row in rows), Decimal(0))

    figures = (
        total("accounts") / len(rows),
        1000 * total("arrearsCustomers") / total("accounts"),
        1000 * total("arrearsBalance31_60") / total("arrearsBalance"),
        1000 * total("arrearsBalance61_90") / total("arrearsBalance"),
        1000 * total("arrearsBalance91Plus") / total("arrearsBalance"),
        10 * total("disconnectionNotices") / total("disconnections"),
        100_000 * total("disconnections") / total("accounts"),
        1000 * total("reconnections") / total("disconnections"),
    )
    return [str(_whole(figure)) for figure in figures]


def _whole(figure: Decimal) -> int:
    return int(figure.quantize(Decimal(1), ROUND_HALF_UP))


def _write(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    distil(*(Path(argument) for argument in sys.argv[1:4]))
