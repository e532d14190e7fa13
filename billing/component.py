"""The parts a tariff is made of: what each charges for, at which price, and by which rule."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from billing.money import Money
from billing.time_of_use import Calendar


class Per(StrEnum):
    """How often a fixed amount is asked for."""

    PERIOD = "period"  # once a billing period, whatever its length
    MONTH = "month"  # pro rata by days where the period isn't whole months
    DAY = "day"


class LimitsPer(StrEnum):
    """What the limits of blocks are counted over."""

    PERIOD = "period"  # the billing period as it stands, whatever its length
    MONTH = "month"  # pro rata by days where the period isn't whole months
    DAY = "day"
    YEAR = "year"  # cumulative over the calendar year
    SEASON = "season"  # cumulative over the season in which the part holds
    KW = "kw"  # hours of use: kWh for each kW of the period's maximum demand
    KVA = "kva"  # kWh for each kVA of the installed capacity


class Sharing(StrEnum):
    """
    How blocks and registers meet: there is no single rule, so a tariff names its own.

    `shared`: the limits count the kWh of all registers together, and each block's kWh are shared
    among the registers in proportion. `each`: every register has limits of its own.
    """

    SHARED = "shared"
    EACH = "each"


class NewCustomer(StrEnum):
    """Which limits per year or season hold in the one in which a customer begins."""

    PRO_RATA = "pro_rata"  # for each month that is left, its part
    FULL = "full"


class DemandBasis(StrEnum):
    """Which kilowatts a demand charge counts."""

    MEASURED = "measured"
    CONTRACT = "contract"


class Each(StrEnum):
    """What a fixed amount is asked for: each unit of it."""

    KW = "kw"  # the maximum demand measured in the period
    CONTRACTED_KW = "contracted_kw"
    KVA = "kva"


class ExcessFrom(StrEnum):
    """
    From where on demand above its contract is charged once more.

    `tolerance`: above the tolerated share, as 发改办价格[2016]1583号 has it. `contract`: all that
    is above the contract value, as before 2016.
    """

    TOLERANCE = "tolerance"
    CONTRACT = "contract"


class Paid(StrEnum):
    """How free kWh reach a household."""

    DEDUCTED = "deducted"  # from what was used, and never more than that
    CASH = "cash"  # their value, whatever was used


class Settled(StrEnum):
    """Over what free kWh that weren't used are kept."""

    MONTH = "month"  # not at all: each month stands by itself
    YEAR = "year"  # what is left of a month is good for the later ones of its year


class DayBasis(StrEnum):
    """Into how many days a month's capacity charge is cut when it isn't owed for the whole."""

    CALENDAR = "calendar"
    FIXED_30 = "fixed_30"


class Rounding(StrEnum):
    """Where the minor unit is reached: on every line, or on the bill, whose lines then follow."""

    LINE = "line"
    BILL = "bill"


@dataclass(frozen=True, slots=True)
class Label:
    """What a line is called: a code for programs, a text for each language."""

    code: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Season:
    """Calendar months with a name."""

    name: str
    months: frozenset[int]


@dataclass(frozen=True, slots=True)
class UsedBetween:
    """
    A part of a tariff holds only for who used so much: more than `above`, at most `up_to`.

    So a price list may depend on all that was used, and not on blocks of it.
    """

    above: Decimal
    up_to: Decimal | None
    per: Per


@dataclass(frozen=True, slots=True)
class Rate:
    """A price in major units, of one register's units or, without a register, of all of them."""

    label: Label
    price: Decimal
    register: str | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """An amount that is owed whatever is used."""

    rate: Rate
    per: Per
    season: Season | None = None
    each: Each | None = None
    if_used: UsedBetween | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """
    The kWh up to an upper edge, and what they cost; the lower edge is the block's before it.

    Only an upper edge is kept, so that blocks cannot leave a gap; the last one has none.
    """

    up_to: Decimal | None
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Household:
    """The allowance of a large household: kWh a month on top of every limit."""

    from_size: int
    extra_kwh_per_month: Decimal


# Compared by identity: it is read once from its file, and looked up for every bill.
@dataclass(frozen=True, slots=True, eq=False)
class Energy:
    """
    What energy costs: base prices on every kWh, prices or increments of blocks, or both.

    `remainder` names the register whose kWh are the total less those of the other registers.
    With a `calendar`, intervals are counted into registers by it.
    """

    label: Label
    season: Season | None
    base: tuple[Rate, ...]
    blocks: tuple[Block, ...]
    limits_per: LimitsPer
    sharing: Sharing | None
    new_customer: NewCustomer
    household: Household | None
    remainder: str | None
    calendar: Calendar | None = None
    if_used: UsedBetween | None = None
    registers: tuple[str, ...] = field(init=False)
    """Those that have prices of their own."""
    counts_by_year: bool = field(init=False)
    """Whether blocks go on from what the calendar year had used before."""
    goes_on: bool = field(init=False)
    """Whether blocks go on from what was used before the period, in its year or its season."""

    def __post_init__(self) -> None:
        by_year = self.limits_per is LimitsPer.YEAR
        object.__setattr__(self, "counts_by_year", by_year)
        object.__setattr__(self, "goes_on", by_year or self.limits_per is LimitsPer.SEASON)
        rates = self.base + tuple(rate for block in self.blocks for rate in block.rates)
        own = dict.fromkeys(rate.register for rate in rates if rate.register is not None)
        object.__setattr__(self, "registers", tuple(own))


@dataclass(frozen=True, slots=True)
class Overrun:
    """Where demand exceeds a multiple of its contract value, the excess is charged once more."""

    above: Decimal
    label: Label
    excess_from: ExcessFrom = ExcessFrom.TOLERANCE


@dataclass(frozen=True, slots=True)
class Ratchet:
    """Demand counts as a share of the highest of so many months before, if that is more."""

    share: Decimal
    months: int
    season: Season | None


@dataclass(frozen=True, slots=True)
class HighUse:
    """A share of the demand price for who uses so many kWh for each kVA in a month."""

    from_kwh_per_kva: Decimal
    price_share: Decimal


@dataclass(frozen=True, slots=True)
class Demand:
    """What a kilowatt of demand costs a month; blocks of kW, a contract value, an overrun."""

    label: Label
    season: Season | None
    blocks: tuple[Block, ...]
    basis: DemandBasis
    overrun: Overrun | None
    contract_share_min: Decimal | None
    high_use: HighUse | None
    ratchet: Ratchet | None = None
    calendar: Calendar | None = None
    registers: tuple[str, ...] = field(init=False)
    """Those that have prices of their own."""

    def __post_init__(self) -> None:
        own = dict.fromkeys(
            rate.register
            for block in self.blocks
            for rate in block.rates
            if rate.register is not None
        )
        object.__setattr__(self, "registers", tuple(own))


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a kVA of installed capacity costs a month, and when a suspension lowers it."""

    rate: Rate
    day_basis: DayBasis
    suspended_days_min: int


@dataclass(frozen=True, slots=True)
class Benefit:
    """
    Free kWh of a household that is entitled to them: a credit at a price, mostly the first block's.
    """

    rate: Rate
    kwh_per_month: Decimal
    settled: Settled
    paid: Paid


@dataclass(frozen=True, slots=True)
class Fund:
    """A levy on every kWh."""

    rate: Rate


@dataclass(frozen=True, slots=True)
class Export:
    """
    A credit for every kWh that is fed in, at one price or by the registers it was counted in.

    With a `calendar`, intervals are counted into registers by it.
    """

    label: Label
    rates: tuple[Rate, ...]
    calendar: Calendar | None = None

    @property
    def registers(self) -> tuple[str, ...]:
        """Those that have prices of their own."""
        return tuple(rate.register for rate in self.rates if rate.register is not None)


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage of the amounts of some components."""

    label: Label
    percent: Decimal
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """So many per cent for each hundredth of power factor, for so many hundredths or all others."""

    percent: Decimal
    points: int | None


@dataclass(frozen=True, slots=True)
class PowerFactor:
    """The adjustment for a power factor above (a reduction) or below the standard."""

    label: Label
    standard: int  # in hundredths
    above: tuple[Steps, ...]
    below: tuple[Steps, ...]
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Minimum:
    """What is owed at least; the line asks for what is missing."""

    rate: Rate
    per: Per


@dataclass(frozen=True, slots=True)
class RoundTo:
    """The whole bill is rounded to a multiple of an amount that is more than the minor unit."""

    label: Label
    step: Money


@dataclass(frozen=True, slots=True)
class Vat:
    """Value-added tax: inside the prices and shown, or added to them."""

    label: Label
    rate: Decimal
    included: bool
    share: tuple[int, int] = field(init=False)
    """The part of an amount that is tax inside it: rate / (1 + rate), in whole numbers."""

    def __post_init__(self) -> None:
        numerator, denominator = self.rate.as_integer_ratio()
        object.__setattr__(self, "share", (numerator, numerator + denominator))


Component: TypeAlias = (
    Fixed | Energy | Demand | Capacity | Benefit | Fund | Export | Percent | PowerFactor | Minimum
)
