from datetime import date
from decimal import Decimal

import pytest

from billing.usages import BadUsagesError, parse_usages
from meters.period import Period
from meters.reading import RegisterCode


def test_numbers_may_be_texts_and_the_total_may_be_left_out():
    [usage] = parse_usages(
        "usages.json",
        [
            {
                "id": 7,
                "start": "2026-01-01",
                "end": "2026-02-01",
                "registers": {"peak": "100.250", "valley": Decimal("49.75")},
                "suspended": [{"kva": 315, "days": 11}],
            }
        ],
    )

    assert usage.id == "7"
    assert usage.facts.period == Period(date(2026, 1, 1), date(2026, 2, 1))
    assert usage.facts.kwh == 150
    assert usage.facts.registers[RegisterCode.PEAK] == Decimal("100.25")
    assert usage.facts.suspended == ((Decimal(315), 11),)


def test_every_problem_of_a_file_is_told_with_its_usage():
    rows = [
        {"id": "a", "start": "2026-02-01", "end": "2026-01-01", "kwh": 1},
        {"id": "b", "start": "yesterday", "end": "2026-01-01", "kwh": "NaN", "khw": 1},
        {"id": "c", "start": "2026-01-01", "registers": {"night": 1}},
        "nothing",
    ]
    with pytest.raises(BadUsagesError) as refused:
        parse_usages("u.json", rows)

    assert refused.value.problems == (
        (
            "u.json: usage a: end: 2026-01-01 isn't after 2026-02-01; the end is the first day not "
            "billed"
        ),
        "u.json: usage b: start: has 'yesterday'; a day such as 2026-01-31 is wanted",
        "u.json: usage b: kwh: has 'NaN'; a number of at least -1000000000 is wanted",
        "u.json: usage b: khw: nobody knows this word; did you mean kwh?",
        "u.json: usage c: end: is missing; a day such as 2026-01-31 is wanted",
        (
            "u.json: usage c: registers: night: is no register; known are sharp, peak, flat, "
            "valley, "
            "deep_valley"
        ),
        "u.json: usage c: kwh: is missing; give kwh, or the kWh of registers",
        "u.json: usage 4: has 'nothing'; a mapping of keys to values is wanted",
    )
