import tomllib
from decimal import Decimal

import pytest

from billing.supply import SupplyClass
from billing.tariff import BadTariffError, parse_tariff
from tests.billing import shipped

HEADING = """
title_en = "Test"
title_zh = "测试"
currency = "CNY"
"""
ENERGY = """
[[energy]]
code = "energy"
en = "Energy"
zh = "电度电费"
"""


def parse(text):
    return parse_tariff("tariffs/test/2026-01-01", tomllib.loads(text, parse_float=Decimal))


def problems(text):
    with pytest.raises(BadTariffError) as refused:
        parse(text)
    return [problem.removeprefix("tariffs/test/2026-01-01: ") for problem in refused.value.problems]


def test_blocks_of_a_season_want_one_and_no_household():
    ladder = (
        ENERGY
        + """
limits_per = "season"
household = { from_size = 5, extra_kwh_per_month = 100 }
block = [{ price = 1 }]
"""
    )
    first, second = problems(HEADING + ladder)
    assert first.endswith("'season' wants a season; name it, such as season = \"summer\"")
    assert second.startswith("energy energy: household: cannot go with limits per season")
    months = "[seasons]\nall = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n"
    [problem, _] = problems(HEADING + months + ladder + 'season = "all"')
    assert problem.endswith("the season has all twelve months; count over the 'year'")


@pytest.mark.parametrize("code", shipped.files())
def test_every_shipped_tariff_loads_and_says_its_sources(code):
    tariff = shipped.tariff(code)

    assert tariff.name.startswith(f"tariffs/{code}/")
    assert tariff.zh
    assert any("一" <= char <= "鿿" for char in tariff.zh)
    text = shipped.files()[code].text
    assert "[M]" in text or "[P]" in text, "say where each number comes from"
    assert "http" not in text, "cite instrument, article and year, never a web page"


def test_the_classes_of_a_tariff_say_who_may_have_it():
    assert shipped.tariff("agricultural").classes == {SupplyClass.AGRICULTURAL}
    assert parse(HEADING + ENERGY + "price = 1").classes == frozenset()


def test_an_unknown_word_is_refused_with_the_place_and_a_remedy():
    assert problems(HEADING + 'colour = "red"' + ENERGY + "prise = 1\nprice = 1") == [
        "energy energy: prise: nobody knows this word; did you mean price?",
        (
            "colour: nobody knows this word; known are benefit, calendar, capacity, classes, "
            "currency, demand, energy, example, export, fixed, fund, minimum, order, percent, "
            "power_factor, registers, round_to, rounding, seasons, title_en, title_zh, vat"
        ),
    ]


def test_all_problems_of_a_file_are_told_at_once():
    text = (
        HEADING
        + ENERGY
        + """
[[fixed]]
code = "supply"
en = "Supply"
zh = "基本费"
price = "1.05"
per = "week"
[[fund]]
code = "fund"
en = ""
zh = "基金"
price = 0.123456789
"""
    )
    assert problems(text) == [
        "fixed supply: price: has '1.05'; a number of at least -1000000 is wanted",
        "fixed supply: per: has 'week'; choose one of period, month, day",
        "energy energy: price: is missing; give price, prices by register, or [[energy.block]]",
        "fund fund: en: has ''; a text in quotes is wanted",
        "fund fund: price: has 0.123456789; at most 8 decimals are kept",
    ]


def blocks(*parts, heading=""):
    return HEADING + ENERGY + heading + "".join(f"\n[[energy.block]]\n{part}" for part in parts)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            blocks("up_to_kwh = 10\nprice = 1", heading='limits_per = "month"'),
            (
                "energy energy: up_to_kwh: the last block has an end; leave up_to_kwh out of "
                "the last "
                "block"
            ),
        ),
        (
            blocks(
                "up_to_kwh = 20\nprice = 1",
                "up_to_kwh = 20\nprice = 2",
                "price = 3",
                heading='limits_per = "month"',
            ),
            "energy energy: up_to_kwh: 20 comes after 20; blocks rise from one to the next",
        ),
        (
            blocks("price = 1", "price = 2", heading='limits_per = "month"'),
            "energy energy: up_to_kwh: a block before the last has no end; give it up_to_kwh",
        ),
        (
            blocks("up_to_kwh = 10\nprice = 1", "price = 2"),
            (
                "energy energy: limits_per: is missing; choose one of period, month, day, "
                "year, season, kw, "
                "kva"
            ),
        ),
        (
            blocks("up_to_kwh = 10", "add = 2", heading='limits_per = "year"'),
            (
                "energy energy: block 2: add: has nothing to add to; give the energy a base "
                "price or "
                "prices"
            ),
        ),
        (
            blocks("up_to_kwh = 10", "price = 2", heading='limits_per = "year"\nprice = 1'),
            (
                "energy energy: block 2: add: is missing; beside a base price, blocks say what "
                "they "
                "add to it"
            ),
        ),
        (
            blocks(
                "up_to_kwh = 10\nprices = { peak = 1, valley = 2 }",
                "prices = { peak = 3, flat = 2 }",
                heading='limits_per = "month"\nblocks_and_registers = "shared"',
            ),
            "energy energy: prices: blocks name different registers; name the same in every block",
        ),
        (
            blocks(
                "up_to_kwh = 10\nprices = { peak = 1, valley = 2 }",
                "prices = { peak = 3, valley = 2 }",
                heading='limits_per = "month"',
            ),
            "energy energy: blocks_and_registers: is missing; choose one of shared, each",
        ),
        (
            blocks(
                "up_to_kwh = 10\nprices = { peak = 1, valley = 2 }",
                "prices = { peak = 3, valley = 2 }",
                heading='limits_per = "year"\nblocks_and_registers = "each"',
            ),
            (
                "energy energy: blocks_and_registers: 'each' cannot go with limits per year; "
                "only the "
                "year's total is known: share the blocks"
            ),
        ),
        (
            HEADING + ENERGY + 'prices = { peak = 1, night = 2 }\nremainder = "flat"',
            (
                "energy energy: prices: night: is no register; known are sharp, peak, flat, "
                "valley, "
                "deep_valley"
            ),
        ),
        (
            HEADING + ENERGY + 'prices = { peak = 1 }\nremainder = "flat"',
            "energy energy: remainder: flat has no price; name one that has a price",
        ),
        (
            HEADING + ENERGY + 'price = 1\nseason = "rain"',
            "energy energy: season: 'rain' is not under [seasons]; known there: none",
        ),
        (
            HEADING + "[seasons]\nhot = [6, 7]\nwet = [7, 13]" + ENERGY + "price = 1",
            "seasons: months: [7] are in two seasons; put each month in one season",
        ),
        (
            HEADING + ENERGY + "price = 1" + ENERGY + "price = 2",
            "energy: is there twice; give each part its own code",
        ),
        (
            HEADING
            + ENERGY
            + 'price = 1\n[[percent]]\ncode = "tax"\nen = "Tax"\nzh = "税"\npercent = 1\n'
            + 'of = ["enrgy"]',
            "tax: of: 'enrgy' is no component; known are energy, tax",
        ),
        (
            HEADING + 'order = ["supply"]' + ENERGY + "price = 1",
            "order: 'supply' is no component; known are energy",
        ),
        (
            HEADING
            + '[[demand]]\ncode = "d"\nen = "D"\nzh = "需"\nprice = 1\n[demand.overrun]\n'
            + 'code = "o"\nen = "O"\nzh = "超"\nabove_share_of_contract = 1.05',
            'demand d: overrun: needs a contract value; say basis = "contract"',
        ),
    ],
)
def test_a_tariff_that_contradicts_itself_is_refused(text, problem):
    assert problem in problems(text)


CALENDAR = """
[[calendar]]
name = "hours"
otherwise = "flat"
[[calendar.window]]
register = "peak"
hours = ["08:00-22:00"]
"""
PRICED = ENERGY + 'calendar = "hours"\nprices = { peak = 2, flat = 1 }'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            CALENDAR.replace("08:00-22:00", "8-22") + PRICED,
            (
                "calendar hours: window 1: hours: has '8-22'; hours such as "
                '"08:00-11:30" are wanted'
            ),
        ),
        (
            CALENDAR.replace('register = "peak"', 'register = "noon"') + PRICED,
            (
                "calendar hours: window 1: register: 'noon' is no register; known are sharp, peak, "
                "flat, valley, deep_valley"
            ),
        ),
        (
            CALENDAR.replace('otherwise = "flat"', "") + PRICED,
            (
                "calendar hours: window: none holds on a weekday of month 1 at 00:00; say with "
                "`otherwise` which register counts"
            ),
        ),
        (
            CALENDAR.replace('hours = ["08', 'days = ["sunday"]\nhours = ["08') + PRICED,
            (
                "calendar hours: window 1: days: has ['sunday']; a list of some of weekday, "
                "weekend, holiday, event is wanted"
            ),
        ),
        (
            CALENDAR.replace('hours = ["08', 'months = [13]\nhours = ["08') + PRICED,
            "calendar hours: window 1: months: has [13]; months are 1 to 12",
        ),
        (
            CALENDAR.replace('otherwise = "flat"', 'otherwise = "flat"\nweekend = [0]') + PRICED,
            "calendar hours: weekend: has [0]; Monday is 1, Sunday is 7",
        ),
        (
            CALENDAR + CALENDAR + PRICED,
            "calendar: hours: is there twice; give each its own name",
        ),
        (
            CALENDAR + ENERGY + "price = 1",
            "calendar hours: nothing goes by it; name it in [[energy]], [[demand]] or [[export]]",
        ),
        (
            CALENDAR + ENERGY + 'price = 1\ncalendar = "hours"',
            "energy energy: calendar: isn't needed; it counts for prices by register",
        ),
        (
            CALENDAR + ENERGY + 'prices = { peak = 1 }\ncalendar = "hour"',
            "energy energy: calendar: 'hour' is not a [[calendar]]; known there: hours",
        ),
        (
            CALENDAR + ENERGY + 'prices = { peak = 1 }\ncalendar = "hours"',
            (
                "energy: calendar hours counts flat, which has no price; give it one, or say which "
                "register is the remainder"
            ),
        ),
        (
            '[registers]\nreactive = { en = "r", zh = "无" }' + PRICED.replace("calendar", "#"),
            "registers: reactive: is another kind of register; give times of use other words",
        ),
        (
            ENERGY + "price = 1\nif_used = { above_kwh = 200, up_to_kwh = 100, per = 'period' }",
            "energy energy: if_used: up_to_kwh: 100 isn't above 200; it is the end",
        ),
        (
            ENERGY
            + "price = 1\nif_used = { up_to_kwh = 100, per = 'period' }"
            + ENERGY
            + "price = 2\nif_used = { above_kwh = 99, per = 'period' }",
            "energy: is there twice; give each part its own code",
        ),
        (
            ENERGY
            + "price = 1\n"
            + '[[percent]]\ncode = "tax"\nen = "T"\nzh = "税"\npercent = 1\nof = ["levy"]\n'
            + '[[percent]]\ncode = "levy"\nen = "L"\nzh = "费"\npercent = 1\nof = ["energy"]',
            "tax: of: 'levy' is worked out later; before it come energy",
        ),
        (
            (
                '[[demand]]\ncode = "d"\nen = "D"\nzh = "需"\nprice = 1\nbasis = "contract"\n'
                "[demand.ratchet]\nshare = 0.8\nmonths = 11"
            ),
            'demand d: ratchet: goes by the measured maximum; say basis = "measured", one price',
        ),
        (
            (
                '[[demand]]\ncode = "d"\nen = "D"\nzh = "需"\nprice = 1\n'
                "[demand.ratchet]\nshare = 80\nmonths = 11"
            ),
            "demand d: ratchet: share: has 80; a share such as 0.80 is wanted",
        ),
        (
            '[[fixed]]\ncode = "f"\nen = "F"\nzh = "固"\nprice = 1\nper = "day"\neach = "kvar"',
            "fixed f: each: has 'kvar'; choose one of kw, contracted_kw, kva",
        ),
        (
            (
                '[[benefit]]\ncode = "b"\nen = "B"\nzh = "免"\nprice = 1\nkwh_per_month = 15\n'
                'paid = "later"'
            ),
            "benefit b: paid: has 'later'; choose one of deducted, cash",
        ),
    ],
)
def test_a_word_that_is_misused_is_refused_with_a_remedy(text, problem):
    assert problem in problems(HEADING + text)


def test_a_tax_of_thirteen_times_the_price_is_refused_with_what_was_meant():
    tax = '[vat]\nen = "VAT"\nzh = "增值税"\nrate = 13\nincluded = true\n'
    assert problems(HEADING + tax + ENERGY + "price = 1") == [
        "vat: rate: has 13; a share of the price below 1 is wanted, such as 0.13 for 13 %"
    ]
