"""Who the demo's supplier serves: customers, homes and firms, meters, and how they pay."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from web.demo import names
from web.demo.lots import chance, lot, one_of
from web.demo.profiles import PROFILES, Payer, Profile

# Accounts on one route: what a reader walks in a morning.
ROUTE_ACCOUNTS = 90
# Permille of accounts that belong to the customer before: a landlord, a firm with two shops.
_SAME_CUSTOMER = 40
# Permille of accounts that were opened when the demo begins.
_NEW = 60
_NO_MOBILE = 45
_ENGLISH = 35
_AUTOMATIC_TOP_UP = 60


@dataclass(frozen=True, slots=True)
class Office:
    """An office of the demo's supplier and the town it serves."""

    code: str
    name_zh: str
    name_en: str
    town_zh: str
    town_en: str
    weight: int


OFFICES = (
    Office("E", "城东供电所", "East Town Office", "澄湖市城东街道", "East Town", 42),
    Office("W", "城西供电所", "West Town Office", "澄湖市城西街道", "West Town", 30),
    Office("R", "河口供电所", "Rivermouth Office", "澄湖市河口镇", "Rivermouth", 18),
    Office("U", "山前供电所", "Upland Office", "澄湖市山前乡", "Upland", 10),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where on which walk a meter hangs."""

    office: Office
    route: str
    walk_order: int


# The office whose meters are read by a metering data provider, who sends NEM13 files.
PROVIDER_OFFICE = "U"


@dataclass(frozen=True, slots=True)
class Customer:
    """A person or firm as the supplier's customer list has it."""

    number: str
    name: str
    is_company: bool
    language: str
    mobile: str
    email: str
    address: str
    industry: str


@dataclass(frozen=True, slots=True)
class Device:
    """A meter: how many digits its dials have, and what they showed when it was installed."""

    serial: str
    digits: int
    decimals: int
    multiplier: int
    registers: tuple[str, ...]
    openings: tuple[int, ...]  # In the dial's smallest unit.
    from_day: date


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One account with its customer, place, meter and habits."""

    seq: int
    customer: Customer
    account_number: str
    credit_days: int
    point_number: str
    premise_address: str
    office: str
    route: str
    walk_order: int
    kwh_per_day_max: int
    device: Device
    profile: Profile
    tariff: str
    contracted_kw: int
    capacity_kva: int
    household_size: int
    day_wh: int
    payer: Payer
    opened_on: date

    @property
    def number(self) -> str:
        """The account number, by which everybody outside knows the subscriber."""
        return self.account_number


def subscribers(seed: str, count: int, *, first_day: date) -> tuple[Subscriber, ...]:
    """Return so many subscribers; the same seed always gives the same ones."""
    return tuple(_walk(seed, count, first_day))


def account_number(seq: int) -> str:
    """
    Return the ten-digit number of the account with the serial number.

    The last digit checks the others (Luhn), so that one mistyped digit names nobody.
    """
    body = f"{6_100_000 + seq:07d}".rjust(9, "0")
    return body + str(luhn(body))


def luhn(body: str) -> int:
    """Return the check digit of a string of digits (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


def _walk(seed: str, count: int, first_day: date) -> Iterator[Subscriber]:
    on_route: dict[str, int] = {}
    before: Subscriber | None = None
    for seq in range(1, count + 1):
        draw = lot(seed, "subscriber", seq)
        office = one_of(draw, [(office, office.weight) for office in OFFICES])
        profile = one_of(draw, [(each, each.weight) for each in PROFILES])
        walked = on_route.get(office.code, 0)
        on_route[office.code] = walked + 1
        route = f"{office.code}{walked // ROUTE_ACCOUNTS + 1:02d}"
        order = (walked % ROUTE_ACCOUNTS + 1) * 10
        owner = _owner(seed, seq, profile, before)
        customer = owner.customer if owner else _customer(draw, seq, profile, office)
        place = Place(office, route, order)
        before = _subscriber(draw, seq, profile, place, customer, first_day)
        yield before


def _owner(seed: str, seq: int, profile: Profile, before: Subscriber | None) -> Subscriber | None:
    """Return the subscriber before if this account is a second one of the same customer."""
    if before is None or before.profile.name != profile.name:
        return None
    return before if chance(_SAME_CUSTOMER, seed, "second account", seq) else None


def _customer(draw: Random, seq: int, profile: Profile, office: Office) -> Customer:
    english = draw.randrange(1000) < _ENGLISH
    language = "en" if english else "zh"
    if profile.is_company:
        trade_zh, trade_en, industry = draw.choice(profile.trades)
        name = names.firm(draw, trade_zh, trade_en, english=english)
        address = names.premises(draw, office.town_zh, office.town_en, english=english)
    else:
        name = names.english_person(draw) if english else names.person(draw)
        industry = ""
        address = names.home(draw, office.town_zh, office.town_en, english=english)
    reachable = profile.is_company or draw.randrange(1000) >= _NO_MOBILE
    return Customer(
        number=f"C{seq:06d}",
        name=name,
        is_company=profile.is_company,
        language=language,
        mobile=names.mobile(draw, seq) if reachable else "",
        email=f"customer{seq}@example.com" if profile.is_company else "",
        address=address,
        industry=industry,
    )


def _subscriber(
    draw: Random,
    seq: int,
    profile: Profile,
    place: Place,
    customer: Customer,
    first_day: date,
) -> Subscriber:
    month_kwh = _spread(draw, *profile.month_kwh)
    day_wh = month_kwh * 1000 * 12 // 365
    device = _device(draw, seq, profile, day_wh, first_day)
    kw = max(3, month_kwh // 150) if profile.is_company else draw.choice((4, 6, 8, 10))
    kva = _transformer(kw) if profile.has_capacity else 0
    return Subscriber(
        seq=seq,
        customer=customer,
        account_number=account_number(seq),
        credit_days=profile.credit_days,
        point_number=_point_number(seq, place.office),
        premise_address=customer.address,
        office=place.office.code,
        route=place.route,
        walk_order=place.walk_order,
        kwh_per_day_max=max(kw * 24, day_wh * 6 // 1000),
        device=device,
        profile=profile,
        tariff=_tariff(profile, kva),
        contracted_kw=kw,
        capacity_kva=kva,
        household_size=0 if profile.is_company else one_of(draw, ((2, 3), (3, 4), (4, 2), (6, 1))),
        day_wh=day_wh,
        payer=one_of(draw, profile.payers),
        opened_on=_opened_on(draw, first_day),
    )


def _opened_on(draw: Random, first_day: date) -> date:
    """Return when the account was opened: long ago, but for the few who moved in just now."""
    if draw.randrange(1000) < _NEW:
        return first_day
    return first_day - timedelta(days=draw.randrange(365, 365 * 15))


def _spread(draw: Random, least: int, most: int) -> int:
    """Return a size between two bounds; small ones are more common than large ones."""
    return least + (most - least) * draw.randrange(1000) * draw.randrange(1000) // 1_000_000


def _transformer(kw: int) -> int:
    """Return the kVA of the smallest usual transformer that carries the load."""
    sizes = (100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000)
    return next((size for size in sizes if size * 8 >= kw * 10), sizes[-1])


def _tariff(profile: Profile, kva: int) -> str:
    """Return the tariff: two parts are for 315 kVA and more (发改价格[2023]526号)."""
    return "commercial_single_part" if profile.has_capacity and kva < 315 else profile.tariff


def _point_number(seq: int, office: Office) -> str:
    # A provider's files know a service point by a number of ten characters.
    return f"NCH{office.code}{seq:06d}"


def _device(draw: Random, seq: int, profile: Profile, day_wh: int, first_day: date) -> Device:
    digits = one_of(draw, profile.digits)
    # A dial takes 10**digits kWh times the multiplier; it should last two years at least, as
    # real ones do, but a good share of the demo's are about to turn over.
    while day_wh * 500 // (profile.multiplier * 1000) > 10**digits and digits < 8:
        digits += 1
    scale = 10**profile.decimals
    used = day_wh * 300 // (profile.multiplier * 1000)
    near_the_top = draw.randrange(1000) < profile.turns_over
    openings = []
    for _ in profile.registers:
        top = 10**digits
        start = (
            top - max(1, draw.randrange(1, max(2, used)))
            if near_the_top
            else draw.randrange(top * 2 // 3)
        )
        openings.append(start % top * scale + draw.randrange(scale))
    return Device(
        serial=f"{profile.maker}{26_000_000 + seq * 7:010d}",
        digits=digits,
        decimals=profile.decimals,
        multiplier=profile.multiplier,
        registers=profile.registers,
        openings=tuple(openings),
        from_day=first_day,
    )
