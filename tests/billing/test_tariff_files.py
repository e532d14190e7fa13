import json
import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from billing.money import money
from billing.sanity import parse_billing_policy
from billing.tariff import BadTariffError
from billing.tariffs import TariffBook, check_file, price_file
from billing.usages import BadUsagesError
from config.dated import NothingInForceError
from meters.period import Period
from tests.billing import grid, shipped

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))


@pytest.fixture
def beijing(tmp_path):
    path = tmp_path / "beijing.toml"
    path.write_text(shipped.files()["residential_beijing"].text, "utf-8")
    return path


def usages(tmp_path, content):
    path = tmp_path / "usages.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_a_list_of_usages_is_priced_without_a_database(tmp_path, beijing):
    asked = [
        {"id": "one", "start": "2026-01-01", "end": "2026-02-01", "kwh": "120.5"},
        {"id": "two", "start": "2026-01-01", "end": "2027-01-01", "kwh": 5000},
    ]

    one, two = price_file(beijing, usages(tmp_path, asked))

    assert (one.id, one.total, one.currency) == ("one", money("58.84"), "CNY")
    assert (two.id, two.total) == ("two", money("2597.50"))
    assert [(line.code, line.quantity, line.price) for line in two.lines] == [
        ("energy", 5000, Decimal("0.4883")),
        ("energy.2", 1920, Decimal("0.05")),
        ("energy.3", 200, Decimal("0.30")),
    ]
    assert price_file(beijing, usages(tmp_path, {"usages": asked})) == [one, two]


def test_numbers_of_a_file_are_exact(tmp_path, beijing):
    text = '[{"start": "2026-01-01", "end": "2026-02-01", "kwh": 0.1000000000000000055}]'
    [priced] = price_file(beijing, usages(tmp_path, text))
    assert str(priced.lines[0].quantity) == "0.1000000000000000055"


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "7", '"text"'])
def test_a_file_that_is_no_list_of_usages_is_refused(tmp_path, beijing, content):
    with pytest.raises(BadUsagesError, match=r"usages\.json:.*a JSON list"):
        price_file(beijing, usages(tmp_path, content))


def test_what_the_tariff_wants_and_a_usage_lacks_is_told_of_every_usage(tmp_path):
    path = tmp_path / "tou.toml"
    path.write_text(shipped.files()["residential_tou_zhejiang"].text, "utf-8")
    asked = [{"start": "2026-01-01", "end": "2026-02-01", "kwh": 5}] * 2

    with pytest.raises(BadUsagesError) as refused:
        price_file(path, usages(tmp_path, asked))

    assert [problem.partition(": tou")[0] for problem in refused.value.problems] == [
        "usages.json: usage 1",
        "usages.json: usage 2",
    ]


def test_checking_a_file_tells_all_its_problems_and_a_sound_one_has_none(tmp_path, beijing):
    assert check_file(beijing) == ()
    text = beijing.read_text("utf-8").replace("4800", "2880").replace("currency", "curency")
    beijing.write_text(text, "utf-8")
    assert check_file(beijing) == (
        (
            "beijing.toml: energy energy: up_to_kwh: 2880 comes after 2880; blocks rise "
            "from one to "
            "the next"
        ),
        "beijing.toml: currency: is missing; a text in quotes is wanted",
        "beijing.toml: curency: nobody knows this word; did you mean currency?",
    )


@pytest.mark.parametrize(("content", "problem"), [(b"= 1", "Invalid"), (b"\xff", "not UTF-8")])
def test_a_file_that_cannot_be_read_is_a_problem_too(tmp_path, content, problem):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    [found] = check_file(path)
    assert found.startswith("broken.toml:")
    assert problem in found


@pytest.mark.parametrize("number", ["nan", "inf", "1e400", "1e-400", "9999999999999999"])
def test_a_number_that_cannot_be_reckoned_with_is_a_problem_too(tmp_path, number):
    text = shipped.files()["residential_beijing"].text.replace("= 0.4883", f"= {number}")
    path = tmp_path / "2026-01-01.toml"
    path.write_text(text, "utf-8")

    assert any("a number of at least" in problem for problem in check_file(path))


@pytest.mark.parametrize(
    ("usage", "problem"),
    [
        ({"kwh": "1e400000"}, "kwh"),
        ({"kwh": "NaN"}, "kwh"),
        ({"kwh": 1, "end": "9999-12-31"}, "end: has '9999-12-31'"),
    ],
)
def test_a_usage_that_cannot_be_reckoned_with_is_refused(tmp_path, beijing, usage, problem):
    days = {"id": "1", "start": "2026-01-01", "end": "2026-02-01"}

    with pytest.raises(BadUsagesError, match=problem):
        price_file(beijing, usages(tmp_path, [days | usage]))


def test_an_absent_file_is_a_problem_too(tmp_path):
    with pytest.raises(BadTariffError, match="No such file"):
        price_file(tmp_path / "absent.toml", tmp_path / "absent.json")


def test_the_tariffs_of_a_period_follow_each_other_day_by_day(sessions):
    old = shipped.files()["residential_beijing"]
    days = [date(2026, 1, 11), date(2026, 1, 21), date(2026, 2, 1)]
    with sessions.begin() as session:
        grid.enact(session)
        for at, day in enumerate(days):
            text = old.text.replace("0.4883", f"0.{at + 5}")
            grid.enact(session, grid.file_of(old.subject, day, text))

    with sessions() as session:
        found = TariffBook().in_force(session, "residential_beijing", JANUARY)

    assert [(period.days, tariff.name.rpartition("/")[2]) for period, tariff in found] == [
        (10, "2021-01-01"),
        (10, "2026-01-11"),
        (11, "2026-01-21"),
    ]


def test_a_tariff_activated_again_for_the_same_day_takes_the_place_of_the_first(sessions):
    old = shipped.files()["residential_beijing"]
    with sessions.begin() as session:
        grid.enact(session)
        text = old.text.replace("0.4883", "0.5")
        grid.enact(session, grid.file_of(old.subject, old.starts_on, text))

    with sessions() as session:
        [(period, tariff)] = TariffBook().in_force(session, "residential_beijing", JANUARY)

    assert period == JANUARY
    assert tariff.components[0].base[0].price == Decimal("0.5")


def test_a_period_that_begins_before_any_tariff_has_none(sessions):
    with sessions.begin() as session:
        grid.enact(session)
    early = Period(date(2020, 12, 1), date(2021, 2, 1))

    with sessions() as session, pytest.raises(NothingInForceError, match="2020-12-31"):
        TariffBook().in_force(session, "residential_beijing", early)


def test_a_digest_that_was_never_proposed_is_not_there(sessions):
    with sessions() as session, pytest.raises(KeyError):
        TariffBook().by_digests(session, ["0" * 64])


def test_the_examples_of_the_description_are_sound(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    # The tariff, its energy, the billing policy; layouts and checks follow, and are the meters'.
    heading, energy, hours, policy, *_ = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    [listed] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "example.toml"
    ordered = 'order = ["energy", "funds"]'
    assert ordered in heading
    path.write_text(heading.replace(ordered, 'order = ["energy"]') + energy, "utf-8")

    assert check_file(path) == ()
    factory, shop, flat = price_file(path, usages(tmp_path, listed))
    assert factory.id == "factory 7, March"
    assert shop.total == money("9.47")  # 17.6 kWh of the first block
    assert flat.total == money("1506.40")  # 2,800 kWh stay below 2,760 + 11 x 100
    titles = 'title_en = "Hours"\ntitle_zh = "分时"\ncurrency = "CNY"\n'
    path.write_text(titles + hours, "utf-8")
    [by_hours] = price_file(path, usages(tmp_path, [json.loads(listed)[1]]))
    assert [(line.code, line.amount) for line in by_hours.lines] == [
        ("energy.flat", money("11.68")),
        ("energy.valley", money("0.90")),
    ]
    assert parse_billing_policy("example", tomllib.loads(policy)).rules[0].bills_min == 3
