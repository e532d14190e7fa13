"""The dunning policy: levels, most severe first; the first that fits applies. Read from a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from arrears.ageing import DEFAULT_EDGES
from arrears.credit import Tier
from arrears.standing import NO_HOLD, HoldReason, Standing
from arrears.step import DUNNING, RECOVERY, TALKING, StepKind, Track, track_of
from billing.money import MINOR, Money
from billing.supply import PaymentMode, SupplyClass
from config.table import TableReader


class BadPolicyError(Exception):
    """A policy file does not describe a policy; the message lists every problem with its level."""


class OrderApproval(StrEnum):
    """Whose word a cut needs once its notice has run out."""

    REUSE = "reuse"  # that of the people who approved the notice
    FRESH = "fresh"  # that of as many people again


class Days(StrEnum):
    """How a level counts the days since the due date."""

    CALENDAR = "calendar"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Segment:
    """A kind of customer that the policy treats alike; the first that fits an account is its."""

    name: str
    classes: frozenset[SupplyClass]
    protected: bool | None
    average_bill_min: Money
    average_bill_max: Money | None

    def fits(self, standing: Standing) -> bool:
        """Test whether an account belongs to the segment, were no other before it."""
        average = standing.average_bill or 0
        return (
            (not standing.classes or bool(standing.classes & self.classes))
            and self.protected in (None, bool(standing.protections))
            and average >= self.average_bill_min
            and (self.average_bill_max is None or average <= self.average_bill_max)
        )


@dataclass(frozen=True, slots=True)
class Level:
    """
    A level of the policy: when it fits an account, and the step it asks for.

    All conditions must hold. `after` names steps that must have been done for the same debt;
    `dunnings_min` counts the reminders, letters and visits done for it. `min_dwell_days` keeps the
    level waiting since the step before; `repeat_every_days` lets it come again. `before_due_days`
    is a courtesy reminder's, whose bill isn't due yet. `open_percent_min` is the share of the
    overdue bills that must still be open; `served_days_min` wants a notice served so long ago
    that is still good. `holds` are the reasons of holds under which it fits, and `none` for an
    account that is on none; what isn't named stops it.
    """

    name: str
    step: StepKind
    overdue_days_min: int
    overdue_days_max: int | None
    overdue_min: Money
    bills_min: int
    average_bills_min: Decimal
    tiers: frozenset[Tier]
    classes: frozenset[SupplyClass]
    payment_modes: frozenset[PaymentMode]
    protected: bool | None
    after: tuple[StepKind, ...]
    dunnings_min: int
    min_dwell_days: int
    repeat_every_days: int | None
    needs_approval: bool
    approvals: int
    days: Days = Days.CALENDAR
    before_due_days: int | None = None
    open_percent_min: int = 0
    served_days_min: int | None = None
    segments: tuple[str, ...] = ()
    holds: frozenset[str] = frozenset({NO_HOLD})
    track: Track = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the track of the step beside it: it is asked of every level of every account."""
        object.__setattr__(self, "track", track_of(self.step))


@dataclass(frozen=True, slots=True)
class DepositRule:
    """How much security is asked for: so many average bills less what is held, rounded up."""

    average_bills: Decimal
    round_to: Money
    minimum: Money
    days_to_pay: int


@dataclass(frozen=True, slots=True)
class Source:
    """
    A source of payments that must have come in lately before anything is sent or cut.

    `takes` are the kinds of files it brings (`statement`, `payments`) or the layouts of them;
    any of them will do.
    """

    name: str
    takes: tuple[str, ...]
    hours: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy in force, and the name by which a decision quotes it."""

    name: str
    title: str
    bucket_edges_days: tuple[int, ...]
    notice_days: tuple[tuple[SupplyClass, int], ...]
    order_approval: OrderApproval
    refused_rest_days: int
    deposit: DepositRule
    levels: tuple[Level, ...]
    segments: tuple[Segment, ...] = ()
    sources: tuple[Source, ...] = ()
    promises_max: int = 2
    approval_days_max: int | None = None

    @property
    def lead_days(self) -> int:
        """How many days before a due date the policy first looks at an account."""
        return max((level.before_due_days or 0 for level in self.levels), default=0)

    def segment_of(self, standing: Standing) -> str:
        """Return the name of an account's segment; empty if none fits or there are none."""
        return next((one.name for one in self.segments if one.fits(standing)), "")

    def classes_of(self, level: Level) -> frozenset[SupplyClass]:
        """Return the classes of supply that a level can ever reach."""
        if not level.segments:
            return level.classes
        own = [one.classes for one in self.segments if one.name in level.segments]
        return level.classes & frozenset().union(*own)

    def level(self, name: str) -> Level | None:
        """Return the level of the name, or none."""
        return next((level for level in self.levels if level.name == name), None)

    def notice_days_for(self, supply_class: SupplyClass) -> int:
        """Return how many days lie between the service of a notice and a cut."""
        return dict(self.notice_days)[supply_class]


def parse_policy(name: str, table: Mapping[str, Any]) -> Policy:
    """
    Return the policy that a file's table describes; amounts become whole minor units.

    :raises BadPolicyError: with every problem of the file, one a line: file, level, word, remedy.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    policy = Policy(
        name=name,
        title=reader.text("title"),
        bucket_edges_days=reader.wholes("bucket_edges_days", DEFAULT_EDGES),
        notice_days=_notice_days(reader.table("notice_days")),
        order_approval=reader.choice("order_approval", OrderApproval, OrderApproval.REUSE),
        refused_rest_days=reader.whole("refused_rest_days", 30),
        deposit=_deposit(reader.table("deposit")),
        sources=_sources(reader.table("payment_sources", required=False)),
        promises_max=reader.whole("promises_max", 2),
        approval_days_max=reader.whole_or_none("approval_days_max", least=1),
        segments=tuple(map(_segment, reader.tables("segment"))),
        levels=tuple(map(_level, reader.tables("level"))),
    )
    reader.finish()
    problems += _contradictions(policy)
    if problems:
        raise BadPolicyError("\n".join(problems))
    return policy


def _segment(reader: TableReader) -> Segment:
    has_most = "average_bill_max" in reader
    segment = Segment(
        name=reader.text("name"),
        classes=frozenset(reader.choices("classes", SupplyClass, SupplyClass)),
        protected=reader.flag("protected") if "protected" in reader else None,
        average_bill_min=reader.minor("average_bill_min", 0, digits=MINOR),
        average_bill_max=reader.minor("average_bill_max", digits=MINOR) if has_most else None,
    )
    reader.finish()
    return segment


def _level(reader: TableReader) -> Level:
    kind = reader.choice("step", StepKind)
    is_courtesy = kind is StepKind.COURTESY_REMINDER
    level = Level(
        name=reader.text("name"),
        step=kind,
        overdue_days_min=0 if is_courtesy else reader.whole("overdue_days_min", least=1),
        overdue_days_max=reader.whole_or_none("overdue_days_max", least=1),
        overdue_min=reader.minor("overdue_min", 0, digits=MINOR),
        bills_min=reader.whole("bills_min", 1),
        average_bills_min=reader.number("average_bills_min", Decimal(0)),
        tiers=frozenset(reader.choices("tiers", Tier, Tier)),
        classes=frozenset(reader.choices("classes", SupplyClass, SupplyClass)),
        payment_modes=frozenset(reader.choices("payment_modes", PaymentMode, PaymentMode)),
        protected=reader.flag("protected") if "protected" in reader else None,
        after=reader.choices("after", StepKind),
        dunnings_min=reader.whole("dunnings_min", 0),
        min_dwell_days=reader.whole("min_dwell_days", 1),
        repeat_every_days=reader.whole_or_none("repeat_every_days", least=1),
        needs_approval=reader.flag("needs_approval", False),
        approvals=reader.whole("approvals", 1, least=1),
        days=reader.choice("days", Days, Days.CALENDAR),
        before_due_days=reader.whole("before_due_days", least=1) if is_courtesy else None,
        open_percent_min=reader.whole("open_percent_min", 0),
        served_days_min=reader.whole_or_none("served_days_min"),
        segments=reader.texts("segments"),
        holds=frozenset(reader.texts("holds", (NO_HOLD,))),
    )
    reader.finish()
    return level


def _notice_days(reader: TableReader) -> tuple[tuple[SupplyClass, int], ...]:
    other = reader.whole("other", least=1)
    days = tuple((kind, reader.whole(kind, other, least=1)) for kind in SupplyClass)
    reader.finish()
    return days


def _deposit(reader: TableReader) -> DepositRule:
    rule = DepositRule(
        reader.number("average_bills"),
        reader.minor("round_to", digits=MINOR),
        reader.minor("minimum", 0, digits=MINOR),
        reader.whole("days_to_pay", least=1),
    )
    reader.finish()
    return rule


def _sources(reader: TableReader) -> tuple[Source, ...]:
    found = []
    for name in reader:
        one = reader.table(name)
        found.append(Source(name, one.words("takes"), one.whole("hours", least=1)))
        one.finish()
    return tuple(found)


def _contradictions(policy: Policy) -> list[str]:
    names = [level.name for level in policy.levels]
    where = policy.name
    problems = [
        f"{where}: level {name}: there are two of this name; each needs its own"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    edges = policy.bucket_edges_days
    if not edges or sorted(set(edges)) != list(edges) or edges[0] < 1:
        problems.append(f"{where}: bucket_edges_days: {list(edges)}; rising days are wanted")
    if not policy.levels:
        problems.append(f"{where}: level: there is none; at least one [[level]] is wanted")
    for at, level in enumerate(policy.levels):
        milder = [other.step for other in policy.levels[at + 1 :]]
        problems += _level_contradictions(where, level, milder)
        problems += _unknown_segments(policy, level)
        problems += _bad_holds(f"{where}: level {level.name}", level)
    return problems


_HOLDS = (NO_HOLD, *HoldReason)


def _bad_holds(place: str, level: Level) -> list[str]:
    known = ", ".join(_HOLDS)
    problems = [
        f"{place}: holds: nobody knows {one!r}; a list of some of {known} is wanted"
        for one in sorted(level.holds - set(_HOLDS))
    ]
    if not level.holds:
        problems.append(f"{place}: holds: is empty, so it never fits; name some of {known}")
    if level.holds - {NO_HOLD} and level.step not in TALKING:
        may = ", ".join(kind for kind in StepKind if kind in TALKING)
        problems.append(
            f"{place}: holds: a hold keeps {level.step} back whatever its reason; leave the word "
            f"out, only {may} may go on"
        )
    return problems


def _unknown_segments(policy: Policy, level: Level) -> list[str]:
    known = [segment.name for segment in policy.segments]
    return [
        f"{policy.name}: level {level.name}: segments: nobody knows {name!r}; "
        f"{'known are ' + ', '.join(known) if known else 'add [[segment]] tables first'}"
        for name in level.segments
        if name not in known
    ]


def _level_contradictions(where: str, level: Level, milder: list[StepKind]) -> list[str]:
    place = f"{where}: level {level.name}"
    problems = [
        f"{place}: after: no level below asks for {kind}; add one, or leave the word out"
        for kind in level.after
        if kind not in milder
    ]
    if level.step is StepKind.RECONNECTION:
        problems.append(f"{place}: step: supply is given back by payment; no level asks for it")
    if level.overdue_days_max is not None and level.overdue_days_max < level.overdue_days_min:
        problems.append(f"{place}: overdue_days_max: is below overdue_days_min; raise it")
    if level.step in RECOVERY and not level.needs_approval:
        problems.append(f"{place}: needs_approval: people decide on {level.step}; set it to true")
    if level.step is StepKind.WRITE_OFF and level.approvals < 2:
        problems.append(f"{place}: approvals: two people decide on {level.step}; set it to 2")
    if level.open_percent_min > 100:
        problems.append(f"{place}: open_percent_min: is above 100; a share in percent is wanted")
    if level.needs_approval and level.step in DUNNING and level.repeat_every_days == 1:
        problems.append(f"{place}: repeat_every_days: people cannot approve it anew each day")
    return problems
