"""Readings that change under bills: no energy is charged twice, and none is lost."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from billing import continuity, misreadings, run, store
from billing.correction import Fault, Finding
from billing.tables import BillRow
from config import dated
from meters import intake
from meters.period import Period
from meters.reading import ReadingKind, RegisterCode
from meters.tables import InstallationRow, ServicePointRow
from tests.billing.grid import CHIEF, CLERK, START, at, enact, person, read, settle, town
from tests.billing.test_corrections import cancel, number_of
from tests.billing.test_run import FEBRUARY, MARCH, bill, issue


@pytest.fixture(autouse=True)
def checks(sessions):
    """Put the shipped checks of readings in force."""
    with sessions.begin() as session:
        enact(session, *(one for one in dated.shipped() if one.subject == "policies/checks"))


def correct(sessions, number, value, day=FEBRUARY):
    intake.correct(
        sessions,
        serial=f"M{number}",
        register=RegisterCode.TOTAL,
        taken_on=day,
        value=Decimal(value),
        reason="a digit was misread",
        by=CLERK,
        today=MARCH,
        now=at(MARCH),
    )


def parked_in(sessions, made):
    with sessions() as session:
        return store.parked_in(session, made.run_id)


def kwh_of(sessions, made):
    with sessions() as session:
        return [one.kwh for one in store.bills(session, run_id=made.run_id)]


def test_a_draft_whose_reading_was_corrected_is_held_and_drawn_up_again(sessions):
    town(sessions, A1=6, A2=120)
    made = bill(sessions)
    correct(sessions, "A1", 90)

    assert issue(sessions, made).issued == 1

    [held] = run.held(sessions, made.run_id)
    assert held.rule == "readings_changed"
    assert "6 kWh then, 90 now; leave it out and draw it up again" in held.message
    words = {"by": CHIEF, "reason": "misread", "now": at(MARCH)}
    with pytest.raises(run.ReadingsChangedError, match="draws them up again"):
        run.settle_held(sessions, made.run_id, accept=[held.bill_id], **words)
    run.settle_held(sessions, made.run_id, leave_out=[held.bill_id], **words)
    again = bill(sessions)
    issue(sessions, again)
    assert kwh_of(sessions, again) == [90]


def test_a_draft_waits_with_the_one_that_it_goes_on_from(sessions):
    town(sessions, A1=6)
    first = bill(sessions)
    with sessions.begin() as session:
        read(session, "A1", MARCH, 200)
    second = bill(sessions, MARCH)
    correct(sessions, "A1", 90)

    assert issue(sessions, first, today=MARCH).issued == 0
    assert issue(sessions, second, today=MARCH).issued == 0

    [early], [late] = run.held(sessions, first.run_id), run.held(sessions, second.run_id)
    words = {"by": CHIEF, "reason": "misread", "now": at(MARCH)}
    run.settle_held(sessions, second.run_id, leave_out=[late.bill_id], **words)
    run.settle_held(sessions, first.run_id, leave_out=[early.bill_id], **words)
    again = bill(sessions, MARCH)
    issue(sessions, again, today=MARCH)
    assert kwh_of(sessions, again) == [200]


def read_between(session):
    read(session, "A1", date(2026, 1, 15), 50)


def read_what_was_less(session):
    # On the way from 0 to 179 the dial now went past its last number: nobody believes that.
    read(session, "A1", date(2026, 1, 15), 500)


def lower_what_is_believable(session):
    session.execute(update(ServicePointRow).values(kwh_per_day_max=Decimal("0.5")))


def change_the_ratio(session):
    session.execute(update(InstallationRow).values(multiplier=Decimal(20)))


def take_the_meter_out(session):
    session.execute(update(InstallationRow).values(removed_on=date(2026, 1, 20)))


@pytest.mark.parametrize(
    ("change", "is_held"),
    [
        (read_between, False),
        (read_what_was_less, True),
        (lower_what_is_believable, True),
        (change_the_ratio, True),
        (take_the_meter_out, True),
    ],
)
def test_a_draft_is_held_for_whatever_makes_its_usage_another(sessions, change, is_held):
    town(sessions, A1=179, A2=120)
    made = bill(sessions)
    with sessions.begin() as session:
        change(session)
        # The neighbor's meter is as it was.
        point = store.supplies_of(session, ids_of(session, "A2"))
        [[supply]] = point.values()
        restore(session, supply.service_point_id)

    issued = issue(sessions, made).issued

    assert issued == (1 if is_held else 2)
    assert [one.rule for one in run.held(sessions, made.run_id)] == ["readings_changed"] * is_held


def ids_of(session, *numbers):
    return [one.id for one in store.find_accounts(session, numbers).values()]


def restore(session, point_id):
    session.execute(
        update(ServicePointRow)
        .where(ServicePointRow.id == point_id)
        .values(kwh_per_day_max=Decimal(100000))
    )
    session.execute(
        update(InstallationRow)
        .where(InstallationRow.service_point_id == point_id)
        .values(multiplier=Decimal(1), removed_on=None)
    )


def test_a_draft_without_a_fingerprint_is_measured_again(sessions):
    town(sessions, A1=6, A2=120)
    made = bill(sessions)
    with sessions.begin() as session:
        session.execute(update(BillRow).values(fingerprint=None))
    correct(sessions, "A1", 90)

    assert issue(sessions, made).issued == 1
    assert kwh_of(sessions, made) == [120]


def test_what_goes_on_from_a_billed_estimate_has_no_fingerprint(sessions):
    billed_on_an_estimate(sessions, 300, 280)
    with sessions.begin() as session:
        read(session, "A1", MARCH, 400)

    bill(sessions, MARCH)

    with sessions() as session:
        kept = session.scalars(select(BillRow.fingerprint).order_by(BillRow.period_start)).all()
    assert [one is None for one in kept] == [False, True]


def billed_on_a_wrong_reading(sessions):
    """Bill January on 179, correct that to 149, and read 279 in March."""
    town(sessions, A1=179)
    made = bill(sessions)
    issue(sessions, made)
    correct(sessions, "A1", 149)
    with sessions.begin() as session:
        read(session, "A1", MARCH, 279)
    return number_of(sessions, made)


def test_what_does_not_begin_where_the_last_bill_ended_is_parked(sessions):
    number = billed_on_a_wrong_reading(sessions)

    [parked] = parked_in(sessions, bill(sessions, MARCH))

    assert parked.code == "opening_differs"
    assert "shows 149 on 2026-02-01" in parked.message
    assert f"bill {number} was made on 179" in parked.message
    assert f"cancel bill {number}" in parked.remedy
    with sessions() as session:
        assert continuity.bills_on(session, "MA1", FEBRUARY) == [number]
        assert continuity.bills_on(session, "MA1", MARCH) == []
    cancel(sessions, number)
    again = bill(sessions, MARCH)
    issue(sessions, again, today=MARCH)
    assert kwh_of(sessions, again) == [279]


def test_what_a_correction_settled_is_gone_on_with(sessions):
    billed_on_a_wrong_reading(sessions)
    wrong = Finding(Fault.RATIO, Period(START, FEBRUARY), (Decimal(179), Decimal(149)))
    asked, _ = misreadings.ask_correction(
        sessions, "A1", wrong, by=CLERK, reason="misread", now=at(MARCH)
    )
    misreadings.issue_correction(
        sessions, asked, by=person(CHIEF), reason="seen", today=MARCH, now=at(MARCH)
    )

    made = bill(sessions, MARCH)
    issue(sessions, made, today=MARCH)

    assert kwh_of(sessions, made) == [130]


def test_an_estimate_that_was_billed_is_set_right_by_the_next_reading(sessions):
    town(sessions, A2=1)
    with sessions.begin() as session:
        settle(session, {"A1": "residential_beijing"})
        read(session, "A1", FEBRUARY, 300, kind=ReadingKind.ESTIMATED)
    issue(sessions, bill(sessions))
    with sessions.begin() as session:
        read(session, "A1", date(2026, 2, 20), 350)

    made = bill(sessions, date(2026, 2, 20))

    assert made.billed == 1
    assert "opening_differs" not in {one.code for one in parked_in(sessions, made)}


def billed_on_an_estimate(sessions, estimate, actual):
    """Bill January on an estimate of its last day, and then read the dial for that very day."""
    town(sessions)
    with sessions.begin() as session:
        settle(session, {"A1": "residential_beijing"})
        read(session, "A1", FEBRUARY, estimate, kind=ReadingKind.ESTIMATED)
    issue(sessions, bill(sessions))
    correct(sessions, "A1", actual)


@pytest.mark.parametrize(
    ("estimate", "actual", "march", "kwh"),
    [(300, 280, 400, 100), (300, 330, 400, 100), (300, 120, 250, -50), (300, 305, 305, 5)],
    ids=["too high", "too low", "still too high", "nothing used"],
)
def test_a_billed_estimate_is_set_right_though_that_very_day_was_read_later(
    sessions, estimate, actual, march, kwh
):
    billed_on_an_estimate(sessions, estimate, actual)
    with sessions.begin() as session:
        read(session, "A1", MARCH, march)

    made = bill(sessions, MARCH)

    assert parked_in(sessions, made) == []
    held = [one.bill_id for one in run.held(sessions, made.run_id)]
    if held:
        words = {"by": CHIEF, "reason": "the estimate was too high", "now": at(MARCH)}
        run.settle_held(sessions, made.run_id, accept=held, **words)
    assert issue(sessions, made, today=MARCH).issued == 1
    assert kwh_of(sessions, made) == [kwh]
    with sessions() as session:
        assert list(continuity.breaks(session)) == []


def test_a_draft_that_goes_on_from_an_estimate_is_issued_though_the_day_is_read_meanwhile(sessions):
    town(sessions)
    with sessions.begin() as session:
        settle(session, {"A1": "residential_beijing"})
        read(session, "A1", FEBRUARY, 300, kind=ReadingKind.ESTIMATED)
        read(session, "A1", MARCH, 420)
    issue(sessions, bill(sessions))
    made = bill(sessions, MARCH)
    correct(sessions, "A1", 290)

    assert issue(sessions, made, today=MARCH).issued == 1
    assert kwh_of(sessions, made) == [120]


def test_the_check_of_the_books_finds_a_break_that_slipped_in(sessions, monkeypatch):
    number = billed_on_a_wrong_reading(sessions)
    monkeypatch.setattr(continuity, "without_breaks", lambda _session, measured: measured)
    made = bill(sessions, MARCH)
    issue(sessions, made, today=MARCH)

    with sessions() as session:
        [(name, how)] = continuity.breaks(session)

    assert name == f"bill {number_of(sessions, made)}"
    assert how == f"meter MA1 register total began at 149, and bill {number} ended at 179"


def test_the_check_of_the_books_finds_a_bill_over_other_energy_than_it_keeps(sessions):
    town(sessions, A1=179)
    made = bill(sessions)
    with sessions.begin() as session:
        session.execute(update(BillRow).values(kwh=BillRow.kwh + 1))
    issue(sessions, made)

    with sessions() as session:
        [(name, how)] = continuity.breaks(session)

    assert name == f"bill {number_of(sessions, made)}"
    assert how == "its days or its energy are others than those it was made on"
