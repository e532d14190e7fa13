"""Compare two tariff files on the same usages: a table, a workbook, a chart."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
from jinja2 import Environment, PackageLoader, Template

from billing.comparison import Compared, Comparison, Group, compare
from billing.money import Money, major
from billing.tariffs import read_usages
from config.workbook import Heading, Sheet, write_workbook
from web import charts
from web.cli import report
from web.cli.command import Command
from web.cli.desk import Desk, pass_desk, reporting
from web.cli.problems import DONE, NEEDS_A_PERSON, NotDoneError
from web.cli.tariff_files import FILE, read_tariff

MONEY = "#,##0.00"
COLUMNS = {"class": "name", "usages": "usages", "more": "more", "less": "less", "same": "same"}
COLUMNS |= {"old": "old", "new": "new", "difference": "difference", "%": "percent"}


@click.command(
    "compare",
    cls=Command,
    example="wattledger tariff compare OLD.toml NEW.toml USAGES.json --out who-pays-more.html",
)
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.argument("usages", type=click.File(encoding="utf-8"))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write FILE.xlsx (table), FILE.svg (chart) or FILE.html (both).",
)
@reporting
@pass_desk
def compare_(desk: Desk, old: Path, new: Path, usages: Any, out: Path | None) -> int:
    """
    Price the same USAGES by the OLD and the NEW tariff file: who pays more, who less, by class.

    The class is what a usage says of itself. 1 if there are usages that either can't price.
    """
    write = _WRITERS.get(out.suffix.lower()) if out is not None else None
    if out is not None and write is None:
        raise NotDoneError(f"{out}: ends in none of {', '.join(_WRITERS)}; one of these is wanted")
    first, second = read_tariff(old), read_tariff(new)
    if first.currency != second.currency:
        raise NotDoneError(
            f"{old} is in {first.currency} and {new} in {second.currency}; "
            "only tariffs of one currency can be compared"
        )
    registers = tuple(dict.fromkeys((*first.registers, *second.registers)))
    asked = read_usages(usages.name, usages.read(), registers)
    found = compare(first, second, asked)
    if out is not None and write is not None:
        write(out, found)
    _tell(desk, found)
    return NEEDS_A_PERSON if found.unpriced else DONE


def _tell(desk: Desk, found: Comparison) -> None:
    groups, usages = [_row(one) for one in found.groups], [_row(one) for one in found.usages]
    if desk.as_json:
        files = {"old": found.old, "new": found.new, "currency": found.currency}
        report.one(desk, files | {"classes": groups, "usages": usages})
        return
    report.table(desk, groups, COLUMNS, title=f"{found.old} -> {found.new}, {found.currency}")
    for one in found.unpriced:
        for problem in one.problems:
            click.echo(f"{one.id}: {problem}", err=True)


def _row(one: Group | Compared) -> dict[str, Any]:
    facts: dict[str, Any] = report.plain(one)
    amounts = {"old": one.old, "new": one.new, "difference": one.difference}
    return facts | {key: report.amount(amount) for key, amount in amounts.items()}


def _write_workbook(path: Path, found: Comparison) -> None:
    money = [Heading(text, format=MONEY) for text in ("Old 原", "New 新", "Difference 差额")]
    counts = ("Usages 户数", "More 多付", "Less 少付", "Same 不变")
    by_class = Sheet(
        "Classes 类别",
        [Heading("Class 类别"), *map(Heading, counts), *money, Heading("%")],
        [
            (one.name, one.usages, one.more, one.less, one.same, *_majors(one), one.percent)
            for one in found.groups
        ],
    )
    each = Sheet(
        "Usages 用户",
        [
            Heading("Usage 用户"),
            Heading("Class 类别"),
            Heading("kWh"),
            *money,
            Heading("Problem 问题"),
        ],
        [
            (one.id, one.group, one.kwh, *_majors(one), "; ".join(one.problems) or None)
            for one in found.usages
        ],
    )
    write_workbook(path, [by_class, each])


def _majors(one: Group | Compared) -> tuple[Any, ...]:
    if isinstance(one, Compared) and one.problems:
        return (None, None, None)
    return tuple(major(amount) for amount in (one.old, one.new, one.difference))


def _write_chart(path: Path, found: Comparison) -> None:
    path.write_text(_template("comparison.svg").render(chart=_chart(found)), "utf-8")


def _write_page(path: Path, found: Comparison) -> None:
    page = _template("comparison.html").render(found=found, chart=_chart(found), amount=_amount)
    path.write_text(page, "utf-8")


def _amount(amount: Money) -> str:
    return f"{major(amount):,.2f}"


def _chart(found: Comparison) -> charts.Pairs:
    """Return the mean bill of each class by either tariff."""
    values = [
        charts.Pair(
            label=one.name or "-",
            first=one.old / one.usages,
            second=one.new / one.usages,
            share=None,
            shown_first=_amount(one.old // one.usages),
            shown_second=_amount(one.new // one.usages),
            shown_share="" if one.percent is None else f"{one.percent:+} %",
        )
        for one in found.groups
        if one.usages
    ]
    return charts.pairs(
        "Mean bill by class, old and new; 各类平均电费", values, width=640, height=240
    )


def _template(name: str) -> Template:
    return Environment(loader=PackageLoader("web"), autoescape=True).get_template(name)


_WRITERS: Mapping[str, Callable[[Path, Comparison], None]] = MappingProxyType(
    {".xlsx": _write_workbook, ".svg": _write_chart, ".html": _write_page}
)
COMMANDS = (compare_,)
