"""Days of Green Button feeds begin by the clock that the feed tells of."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config.table_file import open_file
from meters.formats.espi_clock import clock_of
from meters.formats.read import read_file
from meters.interval import minutes_of, starts_of
from tests.meters.test_green_button import feed, readings

EUROPE = {"dstStartRule": "3E0E2000", "dstEndRule": "AE0E3000"}
"""The last Sundays of March, 2 o'clock, and of October, 3 o'clock (Directive 2000/84/EC)."""
SYDNEY = {"dstStartRule": "A40E2000", "dstEndRule": "440E3000"}
"""The first Sundays of October, 2 o'clock, and of April, 3 o'clock (Standard Time Act 1987)."""
NOW = {"dstStartRule": "360E2000", "dstEndRule": "B40E2000"}
"""The second Sunday of March and the first of November (Energy Policy Act of 2005)."""


def rules(offset: int, own: dict[str, str], summer: int = 3600) -> dict[str, str]:
    return {"tzOffset": str(offset), "dstOffset": str(summer), **own}


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        (rules(3600, EUROPE), "Europe/Berlin"),
        (rules(7200, {**EUROPE, "dstStartRule": "3E0E3000", "dstEndRule": "AE0E4000"}), "EET"),
        (rules(36000, SYDNEY), "Australia/Sydney"),
        (rules(34200, SYDNEY), "Australia/Adelaide"),
        (rules(37800, SYDNEY, summer=1800), "Australia/Lord_Howe"),
        (rules(-12600, NOW), "America/St_Johns"),
        (rules(-28800, NOW), "America/Los_Angeles"),
        (rules(-28800, {}), "America/Los_Angeles"),
        (rules(-25200, {}, summer=0), "America/Phoenix"),
    ],
)
def test_a_rule_gives_every_day_the_hours_that_it_has_at_the_place(
    parameters: dict[str, str], place: str
) -> None:
    zone = clock_of(parameters) or ""
    if place == "Australia/Lord_Howe":  # There it is put back at 2 o'clock.
        zone = clock_of({**parameters, "dstEndRule": "440E2000"}) or ""
    for day in (date(2024, 1, 1) + timedelta(days=at) for at in range(3 * 365)):
        assert minutes_of(zone, day) == minutes_of(place, day), day
        found = [at.astimezone(UTC) for at in starts_of(zone, day, 30)]
        assert found == [at.astimezone(UTC) for at in starts_of(place, day, 30)], day


def test_what_a_feed_does_not_tell_is_not_guessed() -> None:
    assert clock_of({}) is None
    assert clock_of({"tzOffset": "soon"}) is None
    assert clock_of({"tzOffset": "99999"}) is None
    assert clock_of(rules(3600, {})) == "UTC+01:00"
    assert clock_of(rules(3600, {"dstStartRule": "zzzzzzzz", "dstEndRule": "0"})) == "UTC+01:00"


def test_a_feed_from_elsewhere_has_a_day_of_23_and_one_of_25_hours(tmp_path: Path) -> None:
    for first, hours in ((date(2026, 3, 28), (24, 23, 24)), (date(2026, 10, 24), (24, 25, 24))):
        # Midnight in Berlin is 23 o'clock of the day before in UTC, and 22 in summer.
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        start -= timedelta(hours=1 if first.month == 3 else 2)
        path = feed(tmp_path, readings([1000] * sum(hours), start=start), clock=3600)
        own = "".join(f"<{name}>{bits}</{name}>" for name, bits in EUROPE.items())
        text = path.read_text("utf-8").replace("<tzOffset>", f"{own}<tzOffset>")
        path.write_text(text, "utf-8")
        read = read_file(open_file(path), layout=None, fmt=None)
        assert tuple(len(one.amounts) for one in read.days) == hours
