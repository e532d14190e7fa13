"""What the timetable's jobs do: each calls the rooms' doors and says what came of it."""

import shutil
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from arrears import proposing, raising, review
from billing import bank, cashier, closing, customers, deposits, on_account, run
from billing import store as billing
from billing.interest import UnknownRateError
from billing.month import month_of
from billing.months import ClosedDayError
from config.batch import Batch
from config.database import in_chunks, reading
from config.refusal import RefusedFileError
from meters import exchange, intake
from notices import dispatch, printing, sms, stationery
from web.language import lazy as _
from web.timetable import Job, Work

TOGETHER = 2_000
"""Accounts that are looked at again in one go."""


# --- files that are put into a folder -----------------------------------------------------------


def take_in(work: Work) -> Mapping[str, Any]:
    """
    Take in what lies in the inbox, a folder for each kind of file; none if there is no inbox.

    A file is moved to `taken` or `refused` afterwards. One whose name ends in `.part` is still
    being written by somebody and is left alone.
    """
    inbox = work.settings.files / "inbox"
    counts = {"files": 0, "rows": 0, "refused": 0}
    if not inbox.is_dir():
        return counts
    for kind, door in _DOORS.items():
        for path in sorted((inbox / kind).glob("*")):
            if path.is_file() and path.suffix != ".part" and not path.name.startswith("."):
                made = _take_in_one(work, path, door)
                counts["files"] += 1
                counts["rows"] += made.accepted if made else 0
                counts["refused"] += made.refused if made else 1
    return counts


def _take_in_one(work: Work, path: Path, door: Callable[..., Batch]) -> Batch | None:
    try:
        more = {"asked": intake.Asked(work.settings.time_zone)} if door is intake.take_in else {}
        made = door(work.sessions, path, by=work.by, today=work.business_date, now=work.now, **more)
    except RefusedFileError as refused:
        _move(work, path, "refused")
        reasons = work.settings.files / "refused" / f"{path.name}.txt"
        reasons.write_text(f"{refused}\n", "utf-8")
        return None
    _move(work, path, "taken")
    return made


def _move(work: Work, path: Path, where: str) -> None:
    folder = work.settings.files / where
    folder.mkdir(parents=True, exist_ok=True)
    # A second file of the same name must not push out the first.
    shutil.move(path, folder / f"{work.business_date:%Y%m%d}-{work.now:%H%M%S%f}-{path.name}")


def _paid(door: Callable[..., Batch]) -> Callable[..., Batch]:
    """Return a door for money that lets arrears look again at the accounts it paid for."""

    def through(sessions: Any, path: Path, *, today: date, now: Any, **more: Any) -> Batch:
        made = door(sessions, path, today=today, now=now, **more)
        if made.id is not None:
            with reading(sessions) as session:
                touched = cashier.accounts_of(session, made.id)
            review.reassess(sessions, touched, today=today, now=now)
        return made

    return through


def _payments(sessions: Any, path: Path, **more: Any) -> Batch:
    return cashier.take_in(sessions, path, layout=None, **more)


_DOORS: Mapping[str, Callable[..., Batch]] = {
    "customers": customers.take_in,
    "exchanges": exchange.take_in,
    "readings": intake.take_in,
    "payments": _paid(_payments),
    "statements": _paid(bank.take_in),
}


# --- arrears and notices ------------------------------------------------------------------------


def review_arrears(work: Work) -> Mapping[str, Any]:
    """Assess who is due and decide what to do about overdue accounts."""
    found = review.review(work.sessions, today=work.business_date, now=work.now)
    return {
        "reviewed": found.reviewed,
        "assessed": found.assessed,
        "proposed": len(found.proposals),
        "withdrawn": found.withdrawn,
    } | ({"failed": [one.account_number for one in found.failed]} if found.failed else {})


def scan_credit(work: Work) -> Mapping[str, Any]:
    """Raise early warnings, and propose limits and terms where a grade or the volume changed."""
    today, now = work.business_date, work.now
    return {
        "raised": raising.scan(work.sessions, today=today, now=now),
        "proposed": proposing.propose(work.sessions, today=today, now=now),
    }


def sweep(work: Work) -> Mapping[str, Any]:
    """Look again at accounts whose steps a posting has made stale, for instance after a crash."""
    return {"withdrawn": review.sweep(work.sessions, today=work.business_date, now=work.now)}


def prepare(work: Work) -> Mapping[str, Any]:
    """Write the notices that approved steps ask for."""
    made = dispatch.prepare(
        work.sessions,
        today=work.business_date,
        now=work.now,
        with_stationery=stationery.read(work.settings.config),
    )
    return {"messages": made.messages, "letters": made.letters, "problems": len(made.problems)}


def send(work: Work) -> Mapping[str, Any]:
    """Send the messages that wait; without a provider they go on waiting."""
    if not work.settings.twilio_account_sid:
        return {}
    came = dispatch.send(
        work.sessions,
        sms.gateway_of(work.settings),
        today=work.business_date,
        now=work.now,
    )
    return {
        "sent": came.sent,
        "failed": came.failed,
        "cancelled": came.cancelled,
        "unknown": came.unknown,
    }


def print_letters(work: Work) -> Mapping[str, Any]:
    """Print the letters that wait, a file for each few hundred, in walking order."""
    batches = letters = pages = 0
    while True:
        made = printing.print_due(
            work.sessions,
            work.settings.files / "print",
            today=work.business_date,
            now=work.now,
            by=work.by,
            with_stationery=stationery.read(work.settings.config),
        )
        if made is None:
            return {"batches": batches, "letters": letters, "sheets": pages}
        batches, letters, pages = batches + 1, letters + made.letters, pages + made.pages


def charge_lateness(work: Work) -> Mapping[str, Any]:
    """
    On the last day of a month, post what has accrued for lateness.

    A date that is caught up after its day was sealed is left: what accrued is not lost, and is
    posted at the next payment, issue or end of a month.
    """
    day = work.business_date
    if day != month_of(day).last:
        return {"late_charges": 0}
    try:
        made = closing.post_late_charges(work.sessions, by=work.by, today=day, now=work.now)
    except ClosedDayError as refused:
        return {"late_charges": 0, "closed": str(refused)}
    return {"late_charges": made}


def ask_on_account(work: Work) -> Mapping[str, Any]:
    """Ask those who settle a month in parts for the part whose day has come."""
    asked = on_account.ask(work.sessions, by=work.by, today=work.business_date, now=work.now)
    for some in in_chunks(sorted(asked.account_ids), TOGETHER):
        review.reassess(work.sessions, some, today=work.business_date, now=work.now)
    return {"asked": len(asked.parts), "left_out": len(asked.left_out)}


def credit_interest(work: Work) -> Mapping[str, Any]:
    """Put on account what deposits have earned, once a year where that is the rule."""
    try:
        made = deposits.credit_interest(
            work.sessions, by=work.by, today=work.business_date, now=work.now
        )
    except (UnknownRateError, ClosedDayError) as refused:
        return {"credited": 0, "refused": str(refused)}
    for some in in_chunks(sorted(made.amounts), TOGETHER):
        review.reassess(work.sessions, some, today=work.business_date, now=work.now)
    return {"credited": len(made.amounts), "amount": made.total}


def seal(work: Work) -> Mapping[str, Any]:
    """Seal the days that are over, so that nothing is changed in them unseen."""
    made = closing.seal_days(work.sessions, today=work.business_date, now=work.now)
    return {"days": len(made)}


# --- what people ask for ------------------------------------------------------------------------


def bill(work: Work) -> Mapping[str, Any]:
    """Draw up the bills that somebody asked for."""
    report = run.bill(
        work.sessions,
        cycle=work.facts.get("cycle"),
        until=date.fromisoformat(work.facts["until"]),
        by=work.by,
        today=work.business_date,
        now=work.now,
    )
    return {
        "run_id": report.run_id,
        "billed": report.billed,
        "parked": report.parked,
        "held": report.held,
    }


def issue(work: Work) -> Mapping[str, Any]:
    """Issue the bills of a run, and let arrears look again at the accounts."""
    report = run.issue(
        work.sessions,
        work.facts["run_id"],
        by=work.by,
        today=work.business_date,
        now=work.now,
    )
    with reading(work.sessions) as session:
        touched = {one.account_id for one in billing.bills(session, run_id=report.run_id)}
    for some in in_chunks(sorted(touched), TOGETHER):
        review.reassess(work.sessions, some, today=work.business_date, now=work.now)
    return {"run_id": report.run_id, "issued": report.issued}


def _by_name(*jobs: Job) -> Mapping[str, Job]:
    return {job.name: job for job in jobs}


# In the order in which a day's work depends on itself.
JOBS = _by_name(
    Job("take_in", _("Take in files from the inbox"), take_in, every=timedelta(minutes=1)),
    # Before the seal: a worker that comes back in the new month still posts into the old one.
    Job(
        "late_charges",
        _("Late charges at the end of a month"),
        charge_lateness,
        at=time(23, 30),
        catches_up=True,
    ),
    Job("seal", _("Seal the day before"), seal, at=time(0, 20), catches_up=True),
    # What wasn't asked for on its day is asked for on the next of the same month.
    Job("on_account", _("Parts of a month asked for"), ask_on_account, at=time(0, 40)),
    Job("interest", _("Interest on deposits"), credit_interest, at=time(0, 50)),
    Job("review", _("Nightly review of arrears"), review_arrears, at=time(1, 0), catches_up=True),
    Job("scan", _("Early warnings of credit"), scan_credit, at=time(3, 0)),
    Job("sweep", _("Look again after postings"), sweep, every=timedelta(minutes=10)),
    Job("prepare", _("Write approved notices"), prepare, every=timedelta(minutes=15)),
    Job("send", _("Send text messages"), send, every=timedelta(minutes=2)),
    Job("print", _("Print letters"), print_letters, at=time(6, 30)),
    Job("bill", _("Bill run"), bill),
    Job("issue", _("Issue of bills"), issue),
)
