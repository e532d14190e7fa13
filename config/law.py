"""What a market's law says, as values: minima and protections that no policy may fall below."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum

from config.calendar import Calendar, DayEvent, Weekday, weekday_of
from config.claims import BackBilling, Protest
from config.deposit import Deposit
from config.suspension import Suspension


class CrossYearMode(StrEnum):
    """At which rate a debt of last year accrues late charges once a new year has begun."""

    WHOLE_SPAN = "whole_span"  # the prior-year rate, for every day since the due date
    SPLIT_AT_YEAR_END = "split_at_year_end"  # the old rate until 31 December, then the other


class MonthCount(StrEnum):
    """Which months of lateness a monthly late charge counts, each from the due date's day."""

    BEGUN = "begun"  # due on the 15th: the 16th is in the first month
    FULL = "full"  # due on the 15th: the first month is over on the 15th of the next


class Cap(StrEnum):
    """How far a late charge may grow."""

    NONE = "none"
    PRINCIPAL = "principal"


class HolidayRoll(StrEnum):
    """What becomes of a due date that no bank is open on."""

    NONE = "none"
    NEXT_BUSINESS_DAY = "next_business_day"


class DayCount(StrEnum):
    """How the days between the service of a notice and the cut are counted."""

    CALENDAR = "calendar"  # served on the 1st with 7 days: from the 8th
    CLEAR = "clear"  # neither day counts: from the 9th
    BUSINESS = "business"


class PrepaidRule(StrEnum):
    """Whether a supplier may put a customer on prepayment."""

    ALLOWED = "allowed"
    BY_AGREEMENT = "by_agreement"
    FORBIDDEN = "forbidden"


class DutyKind(StrEnum):
    """What a law wants done for a customer besides reminders and the notice itself."""

    COPY_TO_AUTHORITY = "copy_to_authority"  # the notice is filed with the authority, too
    OFFER_PAYMENT_PLAN = "offer_payment_plan"
    OFFER_PREPAYMENT = "offer_prepayment"
    CUSTOMER_CONTACT = "customer_contact"  # spoken to, by telephone or at the door
    EMERGENCY_CONTACT = "emergency_contact"  # the person the customer named was told
    WELFARE_REFERRAL = "welfare_referral"
    WELFARE_VISIT = "welfare_visit"


@dataclass(frozen=True, slots=True)
class LateRate:
    """
    Late charge of a class of customers, in per mille of the open amount a day.

    Or in percent of it for each month, and then neither year has a daily rate.
    """

    current_year: Decimal
    prior_year: Decimal
    percent_a_month: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LateCharge:
    """How a market lets late charges accrue. `floor` is in minor units and once per charge."""

    rates: tuple[tuple[str, LateRate], ...]
    other: LateRate
    cross_year_mode: CrossYearMode
    floor: int
    cap: Cap
    article: str
    months: MonthCount = MonthCount.BEGUN
    since: date = date.min  # What fell due before that day bears lateness by `earlier`.
    earlier: "LateCharge | None" = None

    def rate_for(self, supply_class: str) -> LateRate:
        """Return the rate of a supply class, or that of all others if it has none of its own."""
        return dict(self.rates).get(supply_class, self.other)


@dataclass(frozen=True, slots=True)
class Due:
    """When a bill falls due at the earliest, and how its due date meets a holiday."""

    credit_days_min: int
    holiday_roll: HolidayRoll
    article: str

    def rolled(self, day: date, calendar: Calendar) -> date:
        """Return the due date moved to a business day if the law moves it."""
        if self.holiday_roll is HolidayRoll.NONE:
            return day
        return calendar.roll_forward(day)


@dataclass(frozen=True, slots=True)
class Blackout:
    """
    Days on which supply may not be cut. All that is given must fit for a day to be covered.

    `events` are entered by a person for a day; they count from so many days before to so many
    days after it. `protections` narrows the blackout to the supplies that have one of them.
    """

    name: str
    article: str
    weekdays: frozenset[Weekday]
    season: tuple[str, str] | None  # ("11-01", "04-15"): month and day, both included
    first: date | None
    last: date | None
    holidays: bool  # announced holidays
    eves: bool  # days before a day that is not a business day
    weekends: bool  # every day that is not a business day, holidays included
    events: tuple[DayEvent, ...] = ()
    event_days_before: int = 0
    event_days_after: int = 0
    protections: frozenset[str] = frozenset()

    def covers(self, day: date, calendar: Calendar, protections: Iterable[str] = ()) -> bool:
        """Test whether the blackout forbids a cut on the day of a supply so protected."""
        if not self._concerns(day, calendar, protections):
            return False
        if self.weekdays and weekday_of(day) not in self.weekdays:
            return False
        if self.season is not None and not _in_season(day, *self.season):
            return False
        if self.first is not None and self.last is not None:
            return self.first <= day <= self.last
        if not (self.holidays or self.eves or self.weekends):
            return True
        return (
            (self.holidays and calendar.is_holiday(day))
            or (self.weekends and not calendar.is_business_day(day))
            or (self.eves and not calendar.is_business_day(day + timedelta(days=1)))
        )

    def _concerns(self, day: date, calendar: Calendar, protections: Iterable[str]) -> bool:
        if self.protections and not self.protections & set(protections):
            return False
        return not self.events or self._is_near_event(day, calendar)

    def _is_near_event(self, day: date, calendar: Calendar) -> bool:
        first = day - timedelta(days=self.event_days_after)
        last = day + timedelta(days=self.event_days_before)
        return calendar.has_event(self.events, first, last)


@dataclass(frozen=True, slots=True)
class Duty:
    """
    Something that must have been done for a customer so many days before a measure.

    It binds in its season only, and for the protections it names; without either, always.
    """

    kind: DutyKind
    article: str
    days_before: int
    count: DayCount
    season: tuple[str, str] | None
    protections: frozenset[str]

    def binds(self, day: date, protections: Iterable[str]) -> bool:
        """Test whether the duty holds for a measure on the day for a supply so protected."""
        if self.protections and not self.protections & set(protections):
            return False
        return self.season is None or _in_season(day, *self.season)

    def allows_from(self, done_on: date, calendar: Calendar) -> date:
        """Return the first day on which the measure may be taken, the duty done on a day."""
        return later(done_on, self.days_before, self.count, calendar)


@dataclass(frozen=True, slots=True)
class Disconnection:
    """What must have happened before a customer's supply is cut for a debt."""

    min_days_overdue: int
    min_days_overdue_prepaid: int
    min_dunnings: int
    min_amount: int
    max_debt_age_days: int | None
    notice_days_min: int
    notice_days_max: int | None
    count: DayCount
    notice_may_precede_eligibility: bool
    second_notice_minutes: int
    approvals: int
    protected: tuple[str, ...]
    blackouts: tuple[Blackout, ...]
    from_hour: time
    until_hour: time
    articles: tuple[tuple[str, str], ...]
    duties: tuple[Duty, ...] = ()

    def article(self, limit: str) -> str:
        """Return the article that a limit (`min_days_overdue`, ...) comes from."""
        return dict(self.articles).get(limit, "the market file")

    def blackout_on(
        self, day: date, calendar: Calendar, protections: Iterable[str] = ()
    ) -> Blackout | None:
        """Return the first blackout that forbids a cut on the day of a supply so protected."""
        found = (one for one in self.blackouts if one.covers(day, calendar, protections))
        return next(found, None)

    def first_cut_day(self, served_on: date, notice_days: int, calendar: Calendar) -> date:
        """Return the first day on which a notice of so many days lets supply be cut."""
        return later(served_on, notice_days, self.count, calendar)

    def last_cut_day(self, served_on: date) -> date | None:
        """Return the day after which a served notice is too old to cut on; none if it never is."""
        if self.notice_days_max is None:
            return None
        return served_on + timedelta(days=self.notice_days_max)


@dataclass(frozen=True, slots=True)
class Reconnection:
    """How soon supply is given back once its cause is removed."""

    hours: int
    accepts_guarantee: bool
    article: str


@dataclass(frozen=True, slots=True)
class Prepaid:
    """Whether a post-paid customer may be turned into a prepaid one."""

    conversion: PrepaidRule
    agreement_fields: tuple[str, ...]
    article: str
    min_days_overdue: int = 0
    min_amount: int = 0
    min_dunnings: int = 0
    protected: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Sms:
    """The hours in which a reminder may be sent."""

    from_hour: time
    until_hour: time
    article: str


@dataclass(frozen=True, slots=True)
class Human:
    """Kinds of steps that a person, not a program alone, must decide."""

    steps: tuple[str, ...]
    article: str


@dataclass(frozen=True, slots=True)
class Limitation:
    """How many years after it fell due, or was last demanded, a debt can still be sued for."""

    years: int
    article: str


@dataclass(frozen=True, slots=True)
class PublicCredit:
    """
    The public credit platform to which arrears are reported, and of whom and from when on.

    `kinds` are the kinds of customers whose arrears are reported.
    """

    platform: str
    kinds: tuple[str, ...]
    min_days_overdue: int
    min_amount: int
    article: str


@dataclass(frozen=True, slots=True)
class Market:
    """Everything the law of a market says that this house has to keep to."""

    name: str
    title: str
    currency: str
    minor_digits: int
    time_zone: str
    languages: tuple[str, ...]
    calendar: str
    late_charge: LateCharge
    allocation_order: tuple[str, ...]
    allocation_article: str
    due: Due
    disconnection: Disconnection
    disconnection_by_class: tuple[tuple[str, Disconnection], ...]
    reconnection: Reconnection
    deposit: Deposit
    prepaid: Prepaid
    sms: Sms
    human: Human
    limitation: Limitation
    public_credit: PublicCredit | None = None
    back_billing: BackBilling | None = None
    protest: Protest | None = None
    suspension: Suspension | None = None

    @property
    def reconnection_hours(self) -> int:
        """Hours within which supply is given back after the debt is settled."""
        return self.reconnection.hours

    def disconnection_for(self, supply_class: str) -> Disconnection:
        """Return the rules of disconnection for a supply class."""
        return dict(self.disconnection_by_class).get(supply_class, self.disconnection)


def later(since: date, days: int, count: DayCount, calendar: Calendar) -> date:
    """Return the first day after so many days, as the law counts them."""
    match count:
        case DayCount.CALENDAR:
            return since + timedelta(days=days)
        case DayCount.CLEAR:
            return since + timedelta(days=days + 1)
        case DayCount.BUSINESS:
            return calendar.add_business_days(since, days)


def _in_season(day: date, first: str, last: str) -> bool:
    month_day = f"{day:%m-%d}"
    return first <= month_day <= last if first <= last else not last < month_day < first
