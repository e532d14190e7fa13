"""The supplier that does not exist: believable, and the same every time for the same seed."""

import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpora import corpus
from web.demo import people, readings, usage
from web.demo.calibration import band, published, shapes
from web.demo.distil import distil, shares
from web.demo.profiles import PROFILES

SEED = "chenghu"
FIRST = date(2025, 8, 1)
DATA = Path(people.__file__).parent / "data"


@pytest.fixture(scope="module")
def served() -> tuple[people.Subscriber, ...]:
    return people.subscribers(SEED, 800, first_day=FIRST)


def test_every_load_shape_has_twelve_months_of_whole_days() -> None:
    for shape in shapes().values():
        assert [sum(month.hours) for month in shape.months] == [10_000] * 12, shape.name
        assert all(month.day_wh > 0 for month in shape.months)


def test_the_bands_are_those_of_the_six_utilities() -> None:
    assert len(published()) == 6
    assert band("customers_in_arrears_permille") == (73, 209)
    assert band("money_31_60_permille") == (147, 660)
    assert band("money_91_up_permille") == (157, 717)
    assert band("notices_per_disconnection_tenths") == (57, 299)
    assert band("disconnections_per_1000_accounts_hundredths") == (54, 404)


def test_the_tables_are_what_the_public_data_say(tmp_path: Path) -> None:
    distil(corpus("loads"), corpus("arrears_oregon"), tmp_path)
    for table in tmp_path.iterdir():
        assert table.read_bytes() == (DATA / table.name).read_bytes(), table.name


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_shares_sum_to_the_whole(weights: list[int]) -> None:
    assert sum(shares([Decimal(weight) for weight in weights])) == 10_000


def test_a_profile_uses_a_shape_and_registers_that_exist() -> None:
    for profile in PROFILES:
        assert {name for name, _ in profile.shape} <= shapes().keys(), profile.name
        assert set(usage.HOURS[profile.registers]) <= set(profile.registers), profile.name
    assert sum(profile.weight for profile in PROFILES) == 1000


def test_every_hour_of_the_day_belongs_to_one_register() -> None:
    for registers, hours in usage.HOURS.items():
        counted = Counter(hour for of_register in hours.values() for hour in of_register)
        assert counted == Counter(range(24)), registers


def test_the_mix_is_that_of_a_small_town(served: tuple[people.Subscriber, ...]) -> None:
    by_class = Counter(each.profile.supply_class for each in served)
    assert 80 <= 100 * by_class["residential"] / len(served) <= 90
    assert set(by_class) == {"residential", "commercial", "industrial", "agricultural"}
    protected = {each.profile.protection for each in served}
    assert protected >= {"welfare", "life_support", "school"}


def test_numbers_are_unique_and_check_themselves(served: tuple[people.Subscriber, ...]) -> None:
    for numbers in (
        [each.account_number for each in served],
        [each.point_number for each in served],
        [each.device.serial for each in served],
    ):
        assert len(set(numbers)) == len(served)
    for each in served:
        assert people.luhn(each.account_number[:-1]) == int(each.account_number[-1])


def test_mobiles_are_valid_in_form_and_some_have_none(
    served: tuple[people.Subscriber, ...],
) -> None:
    mobiles = [each.customer.mobile for each in served]
    assert 0 < mobiles.count("") < len(served) // 10
    for mobile in filter(None, mobiles):
        assert phonenumbers.is_valid_number(phonenumbers.parse(mobile)), mobile


def test_a_walk_meets_each_door_once(served: tuple[people.Subscriber, ...]) -> None:
    doors = [(each.route, each.walk_order) for each in served]
    assert len(set(doors)) == len(doors)
    assert max(Counter(route for route, _ in doors).values()) <= people.ROUTE_ACCOUNTS


def test_another_account_changes_nobody_elses_fate() -> None:
    few = people.subscribers(SEED, 50, first_day=FIRST)
    more = people.subscribers(SEED, 120, first_day=FIRST)
    assert few == more[:50]
    assert people.subscribers("another", 50, first_day=FIRST) != few


def test_the_same_seed_is_the_same_in_another_process() -> None:
    # Another hash seed: nothing may depend on the order of a set.
    program = (
        "from datetime import date; from hashlib import sha256; from web.demo import people;"
        "print(sha256(repr(people.subscribers('chenghu', 40, first_day=date(2025, 8, 1)))"
        ".encode()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_dials_turn_the_same_in_one_go_and_day_by_day(
    served: tuple[people.Subscriber, ...],
) -> None:
    off = {date(2025, 10, 3), date(2025, 10, 4)}
    for subscriber in served[:40]:
        at_once, daily = usage.dials(SEED, subscriber), usage.dials(SEED, subscriber)
        until = date(2025, 12, 15)
        at_once.turn_to(until, off)
        for day in range((until - FIRST).days):
            daily.turn_to(FIRST + timedelta(days=day + 1), off)
        assert at_once.shown() == daily.shown()


def test_nothing_is_used_while_supply_is_cut(served: tuple[people.Subscriber, ...]) -> None:
    meter = usage.dials(SEED, served[0])
    before = meter.shown()
    meter.turn_to(date(2025, 8, 11), {FIRST + timedelta(days=n) for n in range(10)})
    assert meter.shown() == before


def test_the_total_dial_counts_what_the_others_count(
    served: tuple[people.Subscriber, ...],
) -> None:
    by_hours = [each for each in served if len(each.device.registers) > 1]
    assert by_hours
    for subscriber in by_hours:
        meter = usage.dials(SEED, subscriber)
        meter.turn_to(date(2026, 3, 7))
        top = 10 ** (meter.device.digits + meter.device.decimals)
        dials = zip(meter.device.registers, meter.shown(), meter.device.openings, strict=True)
        turned = {name: (shown - opening) % top for name, shown, opening in dials}
        parts = [turned[name] for name in usage.HOURS[meter.device.registers]]
        assert turned["total"] == sum(parts) % top


def test_a_year_has_roll_overs_exchanges_missed_and_spoilt_readings(
    served: tuple[people.Subscriber, ...],
) -> None:
    rows, turned_over = _read_a_year(served)
    happened = {row.mishap for row in rows}
    assert happened == set(readings.Mishap)
    assert len(rows) < sum(12 * len(each.device.registers) for each in served)
    assert 5 < turned_over < len(served) // 4
    months = [date(2025, month, 1) for month in (9, 10, 11)]
    exchanged = [each for each in served if usage.exchange_of(SEED, each, months)]
    assert 0 < len(exchanged) < len(served) // 10


def test_a_spoilt_row_is_mended_to_what_the_dial_showed(
    served: tuple[people.Subscriber, ...],
) -> None:
    rows, _ = _read_a_year(served[:300])
    spoilt = [row for row in rows if row.mishap is not readings.Mishap.NONE]
    assert spoilt
    for row in spoilt:
        assert row.mended.value == row.truth
        assert row.mended.written_serial == row.serial


def _read_a_year(served: tuple[people.Subscriber, ...]) -> tuple[list[readings.Row], int]:
    meters = {each.seq: usage.dials(SEED, each) for each in served}
    before = {seq: readings.shown(meter) for seq, meter in meters.items()}
    rows: list[readings.Row] = []
    turned_over = 0
    month = FIRST
    for _ in range(12):
        month = usage.next_month(month)
        for meter in meters.values():
            meter.turn_to(month)
        rows += readings.read_route(SEED, served, taken_on=month, dials=meters, before=before)
        now = {seq: readings.shown(meter) for seq, meter in meters.items()}
        turned_over += sum(
            Decimal(now[seq].values[0]) < Decimal(before[seq].values[0]) for seq in now
        )
        before = now
    return rows, turned_over
