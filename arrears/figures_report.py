"""The figures of a day as a workbook: the figures, their definitions, and the provision."""

from collections.abc import Sequence
from pathlib import Path

from arrears.figures import Line, Provision
from arrears.kpi import DEFINITIONS
from billing.money import MINOR, major
from config.workbook import Formula, Heading, Sheet, Value, write_workbook

AMOUNT = "#,##0." + "0" * MINOR
RATE = "0.00%"


def write(path: Path, lines: Sequence[Line], provision: Provision) -> None:
    """Write figures and provision as a workbook whose totals are formulas."""
    write_workbook(path, [_figures(lines, provision), _definitions(), _provision(provision)])


def _figures(lines: Sequence[Line], provision: Provision) -> Sheet:
    headings = [
        Heading("分组 Group"),
        Heading("年初欠费 Open when the year began", format=AMOUNT),
        Heading("本年应收 Billed this year", format=AMOUNT),
        Heading("本年实收 Settled this year", format=AMOUNT),
        Heading("其中陈欠 Of former years", format=AMOUNT),
        Heading("应收余额 Receivable", format=AMOUNT),
        Heading("未逾期 Not due", format=AMOUNT),
        *(Heading(f"{one.title_zh} {one.title} ({one.unit})") for one in DEFINITIONS.values()),
    ]
    rows: list[list[Value]] = [
        [
            line.group,
            *(
                major(amount)
                for amount in (
                    line.of.opening,
                    line.of.billed,
                    line.of.settled,
                    line.of.settled_former,
                    line.of.balance,
                    line.of.not_due,
                )
            ),
            *(line.figures[name] for name in DEFINITIONS),
        ]
        for line in lines
    ]
    return Sheet(f"指标 Figures {provision.as_of}", headings, rows)


def _definitions() -> Sheet:
    headings = [
        Heading("指标 Figure"),
        Heading("定义 Definition", width=60),
        Heading("公式", width=60),
    ]
    rows = [
        [f"{one.title_zh} {one.title}", one.formula, one.formula_zh] for one in DEFINITIONS.values()
    ]
    return Sheet("定义 Definitions", headings, rows)


def _provision(found: Provision) -> Sheet:
    headings = [
        Heading("账龄 Bucket"),
        Heading("余额 Balance", format=AMOUNT),
        Heading("迁徙率 Roll rate", format=RATE),
        Heading("损失率 Loss rate", format=RATE),
        Heading("计提 Provision", format=AMOUNT),
    ]
    rolls = [*found.rolls, None]
    rows: list[list[Value]] = [
        [label, major(balance), roll, rate, major(amount)]
        for label, balance, roll, rate, amount in zip(
            found.labels, found.balances, rolls, found.rates, found.amounts, strict=True
        )
    ]
    last = len(rows) + 1
    total = Formula(f"SUM(B2:B{last})"), Formula(f"SUM(E2:E{last})")
    rows.append(["合计 Total", total[0], None, None, total[1]])
    return Sheet("坏账准备 Provision", headings, rows)
