"""
What the acts of the customer master make of an account's supplies, and what stands against them.

Each plan returns what is to be ended and begun, or everything that stands in its way, in sentences
that say what would be right.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from billing.account import Account
from billing.money import Money, show
from billing.resting import may_rest_until, rests_of
from billing.supply import Supply, Terms
from config.suspension import Suspension
from meters.reading import plain

AHEAD_DAYS = 62
"""An act may be entered so many days before its day; a year mistyped is farther off."""
CHANGEABLE = (
    "supply_class",
    "tariff",
    "contracted_kw",
    "capacity_kva",
    "household_size",
    "protection",
)
"""What a clerk changes of a supply; what is agreed about paying takes a second person."""


class Dated(StrEnum):
    """What holds of an account from a day on, and may be taken back while nothing rests on it."""

    SUPPLY = "supply"
    TERMS = "terms"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Place:
    """
    A service point as an act of an account finds it, and the day of the act.

    `own` are the supplies of the account there, the earliest first; `others` those of other
    accounts, each with the account's number. `billed_until` is up to when the account is billed.
    """

    account: Account
    point_id: int
    point: str
    own: tuple[Supply, ...]
    others: tuple[tuple[str, Supply], ...]
    billed_until: date | None
    on: date
    today: date

    @property
    def going_on(self) -> Supply | None:
        """The account's supply there that began before the day and hasn't ended."""
        found = (one for one in self.own if one.ends_on is None and one.starts_on < self.on)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Plan:
    """The supply that ends on the day of an act, and the one that begins, where there is one."""

    ends: Supply | None = None
    begins: Supply | None = None


Problems: TypeAlias = tuple[str, ...]


def plan_move_in(place: Place, terms: Terms) -> Plan | Problems:
    """Return the supply that begins, or what stands against it."""
    problems = [*_far(place), *_billed(place)]
    account, on = place.account, place.on
    if not account.is_open_on(on):
        problems.append(
            f"account {account.number} is closed since {account.closed_on}; open another account"
            if account.opened_on <= on
            else f"account {account.number} is opened on {account.opened_on}, after {on}; "
            f"correct the day"
        )
    for number, supply in (*((account.number, one) for one in place.own), *place.others):
        if supply.ends_on is None or supply.ends_on > on:
            until = supply.ends_on or "further notice"
            problems.append(
                f"{place.point} is supplied for account {number} from {supply.starts_on} until "
                f"{until}; let that customer move out first"
            )
    if problems:
        return tuple(problems)
    return Plan(begins=_supply(account.id, place.point_id, on, terms))


def plan_move_out(place: Place, *, is_read: bool) -> Plan | Problems:
    """
    Return the supply that ends, or what stands against it.

    :param is_read: whether all dials there were read on the day.
    """
    if place.on > place.today:
        return (f"{place.on} hasn't come yet; let the customer move out on the day itself",)
    problems = [*_absent(place), *_billed(place)]
    if not problems and not is_read:
        problems.append(
            f"{place.point} was not read on {place.on}; give the closing reading of every register"
        )
    return tuple(problems) or Plan(ends=place.going_on)


def plan_change(place: Place, to: Mapping[str, Any]) -> Plan | Problems:
    """
    Return the supply that ends and what it is changed to, or what stands against it.

    :param to: new values by the name of the supply's attribute; of `CHANGEABLE` or the payment
        mode.
    """
    problems = [*_far(place), *_absent(place), *_billed(place)]
    supply = place.going_on
    if supply is None or problems:
        return tuple(problems)
    changed = replace(supply, **to)
    if changed == supply:
        return (f"nothing of the supply at {place.point} would change; say what is new",)
    if supply.suspended_kva is not None and changed.capacity_kva != supply.capacity_kva:
        return (f"capacity of {place.point} is suspended; end the suspension first",)
    return Plan(ends=supply, begins=_from(changed, place.on))


def plan_suspension(
    place: Place,
    kva: Decimal | None,
    law: Suspension | None = None,
    *,
    earliest: date = date.min,
    is_by_demand: bool = False,
) -> Plan | Problems:
    """
    Return the supply that ends and the same with capacity out of use, or what stands against it.

    :param kva: how much of the capacity rests; none says all of it.
    :param law: for how long it may, if the market's law says so.
    :param earliest: the first day on which it may, by when it was asked for.
    """
    problems = [*_far(place), *_absent(place), *_billed(place)]
    supply = place.going_on
    if supply is None or problems:
        return tuple(problems)
    if supply.suspended_kva is not None:
        since = supply.starts_on
        return (f"{place.point} is suspended already, since {since}; end that suspension first",)
    if not supply.capacity_kva:
        what = f"the supply at {place.point} has no capacity that could rest"
        return (f"{what}; let the customer move out, and in again",)
    rests = supply.capacity_kva if kva is None else kva
    if not 0 < rests <= supply.capacity_kva:
        most = plain(supply.capacity_kva)
        return (f"{plain(rests)} kVA can't rest of {most}; write at most {most}",)
    if law is not None:
        problems += _too_soon(place, law, earliest, is_by_demand=is_by_demand)
        before, most_months = rests_of(place.own, today=place.on), law.months_a_year_max
        if may_rest_until(before, place.on, months_max=most_months) == place.on:
            what = f"has rested {most_months} months of {place.on.year}"
            what += f", which {law.article} has as the most"
            remedy = "reduce the capacity instead, or let it rest in another year"
            problems.append(f"capacity of {place.point} {what}; {remedy}")
    if problems:
        return tuple(problems)
    return Plan(ends=supply, begins=_from(replace(supply, suspended_kva=rests), place.on))


def _too_soon(
    place: Place, law: Suspension, earliest: date, *, is_by_demand: bool
) -> Iterator[str]:
    """Tell from which day on capacity may rest, if it can't from the day of the act on."""
    right = max(place.on, earliest)
    if is_by_demand and law.is_by_months_of_demand:
        right = first_of_month(right)
    if place.on < earliest:
        days = law.notice_business_days_min
        yield f"{law.article} wants {days} business days of notice; let it rest from {right} on"
    elif right != place.on:
        yield f"capacity paid for by its demand rests for whole months; take {right}"


def first_of_month(day: date) -> date:
    """Return the day if a month begins on it, else the first of the next."""
    if day.day == 1:
        return day
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def plan_resumption(
    place: Place, *, least_days: int, whole_months: bool = False
) -> Plan | Problems:
    """
    Return the suspended supply that ends and the same in full use, or what stands against it.

    :param least_days: a shorter suspension lowers no charge, by the tariff; so it can't end sooner
        once a part of it is billed as one.
    :param whole_months: whether it ends with a calendar month, by the law.
    """
    problems = [*_far(place), *_absent(place), *_billed(place)]
    supply = place.going_on
    if supply is None or problems:
        return tuple(problems)
    if supply.suspended_kva is None:
        return (f"nothing of the supply at {place.point} is suspended; look at its history",)
    if whole_months and place.on != first_of_month(place.on):
        right = first_of_month(place.on)
        return (f"capacity paid for by its demand rests for whole months; take {right}",)
    since = supply.starts_on
    is_billed = place.billed_until is not None and place.billed_until > since
    if is_billed and (place.on - since).days < least_days:
        what = f"the suspension since {since} is billed as one of {least_days} days or more"
        return (f"{what}; end it on {since + timedelta(least_days)} or later",)
    return Plan(ends=supply, begins=_from(replace(supply, suspended_kva=None), place.on))


@dataclass(frozen=True, slots=True)
class Retraction:
    """What taking back the last act at a service point makes of the supplies that it left."""

    on: date
    gone: Supply | None = None
    goes_on: Supply | None = None

    @property
    def is_agreed(self) -> bool:
        """Test whether the act was about how is paid, to which a second person agreed."""
        if self.gone is None or self.goes_on is None:
            return False
        return self.gone.payment_mode is not self.goes_on.payment_mode


def plan_retraction(place: Place) -> Retraction | Problems:
    """
    Return what taking back the last act at a service point does, or what stands against it.

    Only what holds from today, the place's day, or from a later one can be taken back: by an
    earlier day somebody may have gone by it.
    """
    if not place.own:
        return tuple(_absent(place))
    last = place.own[-1]
    if last.ends_on is not None:
        found = Retraction(last.ends_on, goes_on=last)
    else:
        before = next((one for one in place.own if one.ends_on == last.starts_on), None)
        found = Retraction(last.starts_on, gone=last, goes_on=before)
    return tuple(_against_retraction(place, found)) or found


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left to settle between the house and an account."""

    owed: Money
    accrued: Money
    credit: Money
    deposit: Money


def against_closing(
    account: Account,
    supplies: Sequence[Supply],
    unbilled: Sequence[str],
    left: Balance,
    *,
    on: date,
    today: date,
) -> Problems:
    """
    Return everything that stands against closing an account.

    :param unbilled: the service points with days that are not billed yet.
    """
    return tuple(_against_closing(account, supplies, unbilled, left, on, today))


def _against_closing(
    account: Account,
    supplies: Sequence[Supply],
    unbilled: Sequence[str],
    left: Balance,
    on: date,
    today: date,
) -> Iterator[str]:
    number = account.number
    if account.closed_on is not None:
        yield f"account {number} is closed already, since {account.closed_on}; look at its history"
        return
    if not account.opened_on <= on <= today:
        yield f"{on} is not between {account.opened_on}, when it was opened, and today; correct it"
    if any(one.ends_on is None or one.ends_on > on for one in supplies):
        yield f"account {number} is still supplied on {on}; let the customer move out first"
    for point in unbilled:
        yield f"{point} is not billed to its end; ask for the final bill first (bills final)"
    if left.owed + left.accrued:
        yield (
            f"{show(left.owed + left.accrued)} of account {number} is open; let it be paid, or "
            f"written off, first"
        )
    if left.credit:
        yield f"{show(left.credit)} stands on account {number}; give it back first"
    if left.deposit:
        yield f"a deposit of {show(left.deposit)} is held of account {number}; release it first"


# --- helpers ----------------------------------------------------------------------------------


def _supply(account_id: int, point_id: int, on: date, terms: Terms) -> Supply:
    return Supply(
        0,
        account_id,
        point_id,
        on,
        None,
        terms.supply_class,
        terms.tariff,
        terms.contracted_kw,
        terms.capacity_kva,
        terms.household_size,
        terms.payment_mode,
        terms.protection,
    )


def _from(supply: Supply, on: date) -> Supply:
    return replace(supply, id=0, starts_on=on, ends_on=None)


def _far(place: Place) -> Iterator[str]:
    if (place.on - place.today).days > AHEAD_DAYS:
        yield f"{place.on} is more than {AHEAD_DAYS} days ahead; do it when the time comes"


def _absent(place: Place) -> Iterator[str]:
    later = [one for one in place.own if one.ends_on is None and one.starts_on >= place.on]
    if place.going_on is None and later and later[0].starts_on > place.own[0].starts_on:
        yield (
            f"the supply of account {place.account.number} at {place.point} was changed from "
            f"{later[0].starts_on} on; take a day after that"
        )
    elif place.going_on is None:
        yield (
            f"account {place.account.number} has no supply at {place.point} that began before "
            f"{place.on} and goes on; look at the account's supplies"
        )


def _against_retraction(place: Place, found: Retraction) -> Iterator[str]:
    if found.on < place.today:
        yield (
            f"the last act at {place.point} holds since {found.on}, and only what holds from today "
            f"on is taken back; enter what is right from today on"
        )
    for number, supply in place.others:
        if found.gone is None and supply.starts_on >= found.on:
            yield (
                f"{place.point} is supplied for account {number} from {supply.starts_on}; take "
                f"that back first"
            )
    # The bill up to the day of a moving out is its last.
    until = place.billed_until
    if until is not None and (until > found.on or (found.gone is None and until == found.on)):
        yield (
            f"{place.point} is billed up to {until}; have the bills up to then cancelled first, or "
            f"enter what is right from that day on"
        )


def _billed(place: Place) -> Iterator[str]:
    """What is billed stays as it was billed."""
    if place.billed_until is not None and place.on < place.billed_until:
        yield (
            f"{place.point} is billed up to {place.billed_until}; do it from that day on, or have "
            f"the bills after {place.on} cancelled first"
        )
