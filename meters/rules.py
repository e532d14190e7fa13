"""What the checks on readings may be told by a dated policy file: severity and thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from config.table import TableReader


class BadChecksError(Exception):
    """A policy file of checks can't be read; the text has a line for each problem."""


class Severity(StrEnum):
    """What a check's finding does to the row."""

    ERROR = "error"
    DOUBT = "doubt"
    INFO = "info"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a check found about a row: refused, doubted, or taken in with a remark."""

    code: str
    severity: Severity
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Rules:
    """
    How severe each check is, and from where on it speaks.

    :param spike_times: a use of more than so many times what is usual is a spike.
    :param spike_kwh_min: but never below so many kWh a day.
    :param low_times: a use of less than one so manieth of the least that is usual is low.
    :param low_kwh_min: but only where so many kWh a day are usual.
    :param zero_days_min: no use in fewer days says nothing.
    :param history_days: how far back a register's own history is looked at.
    :param recent_days: how far back an estimate looks, if it has no reading of last year.
    :param profiles: what a register of a class of supply counts in a day of each month, in kWh:
        for estimates of those without a history.
    :param unread_days_max: a register nobody has looked at for longer is an alarm.
    """

    name: str
    severities: Mapping[str, Severity]
    spike_times: Decimal
    spike_kwh_min: Decimal
    low_times: Decimal
    low_kwh_min: Decimal
    zero_days_min: int
    history_days: int
    recent_days: int
    unread_days_max: int
    profiles: Mapping[str, tuple[Decimal, ...]]

    def doubt(self, code: str, message: str, remedy: str) -> Doubt:
        """Return a finding with the severity that the policy gives it."""
        return Doubt(code, self.severities[code], message, remedy)


class Known(NamedTuple):
    """A check's code and what it does unless the policy says otherwise; a critical one may not
    be made weaker."""

    code: str
    severity: Severity
    is_critical: bool


CHECKS = (
    Known("unknown_meter", Severity.ERROR, is_critical=True),
    Known("unknown_register", Severity.ERROR, is_critical=True),
    Known("before_installation", Severity.ERROR, is_critical=True),
    Known("after_removal", Severity.ERROR, is_critical=True),
    Known("conflict", Severity.ERROR, is_critical=True),
    Known("duplicate", Severity.ERROR, is_critical=False),
    Known("estimate_kept", Severity.DOUBT, is_critical=False),
    Known("incomplete_set", Severity.INFO, is_critical=False),
    Known("negative", Severity.ERROR, is_critical=True),
    Known("too_many_digits", Severity.ERROR, is_critical=True),
    Known("too_many_decimals", Severity.ERROR, is_critical=True),
    Known("future_date", Severity.ERROR, is_critical=True),
    Known("out_of_order", Severity.ERROR, is_critical=True),
    Known("ceiling", Severity.ERROR, is_critical=True),
    Known("interval_overlap", Severity.ERROR, is_critical=True),
    Known("above_power", Severity.DOUBT, is_critical=False),
    Known("incomplete_day", Severity.INFO, is_critical=False),
    Known("missing_days", Severity.INFO, is_critical=False),
    Known("gap_filled", Severity.INFO, is_critical=False),
    Known("backwards", Severity.DOUBT, is_critical=False),
    Known("quantity_differs", Severity.DOUBT, is_critical=False),
    Known("wrong_multiplier", Severity.DOUBT, is_critical=False),
    Known("spike", Severity.DOUBT, is_critical=False),
    Known("low", Severity.INFO, is_critical=False),
    Known("zero", Severity.DOUBT, is_critical=False),
    Known("rollover", Severity.INFO, is_critical=False),
)
"""Every check by its code."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WITH_THRESHOLDS = ("spike", "low", "zero")


def parse_rules(name: str, table: Mapping[str, Any]) -> Rules:
    """
    Return the rules of a policy file of checks.

    :raises BadChecksError: with everything that is wrong with it.
    """
    problems: list[str] = []
    reader = TableReader(name, table, problems)
    reader.text("title", name)
    severities = {check.code: _severity(reader, check) for check in CHECKS}
    own = {code: reader.table(code, required=False) for code in _WITH_THRESHOLDS}
    history = reader.table("history", required=False)
    rules = Rules(
        name=name,
        severities=severities,
        spike_times=own["spike"].number("times", Decimal(10), least=1),
        spike_kwh_min=own["spike"].number("kwh_per_day_min", Decimal(5)),
        low_times=own["low"].number("times", Decimal(10), least=1),
        low_kwh_min=own["low"].number("kwh_per_day_min", Decimal(5)),
        zero_days_min=own["zero"].whole("days_min", 20, least=1),
        history_days=history.whole("days", 400, least=30),
        recent_days=history.whole("recent_days", 120, least=30),
        unread_days_max=history.whole("unread_days_max", 180, least=30),
        profiles=_profiles(reader.table("profiles", required=False)),
    )
    for table_reader in own.values():
        table_reader.choice("severity", Severity, Severity.DOUBT)
        table_reader.finish()
    history.finish()
    reader.finish()
    if problems:
        raise BadChecksError("\n".join(problems))
    return rules


def _profiles(reader: TableReader) -> dict[str, tuple[Decimal, ...]]:
    """Return the profile of each class; a month that has none of its own has the year's mean."""
    found = {}
    for name in reader:
        table = reader.table(name)
        mean = table.number("kwh_per_day", Decimal(0))
        months = table.table("months", required=False)
        found[name] = tuple(months.number(month, mean) for month in MONTHS)
        months.finish()
        table.finish()
    return found


def _severity(reader: TableReader, check: Known) -> Severity:
    table = reader.table(check.code, required=False)
    severity = table.choice("severity", Severity, check.severity)
    if check.is_critical and severity is not Severity.ERROR:
        table.wrong("severity", f"has {severity}", "this check is critical: it stays an error")
    if check.code not in _WITH_THRESHOLDS:
        table.finish()
    return severity
