"""The kinds of subscribers the demo has, how many of each, and how each kind pays."""

from dataclasses import dataclass
from enum import StrEnum


class Payer(StrEnum):
    """How somebody treats a bill."""

    PROMPT = "prompt"  # pays between issue and due day
    AHEAD = "ahead"  # rounds up, and lives on the credit
    FORGETFUL = "forgetful"  # every few bills slip the mind until a message comes
    SLOW = "slow"  # pays weeks late as a habit
    CHRONIC = "chronic"  # months late, in parts, moved only by a disconnection notice
    BROKE = "broke"  # has no money; a cut moves some of them
    DISPUTES = "disputes"  # holds back a bill that seems too high


@dataclass(frozen=True, slots=True)
class Profile:
    """
    One kind of subscriber.

    `weight` is permille of all accounts, `month_kwh` the span of a mean month, `turns_over` the
    permille of meters that pass zero within the year.
    """

    name: str
    weight: int
    is_company: bool
    supply_class: str
    tariff: str
    protection: str
    shape: tuple[tuple[str, int], ...]
    month_kwh: tuple[int, int]
    registers: tuple[str, ...]
    digits: tuple[tuple[int, int], ...]
    decimals: int
    multiplier: int
    turns_over: int
    credit_days: int
    payers: tuple[tuple[Payer, int], ...]
    has_capacity: bool = False
    maker: str = "6"
    trades: tuple[tuple[str, str, str], ...] = ()


TOTAL = ("total",)
TWO_RATES = ("total", "peak", "valley")
FOUR_RATES = ("total", "sharp", "peak", "flat", "valley", "reactive")

# Weights tuned until the year's arrears lay within what the utilities of the filings report.
_HOMES = (
    (Payer.PROMPT, 540),
    (Payer.AHEAD, 70),
    (Payer.FORGETFUL, 160),
    (Payer.SLOW, 150),
    (Payer.CHRONIC, 54),
    (Payer.BROKE, 16),
    (Payer.DISPUTES, 10),
)
_FIRMS = (
    (Payer.PROMPT, 610),
    (Payer.FORGETFUL, 120),
    (Payer.SLOW, 200),
    (Payer.CHRONIC, 42),
    (Payer.BROKE, 16),
    (Payer.DISPUTES, 12),
)
_GOOD = ((Payer.PROMPT, 900), (Payer.SLOW, 100))
_POOR = ((Payer.PROMPT, 500), (Payer.FORGETFUL, 250), (Payer.SLOW, 150), (Payer.BROKE, 100))

_HOME_SHAPES = (
    ("temperate_small", 5),
    ("temperate_mixed", 6),
    ("air_conditioned", 3),
    ("electric_heating", 2),
)
_SHOPS = (
    ("五金建材店", "Hardware", "retail"),
    ("便利超市", "Convenience Store", "retail"),
    ("小食餐馆", "Diner", "catering"),
    ("酒店有限公司", "Hotel Ltd", "hotel"),
    ("汽车修理厂", "Motor Repairs", "services"),
    ("服装店", "Clothing", "retail"),
)
_PLANTS = (
    ("精密机械有限公司", "Precision Machinery Ltd", "machinery"),
    ("塑料制品有限公司", "Plastics Ltd", "plastics"),
    ("食品有限公司", "Foods Ltd", "food"),
    ("纺织有限公司", "Textiles Ltd", "textiles"),
    ("铸造有限公司", "Foundry Ltd", "metals"),
)
_FARMS = (
    ("水稻种植合作社", "Rice Cooperative", "agriculture"),
    ("果蔬种植场", "Market Garden", "agriculture"),
    ("水产养殖场", "Fish Farm", "agriculture"),
)

PROFILES = (
    Profile(
        "home",
        740,
        False,
        "residential",
        "residential_zhejiang",
        "none",
        _HOME_SHAPES,
        (60, 620),
        TOTAL,
        ((4, 2), (5, 6), (6, 2)),
        0,
        1,
        60,
        20,
        _HOMES,
    ),
    Profile(
        "home by hours",
        90,
        False,
        "residential",
        "residential_tou_zhejiang",
        "none",
        (("temperate_steady", 3), ("temperate_mixed", 1)),
        (150, 900),
        TWO_RATES,
        ((5, 1), (6, 2)),
        2,
        1,
        40,
        20,
        _HOMES,
    ),
    Profile(
        "welfare household",
        16,
        False,
        "residential",
        "residential_zhejiang",
        "welfare",
        _HOME_SHAPES,
        (40, 220),
        TOTAL,
        ((4, 1), (5, 2)),
        0,
        1,
        0,
        20,
        _POOR,
    ),
    Profile(
        "life support",
        4,
        False,
        "residential",
        "residential_zhejiang",
        "life_support",
        _HOME_SHAPES,
        (250, 600),
        TOTAL,
        ((5, 1),),
        0,
        1,
        0,
        20,
        _POOR,
    ),
    Profile(
        "shop",
        88,
        True,
        "commercial",
        "commercial_single_part",
        "none",
        (("shop", 1),),
        (180, 4200),
        TOTAL,
        ((5, 2), (6, 1)),
        0,
        1,
        60,
        15,
        _FIRMS,
        trades=_SHOPS,
    ),
    Profile(
        "school",
        5,
        True,
        "commercial",
        "commercial_single_part",
        "school",
        (("shop", 1),),
        (2500, 14000),
        TOTAL,
        ((6, 1),),
        0,
        10,
        0,
        20,
        _GOOD,
        trades=(("小学", "Primary School", "education"), ("中学", "Middle School", "education")),
    ),
    Profile(
        "hospital",
        2,
        True,
        "commercial",
        "commercial_single_part",
        "hospital",
        (("shop", 1),),
        (9000, 60000),
        TOTAL,
        ((6, 1),),
        0,
        20,
        0,
        20,
        _GOOD,
        trades=(("人民医院", "Hospital", "health"), ("卫生院", "Health Centre", "health")),
    ),
    Profile(
        "plant",
        22,
        True,
        "industrial",
        "industrial_two_part",
        "none",
        (("factory", 1),),
        (12000, 160000),
        FOUR_RATES,
        ((5, 1), (6, 1)),
        2,
        60,
        40,
        10,
        _FIRMS,
        has_capacity=True,
        maker="8",
        trades=_PLANTS,
    ),
    Profile(
        "farm",
        33,
        True,
        "agricultural",
        "agricultural",
        "none",
        (("farm", 1),),
        (120, 3500),
        TOTAL,
        ((5, 2), (6, 1)),
        0,
        1,
        40,
        20,
        _FIRMS,
        trades=_FARMS,
    ),
)
