"""The first page's figures: the chain from readings to notices, and what needs a person today."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from arrears import store as arrears
from arrears.credit import Grade, Tier, tier_of
from arrears.step import StepKind, StepState
from billing import books, cashier, final
from billing import store as billing
from billing.bill import RunState
from billing.money import Money
from config import batch, dated
from config.batch import Kind
from config.people import Permission
from meters import intake
from notices import store as notices
from notices.notice import Channel, NoticeKind
from notices.outbox import State
from web import house, store
from web.charts import Bar, Columns, Pair, Pairs, columns, pairs
from web.jobs import is_alive
from web.menu import to_decide
from web.shows import month, percent, short
from web.store import RunState as JobState
from web.words import word

MONTHS = 12
RUNS = 60
BATCHES = 400
_UNDER_WAY = (StepState.APPROVED, StepState.STALE)
_ENDED = (StepState.REFUSED, StepState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that waits for the person: how much of it, what, and where it is done."""

    count: int
    words: str
    remedy: str
    link: str


@dataclass(frozen=True, slots=True)
class Month:
    """What this month has brought so far."""

    rows_read: int
    bills: int
    billed: Money
    collected: Money

    @property
    def rate(self) -> float | None:
        """The share of what was billed this month that came in this month."""
        return self.collected / self.billed if self.billed > 0 else None


@dataclass(frozen=True, slots=True)
class Measures:
    """How many steps of a kind wait, run, were carried out, and ended before they were."""

    kind: StepKind
    waiting: int
    under_way: int
    done: int
    ended: int


def this_month(session: Session, *, today: date) -> Month:
    """Return what came in and went out since the first of the month."""
    first, after = today.replace(day=1), today + timedelta(days=1)
    read = batch.batches(session, Kind.READINGS, limit=BATCHES)
    runs = billing.runs(session, limit=RUNS)
    money = books.totals(session, since=first, until=after)
    return Month(
        rows_read=sum(one.accepted for one in read if first <= one.received_on <= today),
        bills=sum(one.issued for one in runs if one.issued_on and first <= one.issued_on <= today),
        billed=money.billed,
        collected=money.collected,
    )


def collection_chart(session: Session, *, today: date) -> Pairs:
    """Return what was billed and collected in each of the last months, and the share."""
    firsts = [today.replace(day=1)]
    while len(firsts) < MONTHS:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    values = []
    for first in reversed(firsts):
        after = (first + timedelta(days=32)).replace(day=1)
        money = books.totals(session, since=first, until=after)
        share = money.collected / money.billed if money.billed > 0 else None
        values.append(
            Pair(
                month(first)[2:],
                float(money.billed),
                float(money.collected),
                share,
                short(money.billed),
                short(money.collected),
                percent(share, 0),
            )
        )
    while len(values) > 1 and not (values[0].first or values[0].second):
        values.pop(0)
    return pairs(_("Billed and collected by month"), values, width=850, height=230)


def grades_chart(session: Session) -> Columns:
    """Return how many customers have each grade, in the colors of the tiers."""
    counts = arrears.grades_count(session)
    bars = [
        Bar(str(grade), float(count), f"{count:,}", str(tier_of(grade)))
        for grade, count in counts.items()
    ]
    return columns(_("Customers by grade"), bars, width=410, height=190)


def measures(session: Session) -> list[Measures]:
    """Return how the steps of each kind stand, the mildest first."""
    counts = arrears.count_steps(session)
    return [
        Measures(
            kind,
            waiting=counts.get((kind, StepState.PROPOSED), 0),
            under_way=sum(counts.get((kind, state), 0) for state in _UNDER_WAY),
            done=counts.get((kind, StepState.DONE), 0),
            ended=sum(counts.get((kind, state), 0) for state in _ENDED),
        )
        for kind in StepKind
        if any(counts.get((kind, state)) for state in StepState)
    ]


def tiers(session: Session) -> dict[Tier, int]:
    """Return how many customers are in each tier."""
    counts = dict.fromkeys(Tier, 0)
    for grade, count in arrears.grades_count(session).items():
        counts[tier_of(Grade(grade))] += count
    return counts


def todo(session: Session) -> list[Todo]:
    """Return what waits for the person, the most binding first."""
    return [
        one
        for permission, finds in _TODO
        if house.may(permission)
        for one in finds(session)
        if one.count
    ]


def _to_decide(session: Session) -> Iterator[Todo]:
    yield Todo(
        to_decide(session),
        _("acts wait for your decision"),
        _("deposits, conversions, disconnections, files to put in force"),
        url_for("approvals.show"),
    )


def _to_issue(session: Session) -> Iterator[Todo]:
    me = house.person().login
    for run in billing.runs(session, limit=RUNS):
        if run.state is RunState.DRAWN_UP and run.billed and run.started_by != me:
            yield Todo(
                run.billed,
                _("bills of run %(code)s wait to be issued", code=run.code),
                _("look through parked and held ones first"),
                url_for("runs.show_one", run_id=run.run_id),
            )
        elif run.held and run.started_by != me:
            yield Todo(
                run.held,
                _("bills are held in run %(code)s", code=run.code),
                _("a rule found them odd; a second person decides"),
                url_for("runs.show_one", run_id=run.run_id),
            )


def _doubts(session: Session) -> Iterator[Todo]:
    yield Todo(
        len(intake.doubts(session)),
        _("doubted readings"),
        _("they wait until somebody says whether they hold"),
        url_for("readings.show"),
    )


def _parked(session: Session) -> Iterator[Todo]:
    found = billing.runs(session, limit=RUNS)
    for run in [one for one in found if one.cycle != final.CYCLE][:1]:
        yield Todo(
            run.parked,
            _("supplies parked by the last run"),
            _("each says what would mend it"),
            url_for("runs.show_one", run_id=run.run_id),
        )


def _suspense(session: Session) -> Iterator[Todo]:
    waiting = cashier.suspense(session)
    yield Todo(
        len(waiting),
        _("payments in suspense"),
        short(sum(one.amount for one in waiting)),
        url_for("payments.suspense"),
    )


def _papers(session: Session) -> Iterator[Todo]:
    counts = notices.count_by_state(session)
    yield Todo(
        counts.get((Channel.PAPER, State.QUEUED), 0),
        _("letters wait to be printed"),
        _("one file in walking order"),
        url_for("notices.show"),
    )
    yield Todo(
        counts.get((Channel.SMS, State.UNKNOWN), 0),
        _("text messages of unknown fate"),
        _("they are never sent again blindly"),
        url_for("notices.show", channel="sms", state="unknown"),
    )


def _to_serve(session: Session) -> Iterator[Todo]:
    printed = notices.notices(session, channel=Channel.PAPER, states=[State.PRINTED], limit=500)
    yield Todo(
        sum(
            one.kind is NoticeKind.DISCONNECTION_NOTICE and one.served_on is None for one in printed
        ),
        _("disconnection notices without proof of service"),
        _("the law’s days begin when they are served"),
        url_for("notices.show", channel="paper", state="printed"),
    )


def _jobs(session: Session) -> Iterator[Todo]:
    if not is_alive(store.last_beat(session), house.now()):
        yield Todo(
            1,
            _("no worker walks the timetable"),
            _("start one with: wattledger worker"),
            url_for("jobs.show"),
        )
    failed = {one.job for one in store.runs(session, limit=30) if one.state is JobState.FAILED}
    yield Todo(
        len(failed),
        _("jobs have failed"),
        ", ".join(word(one) for one in sorted(failed)),
        url_for("jobs.show"),
    )


def _rules(session: Session) -> Iterator[Todo]:
    known = {one.file.digest for one in dated.activations(session)}
    offered = [
        one for one in dated.shipped(house.house().settings.config) if one.digest not in known
    ]
    yield Todo(
        0 if known else len(offered),
        _("files of law, tariffs and policies are not in force yet"),
        _("propose them; a second person puts them in force"),
        url_for("rules.show"),
    )


_TODO: tuple[tuple[Permission, Callable[[Session], Iterator[Todo]]], ...] = (
    (Permission.PROPOSE_FILES, _rules),
    (Permission.SEE_ACCOUNTS, _to_decide),
    (Permission.ISSUE_BILLS, _to_issue),
    (Permission.TAKE_IN_READINGS, _doubts),
    (Permission.RUN_BILLS, _parked),
    (Permission.TAKE_PAYMENTS, _suspense),
    (Permission.SEND_NOTICES, _papers),
    (Permission.SERVE_NOTICES, _to_serve),
    (Permission.RUN_JOBS, _jobs),
)
