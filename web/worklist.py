"""The list of accounts in arrears: rows, filters, order, and the same as a workbook."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from arrears import store as arrears
from arrears.ageing import Ageing
from arrears.ageing_report import AgeingReport
from arrears.case import Grading
from arrears.credit import GRADES, Grade
from arrears.step import Step, StepKind, StepState
from billing import store as billing
from billing.money import MINOR, Money, major
from billing.supply import Supply
from config.workbook import Heading, Sheet, Value, write_workbook
from web.charts import Bar, Slice, slices
from web.listing import whole_number
from web.names import Who, who
from web.shows import money
from web.words import word

_SEVERITY = {str(kind): at for at, kind in enumerate(StepKind)}
TONES = ("c0", "a1", "a2", "a3", "a4", "a5")
"""The buckets' colors: what isn't due is blue, what is overdue ever redder."""
ORDERS = ("days", "overdue", "owed", "account", "name", "class", "grade", "step")


@dataclass(frozen=True, slots=True)
class WorkLine:
    """An account that owes, how it is trusted, and what was done last."""

    who: Who
    ageing: Ageing
    credit: Money
    supplies: tuple[Supply, ...]
    grading: Grading | None
    step: Step | None
    is_held: bool

    @property
    def supply_class(self) -> str:
        """The class of the account's supplies, or nothing if it has none today."""
        return str(self.supplies[0].supply_class) if self.supplies else ""

    @property
    def is_protected(self) -> bool:
        """Test whether the law protects one of its supplies."""
        return any(one.protection != "none" for one in self.supplies)

    def parts(self, labels: Sequence[str]) -> list[Slice]:
        """Return how what is owed divides into the buckets, for a bar in the row."""
        bars = [
            Bar(label, float(amount), money(amount), TONES[min(at, len(TONES) - 1)])
            for at, (label, amount) in enumerate(zip(labels, self.ageing.buckets, strict=True))
        ]
        return slices(bars, width=84)

    @property
    def tier(self) -> str:
        """The customer's tier, or nothing before the first assessment."""
        return self.grading.tier if self.grading else ""

    @property
    def measure(self) -> str:
        """What was done or proposed last, or `no_measure`."""
        return str(self.step.kind) if self.step else "no_measure"

    @property
    def state(self) -> str:
        """How the last measure stands, as one word of its own."""
        if self.is_held:
            return "on_hold"
        if self.step is None:
            return ""
        if self.step.state is StepState.DONE and self.step.served_on is not None:
            return "served"
        return str(self.step.state)


def work_lines(session: Session, report: AgeingReport, *, today: date) -> list[WorkLine]:
    """Return the accounts of a report that owe something and that the person may see."""
    rows = {row.account_id: row for row in report.rows if row.ageing.total > 0}
    whose = {key: one for key, one in who(session, rows).items() if one.is_visible}
    supplies = billing.supplies_on(session, whose, today)
    gradings = arrears.assessments(session, {one.customer.id for one in whose.values()})
    cases = arrears.open_cases(session, whose)
    steps = arrears.steps_in(session, {case.id for case in cases.values()}, whose)
    holds = arrears.holds(session, whose, on=today)
    return [
        WorkLine(
            one,
            rows[key].ageing,
            rows[key].on_account,
            tuple(supplies.get(key, ())),
            gradings.get(one.customer.id),
            _last(steps.get(key, ())) if key in cases else None,
            key in holds,
        )
        for key, one in whose.items()
    ]


def _last(steps: Sequence[Step]) -> Step | None:
    """Return the newest step that wasn't taken back."""
    gone = (StepState.WITHDRAWN, StepState.REFUSED)
    standing = [step for step in steps if step.state not in gone]
    return max(standing, key=lambda step: step.id, default=None)


Test = Callable[[WorkLine], bool]


def tests_of(arguments: Mapping[str, str], edges: Sequence[int]) -> dict[str, Test]:
    """Return what each filter of the address lets through, by the filter's name."""
    wanted = {name: value.strip() for name, value in arguments.items() if value.strip()}
    found: dict[str, Test] = {}
    for name, of in _TESTS.items():
        if name in wanted:
            found[name] = _of(of, wanted[name])
    at = whole_number(wanted.get("bucket", ""))
    if at is not None and at < len(edges) + 2:
        found["bucket"] = lambda line: line.ageing.buckets[at] > 0
    if "all" not in wanted:
        found["overdue"] = lambda line: line.ageing.overdue > 0
    return found


def _of(of: Callable[[WorkLine, str], bool], value: str) -> Test:
    return lambda line: of(line, value)


def _has_text(line: WorkLine, text: str) -> bool:
    words = billing.typed(text).casefold()
    bare = words.lstrip("0")
    return words in line.who.name.casefold() or (
        bool(bare) and line.who.number.lstrip("0").startswith(bare)
    )


_TESTS: Mapping[str, Callable[[WorkLine, str], bool]] = {
    "q": _has_text,
    "class": lambda line, value: line.supply_class == value,
    "tier": lambda line, value: line.tier == value,
    "grade": lambda line, value: bool(line.grading) and line.grading.grade == value,  # type: ignore[union-attr]
    "measure": lambda line, value: line.measure == value,
    "state": lambda line, value: line.state == value,
}


KEYS: Mapping[str, Callable[[WorkLine], Any]] = {
    "days": lambda line: (line.ageing.oldest_days, line.ageing.overdue),
    "overdue": lambda line: line.ageing.overdue,
    "owed": lambda line: line.ageing.total,
    "account": lambda line: line.who.number,
    "name": lambda line: line.who.name,
    "class": lambda line: line.supply_class,
    "grade": lambda line: GRADES.index(Grade(line.grading.grade)) if line.grading else -1,
    "step": lambda line: _SEVERITY.get(line.measure, -1),
}


def write(path: Path, lines: Sequence[WorkLine], *, labels: Sequence[str]) -> None:
    """Write the list as a workbook."""
    amount = "#,##0." + "0" * MINOR
    headings = [
        Heading(_("Account")),
        Heading(_("Customer"), width=32),
        Heading(_("Class")),
        Heading(_("Grade")),
        Heading(_("Tier")),
        *(Heading(label, format=amount) for label in labels),
        Heading(_("Owed"), format=amount),
        Heading(_("Overdue"), format=amount),
        Heading(_("On account"), format=amount),
        Heading(_("Days")),
        Heading(_("Last measure")),
        Heading(_("State")),
        Heading(_("Mobile")),
        Heading(_("Address"), width=40),
    ]
    rows: list[list[Value]] = [
        [
            line.who.number,
            line.who.name,
            word(line.supply_class),
            line.grading.grade if line.grading else "",
            word(line.tier),
            *(major(one) for one in line.ageing.buckets),
            major(line.ageing.total),
            major(line.ageing.overdue),
            major(line.credit),
            line.ageing.oldest_days,
            word(line.measure),
            word(line.state),
            line.who.customer.mobile or "",
            line.who.customer.address or "",
        ]
        for line in lines
    ]
    write_workbook(path, [Sheet(_("Arrears"), headings, rows)])
