from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from billing import books, run, store
from billing.bill import RunState
from billing.drafts import add_drafts
from billing.money import money
from billing.supply import PaymentMode, SupplyClass
from billing.trial import try_on_bills
from config.approval import OwnWorkError
from config.dated import NothingInForceError
from config.lease import BusyError, holding
from meters.reading import RegisterCode
from tests.billing import grid, shipped
from tests.billing.grid import CHIEF, CLERK, at, read, settle, town

FEBRUARY = date(2026, 2, 1)
MARCH = date(2026, 3, 1)


def bill(sessions, until=FEBRUARY, **changes):
    asked = {"cycle": None, "until": until, "by": CLERK, "today": until, "now": at(until)}
    return run.bill(sessions, **asked | changes)


def issue(sessions, made, **changes):
    asked = {"by": CHIEF, "today": made.until, "now": at(made.until)}
    return run.issue(sessions, made.run_id, **asked | changes)


def test_a_run_bills_what_was_used_and_a_second_person_issues_it(sessions):
    accounts = town(sessions, A1=120, A2=3000)

    made = bill(sessions)

    assert (made.eligible, made.billed, made.parked, made.held) == (2, 2, 0, 0)
    assert made.state is RunState.DRAWN_UP
    assert made.amount == money("58.60") + money("1470.90")
    issued = issue(sessions, made)
    assert issued.state is RunState.ISSUED
    assert (issued.issued, issued.issued_amount) == (2, made.amount)
    with sessions() as session:
        first, second = store.bills(session, run_id=made.run_id)
        owed = books.open_charges(session, None, as_of=FEBRUARY)
        lines = store.bill_lines(session, [second.id])[second.id]
    assert (first.number, second.number) == ("20260201010000001", "20260201010000002")
    # 15 days later is Monday, 16 February, a holiday of the Spring Festival, as is that week.
    assert first.due_on == date(2026, 2, 24)
    assert [line.code for line in lines] == ["energy", "energy.2"]
    assert {key: [charge.open for charge in charges] for key, charges in owed.items()} == {
        accounts["A1"].id: [5860],
        accounts["A2"].id: [147090],
    }


def test_a_run_repeated_finds_nothing_more(sessions):
    town(sessions, A1=120)
    bill(sessions)

    again = bill(sessions)

    assert (again.eligible, again.billed) == (0, 0)
    assert again.code == "2026020102"


def test_the_next_month_goes_on_where_the_last_left_off(sessions):
    town(sessions, A1=2800)
    issue(sessions, bill(sessions))
    with sessions.begin() as session:
        read(session, "A1", MARCH, 3000)

    made = bill(sessions, MARCH)
    issue(sessions, made)

    with sessions() as session:
        [last] = store.bills(session, run_id=made.run_id)
        lines = store.bill_lines(session, [last.id])[last.id]
        months = store.monthly_bills(session, [last.account_id], since=FEBRUARY, until=MARCH)
    assert last.kwh == 200
    # 2,880 kWh a year are in the first block, and January had used 2,800.
    assert [(line.code, line.quantity) for line in lines] == [("energy", 200), ("energy.2", 120)]
    assert [(day, kwh) for day, kwh, _ in months[last.account_id]] == [
        (FEBRUARY, 2800),
        (MARCH, 200),
    ]


def test_nobody_issues_the_run_they_started(sessions):
    town(sessions, A1=120)
    made = bill(sessions)

    with pytest.raises(OwnWorkError, match="a second person"):
        issue(sessions, made, by=CLERK)


def test_a_run_up_to_a_day_to_come_is_refused(sessions):
    with pytest.raises(run.NotReadyError, match="wait for the day"):
        bill(sessions, MARCH, today=FEBRUARY)


def test_a_run_without_a_policy_in_force_is_refused(sessions):
    with pytest.raises(NothingInForceError, match="policies/billing"):
        bill(sessions)


def test_while_one_runs_another_is_told_so(sessions):
    town(sessions, A1=120)
    with holding(sessions, run.LEASE), pytest.raises(BusyError, match="bill run is running"):
        bill(sessions)


def test_a_reading_of_a_few_days_before_closes_the_period(sessions):
    with sessions.begin() as session:
        grid.enact(session)
        settle(session, dict.fromkeys(("A1", "A2"), "residential_beijing"))
        read(session, "A1", date(2026, 1, 30), 100)
        read(session, "A2", date(2026, 1, 20), 100)

    made = bill(sessions)

    with sessions() as session:
        [draft] = store.draft_heads(session, made.run_id)
        [parked] = store.parked_in(session, made.run_id)
    assert draft.period.end == date(2026, 1, 30)
    assert parked.code == "missing_reading"


def test_one_route_can_be_billed_by_itself(sessions):
    with sessions.begin() as session:
        grid.enact(session)
        settle(session, {"A1": "residential_beijing"}, route="R1")
        settle(session, {"A2": "residential_beijing"}, route="R2")
        for number in ("A1", "A2"):
            read(session, number, FEBRUARY, 100)

    with pytest.raises(run.NotReadyError, match="no service point is on a route 'R3'"):
        bill(sessions, cycle="R3")
    assert bill(sessions, cycle="R2").billed == 1
    assert bill(sessions).billed == 1


def test_a_tariff_that_changes_inside_the_period_splits_the_bill_by_days(sessions):
    town(sessions, A1=310)
    with sessions.begin() as session:
        [old] = [file for file in grid.dated.shipped() if file.subject.endswith("beijing")]
        text = old.text.replace("price = 0.4883", "price = 0.6")
        grid.enact(session, grid.file_of(old.subject, date(2026, 1, 11), text))

    made = bill(sessions)
    issue(sessions, made)

    with sessions() as session:
        [one] = store.bills(session, run_id=made.run_id)
        lines = store.bill_lines(session, [one.id])[one.id]
    assert [(line.quantity, line.price, line.amount) for line in lines] == [
        (100, Decimal("0.4883"), 4883),
        (210, Decimal("0.6"), 12600),
    ]
    assert lines[0].text_en == "Energy, 2026-01-01 to 2026-01-10"
    explained = run.explain(sessions, one.number)
    assert explained.same
    assert [span.tariff.name for span in explained.spans] == [
        "tariffs/residential_beijing/2021-01-01",
        "tariffs/residential_beijing/2026-01-11",
    ]


def test_a_household_that_grows_has_wider_limits_from_that_month(sessions):
    with sessions.begin() as session:
        grid.enact(session)
        accounts = settle(
            session, {"A1": "residential_zhejiang"}, since=date(2025, 12, 1), household_size=3
        )
        [supply] = store.supplies_of(session, [accounts["A1"].id])[accounts["A1"].id]
        store.change_supplies(session, [replace(supply, household_size=6)], on=date(2026, 1, 16))
        for day, value in ((date(2026, 1, 1), 0), (FEBRUARY, 3100)):
            read(session, "A1", day, value)
    issue(sessions, bill(sessions, date(2026, 1, 1)))

    made = bill(sessions)

    with sessions() as session:
        [draft] = store.draft_heads(session, made.run_id)
        lines = store.bill_lines(session, [draft.bill_id])[draft.bill_id]
    # 1,500 kWh until the 16th; then 1,600 more, of which 2,760 + 1,200 - 1,500 have room.
    assert [(line.code, line.quantity) for line in lines] == [("energy", 1500), ("energy", 1600)]


def test_who_pays_before_use_gets_a_last_bill_and_no_more(sessions):
    accounts = town(sessions, A1=310)
    with sessions.begin() as session:
        read(session, "A1", date(2026, 1, 21), 200)
        store.set_payment_mode(
            session, [accounts["A1"].id], PaymentMode.PREPAID, on=date(2026, 1, 21)
        )

    made = bill(sessions)

    with sessions() as session:
        [draft] = store.draft_heads(session, made.run_id)
    assert (draft.period.end, draft.kwh) == (date(2026, 1, 21), 200)
    assert bill(sessions).eligible == 0


def test_a_factory_is_billed_by_its_registers_demand_and_power_factor(sessions):
    codes = (
        RegisterCode.TOTAL,
        RegisterCode.SHARP,
        RegisterCode.PEAK,
        RegisterCode.FLAT,
        RegisterCode.VALLEY,
        RegisterCode.REACTIVE,
        RegisterCode.DEMAND,
    )
    with sessions.begin() as session:
        grid.enact(session)
        settle(
            session,
            {"F1": "industrial_two_part"},
            supply_class=SupplyClass.INDUSTRIAL,
            codes=codes,
            capacity_kva=Decimal(500),
        )
        read(session, "F1", FEBRUARY, 100000, 10000, 30000, 35000, 25000, 30000, 280)

    made = bill(sessions)

    assert made.amount == money("83311.67")  # as the case a clerk can read says


def test_a_tariff_that_is_not_in_force_can_be_tried_on_an_account(sessions):
    town(sessions, A1=400)
    by_shanghai = shipped.tariff("residential_shanghai")

    seen = run.preview(sessions, "A1", until=FEBRUARY, today=FEBRUARY, instead=by_shanghai)

    [draft] = seen.drafts
    assert draft.amount == money("246.80")
    assert draft.facts["spans"][0]["tariff"] == by_shanghai.name
    [plain] = run.preview(sessions, "A1", until=FEBRUARY, today=FEBRUARY).drafts
    assert plain.amount == money("195.32")


def test_a_tariff_is_tried_on_the_bills_of_another(sessions):
    town(sessions, A1=120, A2=400)
    made = bill(sessions)
    run.issue(sessions, made.run_id, by=CHIEF, today=FEBRUARY, now=at(FEBRUARY))
    by_shanghai = shipped.tariff("residential_shanghai")

    with sessions() as session:
        found = try_on_bills(session, "residential_beijing", by_shanghai)
        assert try_on_bills(session, "residential_shanghai", by_shanghai).usages == ()
        one = try_on_bills(session, "residential_beijing", by_shanghai, limit=1)

    large, small = found.usages
    assert (large.old, large.new) == (money("195.32"), money("246.80"))
    assert (small.old, small.new) == (money("58.60"), money("74.04"))
    assert (found.groups[0].name, found.groups[0].more) == ("residential", 2)
    assert len(one.usages) == 1


def test_preview_writes_nothing(sessions):
    town(sessions, A1=120)
    with sessions() as session:
        before = books.books_digest(session)

    seen = run.preview(sessions, "A1", until=FEBRUARY, today=FEBRUARY)

    assert [draft.amount for draft in seen.drafts] == [money("58.60")]
    with sessions() as session:
        assert books.books_digest(session) == before
    with pytest.raises(KeyError):
        run.preview(sessions, "A2", until=FEBRUARY, today=FEBRUARY)


def test_the_same_period_cannot_be_billed_twice_even_by_hand(sessions):
    town(sessions, A1=120)
    made = bill(sessions)
    [draft] = run.preview(sessions, "A1", until=FEBRUARY, today=FEBRUARY).drafts or [None]
    assert draft is None
    with sessions.begin() as session:
        read(session, "A1", MARCH, 200)
    [draft] = run.preview(sessions, "A1", until=MARCH, today=MARCH).drafts

    with pytest.raises(IntegrityError), sessions.begin() as session:
        add_drafts(session, made.run_id, [(draft, None), (draft, None)])


def test_every_bill_of_a_run_can_be_worked_out_again(sessions):
    town(sessions, A1=120, A2=4000, A3=0)
    issue(sessions, bill(sessions))
    with sessions() as session:
        numbers = [one.number for one in store.bills(session)]

    assert len(numbers) == 3
    explained = [run.explain(sessions, number) for number in numbers]

    assert all(one.same for one in explained)
    assert explained[1].lines[1].why.startswith("kWh 2880 to 4800 of the calendar year")
    assert explained[1].usage.parts[0].closing.value == 4000


def test_chunks_of_any_size_make_the_same_books(sessions, new_sqlite):
    def books_after(maker, chunk):
        town(maker, **{f"A{at}": 100 * at for at in range(1, 8)})
        made = bill(maker, chunk=chunk)
        issue(maker, made, chunk=chunk)
        with maker() as session:
            return books.books_digest(session)

    from config import database

    with new_sqlite() as url:
        other = database.sessions(url)
        assert books_after(sessions, 1) == books_after(other, 5)
        database.engine_of(other).dispose()


def test_progress_is_told(sessions):
    town(sessions, A1=1, A2=2, A3=3)
    told = []

    made = bill(sessions, chunk=2, progress=lambda done, total: told.append((done, total)))
    issue(sessions, made, chunk=2, progress=lambda done, total: told.append((done, total)))

    assert told == [(2, 3), (3, 3), (2, 3), (3, 3)]


def test_runs_are_listed_the_newest_first(sessions):
    town(sessions, A1=1)
    first, second = bill(sessions), bill(sessions)

    with sessions() as session:
        assert [one.code for one in store.runs(session)] == [second.code, first.code]
        assert store.find_run_by_code(session, first.code) == run.report(sessions, first.run_id)
