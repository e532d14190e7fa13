"""A supply: an account at a service point, on terms that hold for a span of days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise


class SupplyClass(StrEnum):
    """What the energy is used for."""

    RESIDENTIAL = "residential"
    COMMERCIAL = "commercial"
    INDUSTRIAL = "industrial"
    AGRICULTURAL = "agricultural"


class PaymentMode(StrEnum):
    """Whether energy is paid for after it was used, or before."""

    POSTPAID = "postpaid"
    PREPAID = "prepaid"


class Protection(StrEnum):
    """Why a supply may not simply be cut; the market's law says which reasons count."""

    NONE = "none"
    LIFE_SUPPORT = "life_support"
    HOSPITAL = "hospital"
    SCHOOL = "school"
    WELFARE = "welfare"
    WATER = "water"
    PUBLIC_SAFETY = "public_safety"
    MEDICAL = "medical"
    ELDERLY = "elderly"  # 65 or of pension age, as the market's law says
    OVER_75 = "over_75"
    OVER_85 = "over_85"
    INFANT = "infant"  # a child under two
    INDIGENT = "indigent"
    VIOLENCE = "violence"  # lives in fear of somebody at home


@dataclass(frozen=True, slots=True)
class Terms:
    """What a supply is to be, in the order in which a supply holds it."""

    supply_class: SupplyClass
    tariff: str
    contracted_kw: Decimal | None = None
    capacity_kva: Decimal | None = None
    household_size: int | None = None
    payment_mode: PaymentMode = PaymentMode.POSTPAID
    protection: Protection = Protection.NONE


@dataclass(frozen=True, slots=True)
class Supply:
    """
    An account's supply at a service point from a day up to, but not with, another.

    `ends_on` is none while it goes on. A change of customer, class or capacity ends a supply and
    starts another on the same day, so nothing is edited and every day has one set of terms. So
    does a suspension: `suspended_kva` is how much of the capacity is out of use.
    """

    id: int
    account_id: int
    service_point_id: int
    starts_on: date
    ends_on: date | None
    supply_class: SupplyClass
    tariff: str
    contracted_kw: Decimal | None = None
    capacity_kva: Decimal | None = None
    household_size: int | None = None
    payment_mode: PaymentMode = PaymentMode.POSTPAID
    protection: Protection = Protection.NONE
    suspended_kva: Decimal | None = None

    def is_on(self, day: date) -> bool:
        """Test whether the supply covers the day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


def overlapping(supplies: Iterable[Supply]) -> list[tuple[Supply, Supply]]:
    """Return the pairs of supplies, neighbors in time, that share a day at a service point."""
    ordered = sorted(supplies, key=lambda s: (s.service_point_id, s.starts_on, s.id))
    return [
        (first, second)
        for first, second in pairwise(ordered)
        if first.service_point_id == second.service_point_id and first.is_on(second.starts_on)
    ]
