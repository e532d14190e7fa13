"""What the demo came to, counted from the books themselves."""

import importlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

import arrears.store
import billing.store
from arrears import ageing_report
from arrears.credit import tier_of
from arrears.step import StepKind, StepState
from billing import books
from billing.money import show
from config import approval, batch
from config.acts import Act
from config.approval import State as Waiting
from config.batch import Kind
from config.database import reading
from config.finding import Finding
from meters.orders import OrderKind, OrderState, orders
from notices import store as notices
from notices.notice import Channel
from notices.outbox import State
from web.demo import calibrated
from web.demo.calibrated import Reached
from web.demo.stage import Stage

ROOMS = ("config", "meters", "billing", "arrears", "notices")


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together: what each is, and what it came to."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened in the demo, what may be looked at, and by whom."""

    seed: str
    accounts: int
    months: int
    first_day: date
    last_day: date
    database_url: str
    folder: Path
    books_digest: str
    sections: tuple[Section, ...]
    calibration: tuple[Reached, ...]
    checks: tuple[str, ...]
    findings: tuple[Finding, ...]
    documents: tuple[tuple[str, Path], ...]
    logins: tuple[tuple[str, str, str], ...]
    password: str


def sections_of(stage: Stage) -> tuple[Section, ...]:
    """Return the table of what happened."""
    chapters: tuple[tuple[str, Callable[[Stage, Session], list[tuple[str, str]]]], ...] = (
        ("Files taken in", _files),
        ("Bills", _bills),
        ("Money", _money),
        ("Ageing", _ageing),
        ("Grades and tiers", _grades),
        ("Told the customers", _told),
        ("Measures", _measures),
        ("Words of a second person", _approvals),
    )
    with reading(stage.sessions) as session:
        return tuple(Section(title, tuple(does(stage, session))) for title, does in chapters)


def calibration_of(stage: Stage) -> tuple[Reached, ...]:
    """Return the demo's arrears beside the published ones."""
    with reading(stage.sessions) as session:
        steps = arrears.store.count_steps(session)
        return calibrated.measured(
            session,
            accounts=len(stage.world.served),
            months=stage.world.months,
            notices=steps.get((StepKind.DISCONNECTION_NOTICE, StepState.DONE), 0),
        )


def checked(stage: Stage, today: date) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return the names of every room's invariants, and what offends against them."""
    names: list[str] = []
    found: list[Finding] = []
    with reading(stage.sessions) as session:
        for room in ROOMS:
            invariants = importlib.import_module(f"{room}.invariants")
            names += invariants.CHECKS
            found += invariants.findings(session, today=today)
    return tuple(names), tuple(found)


def _files(_stage: Stage, session: Session) -> list[tuple[str, str]]:
    rows = []
    for kind in Kind:
        taken = batch.batches(session, kind, limit=1_000_000)
        if taken:
            counts = (
                f"{sum(one.rows for one in taken):,} rows in {len(taken):,} files: "
                f"{sum(one.accepted for one in taken):,} accepted, "
                f"{sum(one.doubted for one in taken):,} doubted, "
                f"{sum(one.refused for one in taken):,} refused"
            )
            rows.append((f"{kind}", counts))
    return rows


def _bills(stage: Stage, session: Session) -> list[tuple[str, str]]:
    runs = billing.store.runs(session, limit=1_000)
    since, until = stage.world.first_day, stage.world.last_day
    by_account = billing.store.monthly_bills(
        session, list(stage.subscribers), since=since, until=until
    )
    bills = [bill for some in by_account.values() for bill in some]
    return [
        ("runs", f"{len(runs)}, each drawn up by the clerk and issued by the supervisor"),
        ("issued", f"{len(bills):,} bills of {len(by_account):,} accounts"),
        ("kWh", f"{sum(kwh for _, kwh, _ in bills):,.0f}"),
        ("amount", show(sum(amount for *_, amount in bills))),
        ("parked", f"{sum(run.parked for run in runs):,}, for a reason each"),
    ]


def _money(stage: Stage, session: Session) -> list[tuple[str, str]]:
    until = stage.world.last_day + timedelta(days=1)
    totals = books.totals(session, since=stage.world.first_day, until=until)
    suspended = books.suspense(session)
    rate = 1000 * totals.collected // max(1, totals.billed + totals.late_charges)
    return [
        ("billed", show(totals.billed)),
        ("late charges", show(totals.late_charges)),
        ("collected", show(totals.collected)),
        ("collection rate", f"{rate // 10}.{rate % 10} %"),
        ("in suspense", f"{show(sum(one.open for one in suspended))} ({len(suspended)} payments)"),
        ("receivable", show(books.receivable(session, as_of=stage.world.last_day))),
    ]


def _ageing(stage: Stage, session: Session) -> list[tuple[str, str]]:
    found = ageing_report.report(session, as_of=stage.world.last_day)
    total = max(1, found.total.total)
    rows = [
        (
            "not overdue" if label == "current" else f"{label} days overdue",
            f"{show(amount)} ({1000 * amount // total / 10} %)",
        )
        for label, amount in zip(found.labels, found.total.buckets, strict=True)
    ]
    equal = "equals" if found.total.total == found.receivable else "DIFFERS FROM"
    rows.append(("in sum", f"{show(found.total.total)}, {equal} the receivable of the ledger"))
    rows.append(("credit on account", show(found.on_account)))
    return rows


def _grades(_stage: Stage, session: Session) -> list[tuple[str, str]]:
    counts = arrears.store.grades_count(session)
    tiers: dict[str, list[str]] = {}
    for grade, count in counts.items():
        tiers.setdefault(str(tier_of(grade)), []).append(f"{grade} {count:,}")
    return [(f"{tier} risk", "  ".join(grades)) for tier, grades in tiers.items()]


def _told(_stage: Stage, session: Session) -> list[tuple[str, str]]:
    counts = notices.count_by_state(session)
    batches = notices.batches(session, limit=1_000_000)

    def count(channel: Channel, *states: State) -> int:
        return sum(counts.get((channel, state), 0) for state in states)

    texts = (
        f"{count(Channel.SMS, State.DELIVERED):,} delivered, "
        f"{count(Channel.SMS, State.SENT):,} under way, "
        f"{count(Channel.SMS, State.FAILED):,} failed, "
        f"{count(Channel.SMS, State.CANCELLED):,} cancelled before they went out"
    )
    papers = (
        f"{count(Channel.PAPER, State.PRINTED):,} printed on "
        f"{sum(one.pages for one in batches):,} pages in {len(batches):,} batches, "
        f"{count(Channel.PAPER, State.QUEUED):,} waiting, "
        f"{count(Channel.PAPER, State.CANCELLED):,} cancelled before they went out"
    )
    return [("text messages", texts), ("letters and notices", papers)]


def _measures(_stage: Stage, session: Session) -> list[tuple[str, str]]:
    counts = arrears.store.count_steps(session)
    rows = []
    for kind in StepKind:
        own = {state: counts[kind, state] for state in StepState if counts.get((kind, state))}
        if own:
            said = ", ".join(f"{count:,} {state}" for state, count in own.items())
            rows.append((str(kind).replace("_", " "), said))
    done = orders(session, states=[OrderState.DONE])
    cut = sum(one.kind is OrderKind.CUT for one in done)
    off = 2 * cut - len(done)
    rows.append(("supplies cut", f"{cut:,}, of which {off:,} are still off"))
    demands = [one for own in books.deposit_demands(session, None).values() for one in own]
    paid = sum(one.paid for one in demands)
    rows.append(("deposits", f"{len(demands):,} demanded, {show(paid)} paid"))
    agreed = Counter(str(one.state) for one in arrears.store.conversions(session))
    rows.append(("conversions", ", ".join(f"{n:,} {state}" for state, n in agreed.items()) or "0"))
    return rows


def _approvals(_stage: Stage, session: Session) -> list[tuple[str, str]]:
    counts = approval.count_by_act(session)
    rows = []
    for act in Act:
        own = {state: counts[act, state] for state in Waiting if counts.get((act, state))}
        if own:
            said = ", ".join(f"{count:,} {state}" for state, count in own.items())
            rows.append((str(act).replace("_", " "), said))
    return rows
