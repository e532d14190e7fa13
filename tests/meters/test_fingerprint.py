"""What is kept of a period has another fingerprint once anything of it is another."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from config.database import reading
from meters import intake, store
from meters.intervals import NewChannel, add_channels
from meters.period import Period
from meters.reading import RegisterCode
from meters.readings import NewReading, add_readings, dials_of_points
from tests.meters import supplier
from tests.meters.supplier import NOW, TODAY

START, END = date(2026, 1, 1), date(2026, 2, 1)
MONTH = Period(START, END)


@pytest.fixture
def points(sessions):
    with sessions.begin() as session:
        office = supplier.open_shop(session)
        return [
            supplier.add_meter(session, office, serial, installed_on=START)
            for serial in ("M1", "M2")
        ]


def add(sessions, point, day, value):
    with sessions.begin() as session:
        [dial] = dials_of_points(session, [point])[point]
        add_readings(session, [NewReading(dial.register.id, day, Decimal(value))])


def kept(sessions, points, period=MONTH):
    with reading(sessions) as session:
        return store.fingerprints(session, {(point, period) for point in points})


@pytest.mark.parametrize(
    ("day", "is_another"),
    [(START + timedelta(1), True), (END, True), (END + timedelta(1), False)],
    ids=["inside", "on its last edge", "after it"],
)
def test_a_reading_of_the_period_makes_another_and_of_this_point_alone(
    sessions, points, day, is_another
):
    first, other = points
    before = kept(sessions, points)

    add(sessions, first, day, 10)

    after = kept(sessions, points)
    assert (after[first, MONTH] != before[first, MONTH]) is is_another
    assert after[other, MONTH] == before[other, MONTH]


def test_a_correction_makes_another(sessions, points):
    point, _ = points
    add(sessions, point, END, 10)
    before = kept(sessions, points)

    intake.correct(
        sessions,
        serial="M1",
        register=RegisterCode.TOTAL,
        taken_on=END,
        value=Decimal(12),
        reason="a digit was misread",
        by="chen",
        today=TODAY,
        now=NOW,
    )

    assert kept(sessions, points)[point, MONTH] != before[point, MONTH]


def test_it_is_the_same_whatever_else_is_asked_for(sessions, points):
    point, other = points
    add(sessions, point, END, 10)
    add(sessions, point, date(2026, 3, 1), 20)

    alone = kept(sessions, [point])[point, MONTH]

    with reading(sessions) as session:
        more = {(point, MONTH), (other, Period(START, date(2026, 6, 1)))}
        assert store.fingerprints(session, more)[point, MONTH] == alone


def test_points_with_intervals_have_none(sessions, points):
    _, other = points
    with sessions.begin() as session:
        [meter_id] = store.meter_ids(session, ["M1"]).values()
        add_channels(session, [NewChannel(meter_id, "E1", RegisterCode.TOTAL, "UTC")])

    assert kept(sessions, points).keys() == {(other, MONTH)}
