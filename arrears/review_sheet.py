"""A review, or its dry run, as a workbook: each step with its reason, and what stops others."""

from collections.abc import Callable, Iterable
from pathlib import Path

from arrears.decide import Stop
from arrears.review import Review
from billing.money import major
from config.workbook import Heading, Sheet, Value, write_workbook

_AMOUNT = "#,##0.00"


Say = Callable[[str], str]
"""Says a code or a sentence of the rooms in a reader's language."""


def write(found: Review, path: Path, *, say: Say = str) -> None:
    """Write the steps of a review on one sheet, and on another the accounts left alone."""
    write_workbook(path, [_steps(found, say), _quiet(found, say)])


def _steps(found: Review, say: Say) -> Sheet:
    headings = [
        Heading("账号 Account"),
        Heading("现级别 Level now"),
        Heading("措施 Step"),
        Heading("规则 Rule"),
        Heading("金额 Amount", format=_AMOUNT),
        Heading("逾期金额 Overdue", format=_AMOUNT),
        Heading("逾期天数 Days"),
        Heading("等级 Grade"),
        Heading("须审批 Needs a word"),
        Heading("理由 Reason", width=48),
        Heading("未采取 What stops the others", width=48),
    ]
    rows: list[list[Value]] = [
        [
            one.account_number,
            one.level_now,
            say(one.kind),
            one.level,
            major(one.amount),
            major(one.overdue),
            one.overdue_days,
            str(one.grade),
            one.needs_approval,
            "; ".join(map(say, one.reasons)),
            _stops(one.stopped_by, say),
        ]
        for one in found.proposals
    ]
    return Sheet(f"措施 Steps {found.as_of}", headings, rows)


def _quiet(found: Review, say: Say) -> Sheet:
    headings = [
        Heading("账号 Account"),
        Heading("现级别 Level now"),
        Heading("逾期金额 Overdue", format=_AMOUNT),
        Heading("逾期天数 Days"),
        Heading("原因 What stops it", width=64),
    ]
    rows: list[list[Value]] = [
        [
            one.account_number,
            one.level_now,
            major(one.overdue),
            one.overdue_days,
            _stops(one.stopped_by, say),
        ]
        for one in found.quiet
    ]
    return Sheet("未处理 Left alone", headings, rows)


def _stops(stops: Iterable[Stop], say: Say) -> str:
    return "; ".join(f"{one.level or '*'}: {say(one.message)}" for one in stops)
