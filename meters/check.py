"""Checks on a reading: each a function whose name is the code that people see."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Self

from meters.estimate import recent_use, usual_use
from meters.reading import EXPORTS, Reading, Register, RegisterCode, advance, plain, shortest
from meters.rules import Doubt, Rules, Severity
from meters.usage import Dial


class Case(NamedTuple):
    """
    A reading to be judged, beside its neighbors.

    :param kwh: what passed since the reading before, the dial taken to have turned forward.
    :param says: what the file itself says passed, and since which value.
    """

    dial: Dial
    taken_on: date
    value: Decimal
    is_estimated: bool
    before: Reading | None
    after: Reading | None
    history: Sequence[Reading]
    kwh: Decimal
    days: int
    says: tuple[Decimal, Decimal] | None
    today: date

    @classmethod
    def alone(cls, dial: Dial, taken_on: date, value: Decimal, today: date) -> Self:
        """Return a reading without neighbors, for the checks of one by itself."""
        nothing = Decimal(0)
        return cls(dial, taken_on, value, False, None, None, (), nothing, 1, None, today)

    @property
    def register(self) -> Register:
        """The register that was read."""
        return self.dial.register

    @property
    def kwh_max(self) -> Decimal:
        """The most that is believable since the reading before."""
        return self.dial.kwh_per_day_max * self.days

    @property
    def has_fallen(self) -> bool:
        """Test whether the dial shows less than before."""
        return self.before is not None and self.value < self.before.value

    def lately_kwh(self) -> Decimal | None:
        """Return what the register counted in a day between the last two readings."""
        rate = recent_use(self.register, self.history[-2:])
        return None if rate is None else rate * self.register.multiplier

    def usual_kwh(self) -> Decimal | None:
        """Return the most that the register is used to count in a day, by its own history."""
        usual = self._usual()
        return None if usual is None else usual[1] * self.register.multiplier

    def least_kwh(self) -> Decimal | None:
        """Return the least that the register is used to count in a day, by its own history."""
        usual = self._usual()
        return None if usual is None else usual[0] * self.register.multiplier

    def _usual(self) -> tuple[Decimal, Decimal] | None:
        if self.before is None:
            return None
        return usual_use(self.register, self.history, self.before.taken_on, self.taken_on)


# A use is suspicious that is the ratio of its transformers off, give or take so much.
_NEARLY = Decimal("0.25")
# A maximum is set back, and what is fed in may be counted backwards.
_EITHER_WAY = frozenset({RegisterCode.DEMAND, *EXPORTS})
RATIO_MIN = 5
"""Smaller ratios of transformers are within what use does by itself."""

Found = tuple[str, str] | None
"""What is wrong and what would be right, or none."""


def negative(case: Case, _rules: Rules) -> Found:
    """Find a reading below zero, which no dial shows."""
    if case.value >= 0:
        return None
    return f"{plain(case.value)} is below zero", "type what the dial shows"


def too_many_digits(case: Case, _rules: Rules) -> Found:
    """Find more digits than the dial has."""
    if case.value < case.register.span:
        return None
    return (
        f"{plain(case.value)} has more digits than the {case.register.digits} of {case.register}",
        "leave out the digits behind the point and check the meter number",
    )


def too_many_decimals(case: Case, _rules: Rules) -> Found:
    """Find more digits behind the point than the dial has."""
    places = -int(case.value.normalize().as_tuple().exponent)
    if places <= case.register.decimals:
        return None
    return (
        (
            f"{plain(case.value)} has {places} decimals and {case.register} shows "
            f"{case.register.decimals}"
        ),
        "type what the dial shows",
    )


def future_date(case: Case, _rules: Rules) -> Found:
    """Find a reading of a day that hasn't come yet."""
    if case.taken_on <= case.today:
        return None
    return f"{case.taken_on} is after today, {case.today}", "correct the date"


def backwards(case: Case, rules: Rules) -> Found:
    """Find a dial that shows less than before and can't have gone past zero in between."""
    before = case.before
    if before is None or not case.has_fallen or _has_passed_zero(case, rules):
        return None
    if case.register.code in _EITHER_WAY:
        return None
    if before.is_estimated and not case.is_estimated and _backward_kwh(case) <= case.kwh_max:
        return None
    return (
        (
            f"{case.register} fell from {plain(before.value)} on {before.taken_on} to "
            f"{plain(case.value)}; if the dial went past zero it used {plain(case.kwh)} kWh in "
            f"{case.days} days, and at most {plain(case.kwh_max)} are believable"
        ),
        "check the digits and the meter number, or have it read again",
    )


def rollover(case: Case, rules: Rules) -> Found:
    """Find a dial that went past its last number."""
    if case.before is None or not case.has_fallen or not _has_passed_zero(case, rules):
        return None
    if case.register.code in _EITHER_WAY:
        return None
    return (
        (
            f"{case.register} went past zero, from {plain(case.before.value)} to "
            f"{plain(case.value)}: {plain(case.kwh)} kWh"
        ),
        "nothing is to be done",
    )


def ceiling(case: Case, _rules: Rules) -> Found:
    """Find more use than the service point can draw."""
    if case.before is None or case.has_fallen or case.register.code is RegisterCode.DEMAND:
        return None
    if case.kwh <= case.kwh_max:
        return None
    if case.before.is_estimated and _backward_kwh(case) <= case.kwh_max:
        return None
    return (
        (
            f"{case.register} went from {plain(case.before.value)} on {case.before.taken_on} to "
            f"{plain(case.value)}: {plain(case.kwh)} kWh in {case.days} days, and at most "
            f"{plain(case.kwh_max)} are believable"
        ),
        "check the digits, the multiplier and the service point's kwh_per_day_max",
    )


def wrong_multiplier(case: Case, _rules: Rules) -> Found:
    """Find a use that differs from the usual one by just the ratio of the transformers."""
    ratio = case.register.multiplier
    if ratio < RATIO_MIN or case.before is None or case.has_fallen or not case.kwh:
        return None
    usual = case.lately_kwh() or case.usual_kwh()
    if not usual or not case.register.counts_consumption:
        return None
    times = case.kwh / case.days / usual
    is_times, is_part = (abs(times * by - 1) <= _NEARLY for by in (1 / ratio, ratio))
    if not is_times and not is_part:
        return None
    how = "times" if is_times else "parts of"
    return (
        (
            f"{plain(_rounded(case.kwh / case.days))} kWh a day is {plain(ratio)} {how} the usual "
            f"{plain(_rounded(usual))}, and {plain(ratio)} is the multiplier of {case.register}"
        ),
        "type what the dial shows, before it is multiplied; check the transformers",
    )


def spike(case: Case, rules: Rules) -> Found:
    """Find a use far above the register's own history."""
    if case.before is None or case.has_fallen or not case.register.counts_consumption:
        return None
    usual = _spiked(case, rules)
    if usual is None:
        return None
    return (
        (
            f"{plain(_rounded(case.kwh / case.days))} kWh a day, where at most "
            f"{plain(_rounded(usual))} are usual for {case.register}"
        ),
        "compare with the dial; accept it if it is so",
    )


def low(case: Case, rules: Rules) -> Found:
    """Find a use far below all that the register's own history has: lately, and in the season."""
    if not case.kwh or case.before is None or case.has_fallen:
        return None
    if case.register.code is not RegisterCode.TOTAL:
        return None
    most = case.kwh / case.days * rules.low_times
    lately = case.lately_kwh()
    if lately is not None and (lately <= most or lately < rules.low_kwh_min):
        return None  # Whatever else is usual, the least of it is at most that.
    least = case.least_kwh()
    if least is None or least <= most or least < rules.low_kwh_min:
        return None
    return (
        (
            f"{plain(_rounded(case.kwh / case.days))} kWh a day, where at least "
            f"{plain(_rounded(least))} are usual for {case.register}"
        ),
        "compare with the dial; find out whether the place is empty or the meter fails",
    )


def zero(case: Case, rules: Rules) -> Found:
    """Find a meter that used energy before and now does not."""
    if case.kwh or case.before is None or case.register.code is not RegisterCode.TOTAL:
        return None
    if case.days < rules.zero_days_min or case.usual_kwh() == 0:
        return None
    return (
        f"{case.register} used nothing in {case.days} days",
        "find out whether the place is empty, cut off, or the meter has stopped",
    )


def out_of_order(case: Case, _rules: Rules) -> Found:
    """Find a reading that doesn't fit below one of a later day that is kept."""
    after = case.after
    if after is None or case.register.code in _EITHER_WAY:
        return None
    kwh = advance(case.register, case.value, after.value) * case.register.multiplier
    days = max((after.taken_on - case.taken_on).days, 1)
    if kwh <= case.dial.kwh_per_day_max * days or case.is_estimated:
        return None
    return (
        (
            f"{case.register} showed {plain(after.value)} on {after.taken_on}, which doesn't fit "
            f"{plain(case.value)} on {case.taken_on}"
        ),
        "check the date and the digits; a wrong reading that is kept must be corrected first",
    )


def quantity_differs(case: Case, _rules: Rules) -> Found:
    """Find a file that gives another quantity than the difference of its readings."""
    if case.says is None:
        return None
    quantity, since = case.says
    moved = shortest(case.register, since, case.value)
    # A quantity is rounded in the last digit that is printed.
    step = Decimal(1).scaleb(int(quantity.as_tuple().exponent))
    both = (moved, moved * case.register.multiplier)
    if any(abs(abs(quantity) - each) < step for each in both):
        return None
    return (
        (
            f"the file says {plain(quantity)} kWh, but from {plain(since)} to "
            f"{plain(case.value)} it is {plain(moved)}"
        ),
        "ask the meter data provider; accept it if the readings are right",
    )


def _has_passed_zero(case: Case, rules: Rules) -> bool:
    return case.kwh <= case.kwh_max and _spiked(case, rules) is None


def _spiked(case: Case, rules: Rules) -> Decimal | None:
    """Return what is usual in a day if the use is far above it."""
    per_day = case.kwh / case.days
    if per_day <= rules.spike_kwh_min:
        return None
    lately = case.lately_kwh()
    if lately is not None and per_day <= lately * rules.spike_times:
        return None  # Whatever else is usual, it is at least that.
    usual = case.usual_kwh()
    if usual is None or per_day <= usual * rules.spike_times:
        return None
    return usual


def _backward_kwh(case: Case) -> Decimal:
    assert case.before is not None
    turned = advance(case.register, case.value, case.before.value)
    return turned * case.register.multiplier


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"))


ALONE = (negative, too_many_digits, too_many_decimals, future_date)
"""Checks of a reading by itself."""

BESIDE = (
    out_of_order,
    ceiling,
    backwards,
    quantity_differs,
    wrong_multiplier,
    spike,
    low,
    zero,
    rollover,
)
"""Checks of a reading beside its neighbors and its history."""


_NAMED = tuple((check.__name__, check) for check in (*ALONE, *BESIDE))


def find_doubts(case: Case, rules: Rules) -> list[Doubt]:
    """Return what the checks found about a reading; nothing more is asked after an error."""
    doubts: list[Doubt] = []
    for code, check in _NAMED:
        found = check(case, rules)
        if found is None or rules.severities[code] is Severity.OFF:
            continue
        doubts.append(rules.doubt(code, *found))
        if doubts[-1].severity is Severity.ERROR:
            break
    return doubts
