"""What a run has to bill, and what is decided of each: a draft, or why there is none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from billing.basis import Before, Span
from billing.bill import Draft, draw_up
from billing.outcome import Parked
from billing.sanity import History
from billing.spans import unbilled
from billing.supply import Supply
from meters.period import Period
from meters.reading import Usage
from meters.usage import UsageProblem

NO_HISTORY = History()


@dataclass(frozen=True, slots=True)
class Billed:
    """
    What an account was billed for at a service point so far.

    `year_kwh` is what the calendar year of the last billed day had used by its end.
    """

    until: date
    year_kwh: Decimal
    history: History


@dataclass(frozen=True, slots=True)
class Due:
    """Days of an account at a service point that are to be billed."""

    account_id: int
    service_point_id: int
    supplies: tuple[Supply, ...]
    period: Period
    year_kwh: Decimal
    history: History
    past_demands: Mapping[date, Decimal] | None = None
    """The highest demands of months before, for a tariff that looks back at them."""
    season_kwh: Mapping[date, Decimal] | None = None
    """What was used since the first days of seasons, for a tariff whose blocks count over them."""

    def on(self, period: Period) -> "Due":
        """Return the same for a part of the days."""
        return replace(self, period=period)

    def supply_on(self, day: date) -> Supply:
        """Return the supply in force on one of the days."""
        return next(supply for supply in self.supplies if supply.is_on(day))

    def parked(self, code: str, message: str, remedy: str) -> Parked:
        """Return the note that it was left alone."""
        return Parked(self.account_id, self.service_point_id, code, message, remedy)


def dues_of(
    supplies: Iterable[Supply],
    billed: Mapping[tuple[int, int], Billed],
    *,
    until: date,
) -> list[Due]:
    """
    Return what is to be billed up to a day.

    :param supplies: all that some accounts have or had, the earliest first.
    :param billed: by account and service point.
    """
    together: dict[tuple[int, int], list[Supply]] = {}
    for supply in supplies:
        together.setdefault((supply.account_id, supply.service_point_id), []).append(supply)
    dues = []
    for (account_id, point_id), own in sorted(together.items()):
        so_far = billed.get((account_id, point_id))
        billed_until = None if so_far is None else so_far.until
        history = NO_HISTORY if so_far is None else so_far.history
        days = unbilled(own, billed_until=billed_until, until=until)
        if days is not None:
            year_kwh = _year_kwh(so_far, days.start)
            dues.append(Due(account_id, point_id, tuple(own), days, year_kwh, history))
    return dues


def _year_kwh(so_far: Billed | None, start: date) -> Decimal:
    if so_far is None or (so_far.until - timedelta(1)).year != start.year:
        return Decimal(0)
    return so_far.year_kwh


def decide(due: Due, usage: Usage | UsageProblem, spans: Sequence[Span] | Parked) -> Draft | Parked:
    """Return the draft of what is due, or why there is none."""
    if isinstance(usage, UsageProblem):
        return due.parked(usage.code, usage.message, usage.remedy)
    if isinstance(spans, Parked):
        return spans
    last_day = due.period.end - timedelta(1)
    draft = draw_up(
        usage,
        due.supply_on(last_day),
        spans,
        Before(due.year_kwh, due.past_demands, due.season_kwh),
    )
    if isinstance(draft, Draft):
        return draft
    return due.parked(
        "not_priced",
        "; ".join(draft),
        "change the supply's tariff, its contract or its meter, or the tariff file",
    )


def misfit(due: Due, spans: Iterable[Span], *, currency: str) -> Parked | None:
    """Return why the supply cannot have the tariffs it is on, or none."""
    for span in spans:
        tariff, supply = span.tariff, due.supply_on(span.period.start)
        if tariff.currency != currency:
            return due.parked(
                "tariff_currency",
                f"{tariff.name} is in {tariff.currency}, and this house bills in {currency}",
                "put the supply on a tariff of this market",
            )
        if tariff.classes and supply.supply_class not in tariff.classes:
            return due.parked(
                "tariff_class",
                f"{tariff.name} is for {', '.join(sorted(tariff.classes))}, and the supply is "
                f"{supply.supply_class}",
                "put the supply on a tariff of its class, or correct its class",
            )
    return None
