"""Bills whose meter was wrong: what they come to without the fault, as a document and as money."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from billing import books, correcting, corrections, invariants, misreadings, store
from billing.basis import Before
from billing.bill import BillKind, Draft, IssuedBill, draw_up
from billing.correction import Billed, Fault, Finding, correct
from billing.money import money
from billing.payment import NewPayment
from billing.supply import SupplyClass
from config import approval
from config.acts import Act
from config.approval import OwnWorkError
from config.database import canonical, reading
from meters.interval import IntervalDay, Series
from meters.period import Period
from meters.reading import RegisterCode
from notices import account_papers
from tests import corpora
from tests.billing.grid import CHIEF, CLERK, START, at, person, read, town
from tests.billing.test_bill import SUPPLY, span, usage
from tests.billing.test_run import FEBRUARY, MARCH, bill, issue

DAY = date(2026, 3, 10)


@pytest.fixture
def house(sessions):
    """Bill a household 3000 kWh for January, and 300 for February."""
    town(sessions, A1=3000)
    issue(sessions, bill(sessions))
    with sessions.begin() as session:
        read(session, "A1", MARCH, 3300)
    issue(sessions, bill(sessions, MARCH), today=MARCH)
    return sessions


def finding(fault, *measure, since=START, until=MARCH):
    return Finding(fault, Period(since, until), tuple(map(Decimal, measure)))


def ask(sessions, found):
    asked, _ = misreadings.ask_correction(
        sessions, "A1", found, by=CLERK, reason="plate misread", now=at(DAY)
    )
    return asked


def issue_it(sessions, found, by=CHIEF):
    return misreadings.issue_correction(
        sessions, ask(sessions, found), by=person(by), reason="seen", today=DAY, now=at(DAY)
    )


def test_a_wrong_ratio_is_billed_by_the_true_one_over_the_whole_period(house):
    issued = issue_it(house, finding(Fault.RATIO, "40", "30"))

    # 3000 becomes 4000 and 300 becomes 400; the blocks of the year go by what should have been.
    assert [(one.kwh, one.right_kwh) for one in issued.bills] == [(3000, 4000), (300, 400)]
    january = 2880 * Decimal("0.4883") + 1120 * Decimal("0.5383")
    assert (
        issued.bills[0].right_amount
        == money(2880 * Decimal("0.4883")) + money(1120 * Decimal("0.5383"))
        == money(january)
    )
    assert issued.bills[1].right_amount == money(400 * Decimal("0.5383"))
    assert issued.amount == sum(one.right_amount - one.amount for one in issued.bills) > 0
    with reading(house) as session:
        owed = [c for own in books.open_charges(session, None, as_of=DAY).values() for c in own]
        assert issued.amount in [charge.open for charge in owed]
        assert invariants.findings(session, today=DAY) == []
    assert issued.due_on > DAY


def test_a_meter_that_ran_fast_is_credited_by_half_and_the_credit_is_used(house):
    issued = issue_it(house, finding(Fault.METER, "20"))

    # 20 % fast: 3000 were 2500, and half of what differs is given back.
    assert [one.right_kwh for one in issued.bills] == [2750, 275]
    assert issued.amount < 0
    with reading(house) as session:
        assert invariants.findings(session, today=DAY) == []
        charges = [c for own in books.open_charges(session, None, as_of=DAY).values() for c in own]
    right = [one.right_amount for one in issued.bills]
    assert sum(one.open for one in charges if one.for_charge_id is None) == sum(right)
    # January was due on the 24th of February; five days of what was owed, not of what was billed.
    (late,) = [one for one in charges if one.for_charge_id is not None]
    owed = issued.bills[0].amount + issued.amount
    assert late.amount == money(Decimal(owed) * 5 / 1000 / 100)


def test_only_the_days_of_the_fault_count(house):
    found = misreadings.work_out(house, "A1", finding(Fault.RATIO, "2", "1", since=FEBRUARY))

    assert [one.right_kwh for one in found.made.bills] == [600]
    half = Period(date(2026, 2, 15), MARCH)
    later = misreadings.work_out(house, "A1", Finding(Fault.RATIO, half, (Decimal(2), Decimal(1))))
    assert [one.right_kwh for one in later.made.bills] == [450]


def test_two_faults_of_one_bill_come_to_what_they_come_to_together(house):
    together = misreadings.work_out(house, "A1", finding(Fault.RATIO, "2", "1")).made
    days = [START, date(2026, 1, 16), FEBRUARY, date(2026, 2, 10), MARCH]

    made = [
        issue_it(house, finding(Fault.RATIO, "2", "1", since=since, until=until))
        for since, until in pairwise(days)
    ]

    # The blocks of the year are filled once, in whatever order the faults are found.
    assert sum(one.amount for one in made) == together.amount
    assert sum(one.tax for one in made) == together.tax
    assert [one.bills[0].kwh for one in made[:2]] == [3000, made[0].bills[0].right_kwh]
    assert [one.right_kwh for one in (*made[1].bills, *made[3].bills)] == [6000, 600]
    with reading(house) as session:
        assert invariants.findings(session, today=DAY) == []
    with pytest.raises(misreadings.CannotCorrectError, match=f"{made[1].number} corrected the sam"):
        misreadings.ask_to_cancel(house, made[0].number, by=CLERK, reason="wrong", now=at(DAY))


def test_a_bill_whose_corrected_tax_was_not_kept_is_not_corrected_on_other_days(house):
    issue_it(house, finding(Fault.RATIO, "2", "1", until=date(2026, 1, 16)))
    with reading(house) as session:
        (kept,) = correcting.standing_at(session, 1)
    number = kept.bills[0].number
    untold = replace(kept, bills=tuple(replace(one, right_tax=None) for one in kept.bills))

    misreadings.refuse_untold({number}, [kept])
    misreadings.refuse_untold({"another"}, [untold])
    with pytest.raises(misreadings.CannotCorrectError, match=f"{kept.number} kept no tax of each"):
        misreadings.refuse_untold({number}, [untold])


def test_a_stopped_meter_is_filled_with_normal_days(house):
    found = misreadings.work_out(house, "A1", finding(Fault.STOPPED, "10", since=date(2026, 2, 19)))
    assert [one.right_kwh for one in found.made.bills] == [300 + 100]


def test_intervals_that_were_counted_wrong_are_set_right_hour_by_hour():
    days = Period(date(2026, 7, 3), date(2026, 7, 5))
    amounts = [0] * 24
    amounts[11], amounts[20] = 96_000_000, 4_000_000
    kept = (IntervalDay(1, day, 60, amounts, "A") for day in (date(2026, 7, 3), date(2026, 7, 4)))
    series = Series(RegisterCode.TOTAL, "M1", "E1", "UTC+08:00", tuple(kept))
    measured = replace(usage(days, reactive="0"), intervals=(series,))
    spans = [span(days, "industrial_two_part", capacity_kva=Decimal(310))]
    drawn = draw_up(measured, SUPPLY, spans, Before(Decimal(0)))
    assert isinstance(drawn, Draft), drawn
    issued = IssuedBill(
        1, "B1", 1, 1, 1, SupplyClass.INDUSTRIAL, BillKind.REGULAR, 1, days, days.end, days.end,
        drawn.kwh, drawn.amount, drawn.tax,
    )  # fmt: skip
    tariffs = {spans[0].tariff.digest: spans[0].tariff}
    second = Period(date(2026, 7, 4), date(2026, 7, 5))

    made = correct(
        Finding(Fault.RATIO, second, (Decimal(3), Decimal(2))),
        [Billed(issued, json.loads(canonical(drawn.facts)))],
        tariffs,
    )

    (one,) = made.bills
    assert (one.kwh, one.right_kwh) == (200, 250)
    bought = {line.code: line.quantity for line in one.lines if line.code[:8] == "purchase"}
    assert bought == {"purchase.sharp": 240, "purchase.flat": 10}


def test_the_published_example_of_a_slow_meter():
    examples = json.loads(corpora.corpus("domain", "examples.json").read_text("utf-8"))
    (example,) = [one for one in examples if one["topic"] == "meter_error"]
    per_cent = Decimal(str(example["in"]["error"])) * 100
    found = finding(Fault.METER, per_cent)

    assert example["in"]["kwh"] * (found.factor - 1) == example["out_kwh"]


def test_half_of_a_slow_meters_error_is_exact():
    assert finding(Fault.METER, "-10").factor == 1 + Fraction(1, 18)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (finding(Fault.RATIO, "40"), "wants 2 figures"),
        (finding(Fault.RATIO, "40", "0"), "can't be"),
        (finding(Fault.METER, "-100"), "can't be"),
        (finding(Fault.METER, "0"), "can't be"),
        (finding(Fault.STOPPED, "-1"), "can't be"),
        (finding(Fault.METER, "5", since=date(2020, 1, 1), until=date(2020, 2, 1)), "no bill for"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(house, found, why):
    with pytest.raises(misreadings.CannotCorrectError, match=why):
        ask(house, found)


def test_nobody_corrects_alone_nor_twice_and_a_corrected_bill_stands(house):
    found = finding(Fault.METER, "20")
    with pytest.raises(OwnWorkError):
        issue_it(house, found, by=CLERK)
    issued = issue_it(house, found)

    with pytest.raises(misreadings.CannotCorrectError, match=f"{issued.number} corrected days"):
        ask(house, found)
    with reading(house) as session:
        newest = store.bills(session)[-1].number
    with pytest.raises(corrections.CannotCancelError, match=issued.number):
        corrections.ask_to_cancel(house, newest, by=CLERK, reason="x", now=at(DAY))


def cancel(sessions, number, by=CHIEF, today=DAY):
    asked = misreadings.ask_to_cancel(sessions, number, by=CLERK, reason="found", now=at(today))
    return misreadings.issue_correction(
        sessions, asked, by=person(by), reason="yes", today=today, now=at(today)
    )


def owed(sessions, day):
    """Return what is owed by a day: principal by its due days, and late charges together."""
    with reading(sessions) as session:
        charges = [c for own in books.open_charges(session, None, as_of=day).values() for c in own]
        assert invariants.findings(session, today=day) == []
    late = sum(one.open for one in charges if one.for_charge_id is not None)
    return [*sorted((one.due_on, one.open) for one in charges if not one.for_charge_id), late]


@pytest.mark.parametrize("fault", [(Fault.METER, "20"), (Fault.RATIO, "40", "30")])
def test_a_correction_that_is_cancelled_leaves_the_books_as_they_were(house, fault):
    with house.begin() as session:
        books.post_lateness(session, [1], posted_on=DAY)
    before = owed(house, DAY)
    issued = issue_it(house, finding(*fault))
    assert owed(house, DAY) != before

    undone = cancel(house, issued.number)

    assert owed(house, DAY) == before
    assert (undone.number, undone.reverses) == (f"R{issued.number}", issued.number)
    assert (undone.kwh, undone.amount, undone.tax) == (-issued.kwh, -issued.amount, -issued.tax)
    with reading(house) as session:
        kept = correcting.find_correction(session, issued.number)
    assert kept.cancelled_by == undone.number


def test_what_was_paid_on_a_correction_that_is_cancelled_is_the_customers_again(house):
    issued = issue_it(house, finding(Fault.RATIO, "40", "30"))
    with house.begin() as session:
        books.post_lateness(session, [issued.account_id], posted_on=DAY)
    *principal, late = owed(house, DAY)
    everything = late + sum(amount for _, amount in principal)
    with house.begin() as session:
        new = NewPayment(issued.account_id, "counter", "1", everything, DAY)
        books.receive(session, [new], posted_on=DAY, by=CLERK, now=at(DAY))

    cancel(house, issued.number)

    assert owed(house, DAY) == [0]
    with reading(house) as session:
        assert books.on_account(session, None, as_of=DAY) == {issued.account_id: issued.amount}


def test_bills_are_corrected_anew_once_a_correction_is_cancelled_by_two(house):
    issued = issue_it(house, finding(Fault.METER, "20"))
    with pytest.raises(OwnWorkError):
        cancel(house, issued.number, by=CLERK)
    with pytest.raises(misreadings.CannotCorrectError, match="asked for"):
        cancel(house, issued.number)
    [waiting] = waits(house, f"correction {issued.number}")
    undone = misreadings.issue_correction(
        house, waiting.id, by=person(CHIEF), reason="yes", today=DAY, now=at(DAY)
    )

    again = issue_it(house, finding(Fault.METER, "10"))

    assert again.amount != issued.amount
    for number, why in (
        (issued.number, "cancelled already"),
        (undone.number, "cancels"),
        ("K1", "there is no correction"),
    ):
        with pytest.raises(misreadings.CannotCorrectError, match=why):
            cancel(house, number)


def waits(sessions, subject):
    with reading(sessions) as session:
        return approval.waiting(session, act=Act.CORRECT_BILLS, subject=subject)


def test_the_blocks_of_a_year_go_by_the_energy_that_corrections_found(house):
    """3300 kWh by the bills, 4400 by the true ratio; the third month goes on from there."""
    issued = issue_it(house, finding(Fault.RATIO, "40", "30"))
    assert used_before(house, date(2026, 4, 1), 3400) == 4400

    cancel(house, issued.number, today=date(2026, 4, 1))

    assert used_before(house, date(2026, 5, 1), 3500) == 3400
    assert used_before(house, date(2026, 6, 1), 3600) == 3500


def used_before(sessions, day, dial):
    """Bill up to a day and return what the year had used before, as the bill says."""
    with sessions.begin() as session:
        read(session, "A1", day, dial)
    made = bill(sessions, day)
    issue(sessions, made)
    with reading(sessions) as session:
        [drawn] = store.bills(session, run_id=made.run_id)
        return Decimal(store.bill_facts(session, [drawn.id])[drawn.id]["year_kwh"])


def test_a_credit_note_and_a_statement_are_printed(house):
    issued = issue_it(house, finding(Fault.METER, "20"))

    note = account_papers.correction(house, issued.number)
    paper = account_papers.statement(house, "A1", since=START, until=DAY)

    assert note.startswith(b"%PDF")
    assert paper.startswith(b"%PDF")
    with reading(house) as session:
        (kept,) = correcting.corrections_of(session, issued.account_id)
    assert kept == issued
