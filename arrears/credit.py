"""Credit: a scorecard file gives points to indicators, the points a grade, the grade a tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from arrears.behaviour import Behaviour
from arrears.choosing import Applies
from arrears.credit_file import Flag
from arrears.indicators import Indicator


class Grade(StrEnum):
    """How far a customer is trusted, best first."""

    AAA = "AAA"
    AA = "AA"
    A = "A"
    BBB = "BBB"
    BB = "BB"
    B = "B"
    CCC = "CCC"
    CC = "CC"
    C = "C"


class Tier(StrEnum):
    """How risky a customer is; the policy looks at this."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Privilege(StrEnum):
    """What is offered to customers of a grade or a better one, as the card's file says."""

    NO_DEPOSIT = "no_deposit"
    LONGER_CREDIT = "longer_credit"
    SINGLE_SETTLEMENT = "single_settlement"
    PRIORITY_SERVICE = "priority_service"
    ACCOUNT_MANAGER = "account_manager"


GRADES = tuple(Grade)
TIERS = tuple(Tier)


def tier_of(grade: Grade) -> Tier:
    """Return the tier of a grade: AAA AA A are low, BBB BB B middle, CCC CC C high."""
    return TIERS[GRADES.index(grade) // 3]


def worse(one: Grade, other: Grade) -> Grade:
    """Return the lower of two grades."""
    return max(one, other, key=GRADES.index)


@dataclass(frozen=True, slots=True)
class Band:
    """A span of an indicator's values and what it is worth. An edge that is none is open."""

    points: int
    least: Decimal | None
    most: Decimal | None

    def holds(self, value: Decimal) -> bool:
        """Test whether the value lies in the band; its edges belong to it."""
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )

    def __str__(self) -> str:
        match self.least, self.most:
            case None, None:
                return "any"
            case least, None:
                return f"at least {least}"
            case None, most:
                return f"at most {most}"
            case least, most:
                return f"{least} to {most}"


@dataclass(frozen=True, slots=True)
class Weighing:
    """How an indicator is weighed: the first band that holds its value gives the points."""

    indicator: str
    bands: tuple[Band, ...]
    missing: int
    most: int = field(init=False)
    """The points of the best band, worked out once for all customers."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "most", max(band.points for band in self.bands))

    def worth(self, value: Decimal | None) -> int:
        """Return the points of a value, or of there being none."""
        if value is None:
            return self.missing
        for band in self.bands:
            least, most = band.least, band.most
            if (least is None or value >= least) and (most is None or value <= most):
                return band.points
        raise AssertionError("the last band holds whatever is left")


@dataclass(frozen=True, slots=True)
class KnockOut:
    """
    A fact that keeps the grade at or below a ceiling, whatever the points say.

    Either for as long as the indicator is at `least`, or, where the indicator tells how long ago
    something happened, for `term_months` from then on.
    """

    name: str
    indicator: str
    least: Decimal | None
    ceiling: Grade
    source: str
    term_months: int | None = None

    def fires(self, value: Decimal) -> bool:
        """Test whether the rule holds the grade down at a value."""
        if self.term_months is not None:
            return value < self.term_months
        return self.least is not None and value >= self.least

    def why(self, value: Decimal) -> str:
        """Return in words why the rule holds at a value."""
        if self.term_months is not None:
            return f"{self.indicator} is {value}, and it counts for {self.term_months} months"
        return f"{self.indicator} is {value}, and {self.least} or more is a knock-out"


@dataclass(frozen=True, slots=True)
class Probability:
    """
    How likely it is that a score fails.

    At `score` points `odds` customers stay good for one that fails, and every `points_to_double`
    more points double them.
    """

    score: int
    odds: Decimal
    points_to_double: Decimal

    def of(self, score: int) -> Decimal:
        """Return the share of customers of a score that fail."""
        odds = self.odds * 2 ** ((score - self.score) / self.points_to_double)
        return (1 / (1 + odds)).quantize(Decimal("0.000001"))


@dataclass(frozen=True, slots=True)
class Adjusting:
    """How far an expert may move a grade, and for how long at most."""

    notches: int = 1
    months: int = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What limit and credit period a tier is worth, and which change is worth a proposal.

    Limits are in average bills; the warning line is a part of the limit in percent. Where
    `discount_days` are said, a bill that is paid so early is cheaper by the tier's percentage.
    """

    bills: tuple[tuple[Tier, Decimal], ...]
    credit_days: tuple[tuple[Tier, int], ...]
    warn_percent: int
    change_percent: int
    discount_days: int = 0
    discount_percent: tuple[tuple[Tier, Decimal], ...] = ()


WATCH_DAYS: Mapping[Flag, int] = {
    Flag.PROTECTED_ENTERPRISE: 90,
    Flag.LARGE_OLD_DEBT: 30,
    Flag.TENANT: 60,
    Flag.HIGH_MOBILITY: 30,
}
"""After how many days a watched customer is looked at again, unless the card says otherwise."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """
    A scorecard: points for indicators, scores for grades, and what overrules the points.

    A card that was learnt says how likely a score fails, too; nobody knows it of one by hand.
    A new customer has `new_grade`, or what the points give between `new_best` and `new_worst`
    where the card names these. `others` are the cards of the same file for some customers only.
    """

    name: str
    title: str
    weighings: tuple[Weighing, ...]
    least_scores: tuple[tuple[Grade, int], ...]
    knock_outs: tuple[KnockOut, ...]
    new_months: int
    new_grade: Grade
    reassess_months: tuple[tuple[Tier, int], ...]
    probability: Probability | None = None
    new_best: Grade | None = None
    new_worst: Grade | None = None
    adjusting: Adjusting = Adjusting()
    limits: Limits | None = None
    bad_debt_percent: Decimal | None = None
    privileges: tuple[tuple[Privilege, Grade], ...] = ()
    watch_days: tuple[tuple[Flag, int], ...] = ()
    key: str = ""
    applies: tuple[Applies, ...] = ()
    others: tuple["Scorecard", ...] = ()

    def card_for(self, behaviour: Behaviour, *, is_new: bool) -> "Scorecard":
        """Return the first of the other cards that is for a customer, else this one."""
        fits = (
            card
            for card in self.others
            if any(one.fits(behaviour, is_new=is_new) for one in card.applies)
        )
        return next(fits, self)

    def named(self, key: str) -> "Scorecard":
        """Return the card of the file that has this name; the file's own has none."""
        return next((card for card in self.others if card.key == key), self)

    @property
    def looks_at(self) -> frozenset[str]:
        """The names of the indicators that the card looks at."""
        weighed = {weighing.indicator for weighing in self.weighings}
        return frozenset(weighed | {rule.indicator for rule in self.knock_outs})

    def privileges_of(self, grade: Grade | None) -> tuple[Privilege, ...]:
        """Return what a customer of a grade enjoys; who has none enjoys nothing."""
        if grade is None:
            return ()
        at = GRADES.index(grade)
        return tuple(one for one, least in self.privileges if at <= GRADES.index(least))

    def months_until_next(self, tier: Tier) -> int:
        """Return after how many months a customer of the tier is assessed again."""
        return dict(self.reassess_months)[tier]


@dataclass(frozen=True, slots=True)
class Points:
    """What one indicator gave, of how much, and by which band."""

    indicator: Indicator
    points: int
    most: int
    held_by: Band | None

    @property
    def band(self) -> str:
        """The band in words."""
        return "nothing to measure yet" if self.held_by is None else str(self.held_by)


@dataclass(frozen=True, slots=True)
class Limit:
    """Why the grade is lower than the score: a knock-out, a new customer, a jump too far."""

    rule: str
    ceiling: Grade
    reason: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """
    A grade and all it rests on. A new customer has no score unless the card scores such, too.

    `by_points` is the grade before an expert moved it by `adjusted` notches, upward if above
    zero, and before the limits.
    """

    score: int | None
    grade: Grade
    points: tuple[Points, ...]
    limits: tuple[Limit, ...]
    by_points: Grade | None = None
    adjusted: int = 0

    @property
    def tier(self) -> Tier:
        """The tier of the grade."""
        return tier_of(self.grade)


def is_sorted_down(scores: Sequence[int]) -> bool:
    """Test whether each score is lower than the one before."""
    return all(one > other for one, other in pairwise(scores))
