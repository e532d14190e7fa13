import threading
from datetime import date

import pytest

from billing import books, cashier
from billing.incoming import Fate, Incoming, Known, judge
from config import batch, people
from config.database import reading
from config.people import Role
from config.refusal import RefusedFileError
from tests.billing import town

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)
APRIL_1 = date(2026, 4, 1)


@pytest.fixture
def accounts(sessions):
    with sessions.begin() as session:
        town.enact(session)
        return town.settle_in(session, "A-100", "A-200")


HEADING = "payment_ref,account_no,bill_no,value_date,amount,method\n"


def take_in(sessions, tmp_path, text, *, layout=None, by="li.wei", on=MARCH_26, **more):
    path = tmp_path / "payments.csv"
    path.write_text(text, "utf-8")
    return cashier.take_in(sessions, path, layout=layout, by=by, today=on, now=town.at(on), **more)


def test_every_row_of_a_file_is_accounted_for(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        bill = town.bill(session, accounts["A-200"], "80.00", on=MARCH_1, due_on=MARCH_16)
    text = (
        f"{HEADING}"
        "P-1,A-100,,2026-03-10,120.50,cash\n"
        f"P-2,,{bill.number},2026-03-10,80.00,card\n"
        "P-3,A-999,,2026-03-10,7.77,cash\n"
        "P-4,A-100,,2026-03-10,-5.00,cash\n"
        "P-5,A-100,,2026-03-10,33.335,cash\n"
        "P-6,A-100,,2027-03-10,1.00,cash\n"
        "P-1,A-100,,2026-03-10,120.50,cash\n"
        "P-7,A-100,,10 March,1.00,cash\n"
    )

    found = take_in(sessions, tmp_path, text)

    assert (found.rows, found.accepted, found.refused) == (8, 3, 5)
    assert [(one.row, one.code) for one in found.verdicts] == [
        (4, "suspense"),
        (5, "negative"),
        (6, "precision"),
        (7, "date_future"),
        (8, "duplicate"),
        (9, "date_format"),
    ]
    assert all(one.remedy and one.raw for one in found.verdicts)
    facts = found.facts
    assert (facts["posted"], facts["suspense"], facts["refused"]) == (20_050, 777, 12_150)
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=APRIL_1).collected == 20_827
        assert [one.amount for one in cashier.suspense(session)] == [777]
        assert town.owed(session, accounts["A-200"], as_of=MARCH_26) == []
        assert cashier.accounts_of(session, found.id) == [one.id for one in accounts.values()]


def test_a_file_cannot_write_to_the_channels_that_the_books_keep(accounts):
    rows = [
        Incoming(row, channel, f"B-{row}", 12_050, MARCH_16, (("A-100",),))
        for row, channel in enumerate(("credit_note", "Deposit_Released", "app"), start=2)
    ]

    found = judge(rows, Known(accounts), today=MARCH_26)

    assert [(one.fate, one.code) for one in found] == [
        (Fate.REFUSED, "own_channel"),
        (Fate.REFUSED, "own_channel"),
        (Fate.POSTED, ""),
    ]


def test_a_list_without_a_row_says_that_nothing_came(sessions, accounts, tmp_path):
    found = take_in(sessions, tmp_path, HEADING)

    assert (found.rows, found.accepted, found.refused, found.facts["total"]) == (0, 0, 0, 0)
    with reading(sessions) as session:
        assert batch.latest(session, batch.Kind.PAYMENTS) is not None


def test_two_days_without_a_payment_are_two_lists_and_the_same_of_a_day_is_one(
    sessions, accounts, tmp_path
):
    of_the_25th = date(2026, 3, 25)
    first = take_in(sessions, tmp_path, HEADING, as_of=of_the_25th)
    second = take_in(sessions, tmp_path, HEADING)
    again = [
        take_in(sessions, tmp_path, HEADING, as_of=of_the_25th),
        take_in(sessions, tmp_path, HEADING),
        take_in(sessions, tmp_path, HEADING, as_of=MARCH_26, on=APRIL_1),
    ]

    assert (first.told_until, second.told_until) == (of_the_25th, MARCH_26)
    assert [one.id for one in again] == [first.id, second.id, second.id]
    assert all(one.is_repeat for one in again)
    with reading(sessions) as session:
        assert batch.latest(session, batch.Kind.PAYMENTS) == town.at(MARCH_26)


def test_a_list_tells_of_the_day_of_its_newest_payment_or_as_it_is_said(
    sessions, accounts, tmp_path
):
    text = f"{HEADING}P-1,A-100,,2026-03-10,1.00,cash\nP-2,A-100,,2026-03-12,1.00,cash\n"

    with pytest.raises(RefusedFileError, match="the file tells of 2026-03-12, and 2026-03-11 was"):
        take_in(sessions, tmp_path, text, as_of=date(2026, 3, 11))
    with pytest.raises(RefusedFileError, match="2026-03-27 is after today, 2026-03-26"):
        take_in(sessions, tmp_path, text, as_of=date(2026, 3, 27))
    assert take_in(sessions, tmp_path, text).told_until == date(2026, 3, 12)
    later = text.replace("P-1", "P-3")
    assert take_in(sessions, tmp_path, later, as_of=MARCH_16).told_until == MARCH_16


def test_the_same_file_again_changes_nothing(sessions, accounts, tmp_path):
    text = f"{HEADING}P-1,A-100,,2026-03-10,120.50,cash\n"
    first = take_in(sessions, tmp_path, text)
    with reading(sessions) as session:
        before = books.books_digest(session)

    again = take_in(sessions, tmp_path, text, by="wang.min")
    longer = take_in(sessions, tmp_path, f"{text}P-2,A-100,,2026-03-10,1.00,cash\n")

    assert (again.is_repeat, again.id) == (True, first.id)
    (told,) = longer.verdicts
    assert (told.code, longer.accepted) == ("already_received", 1)
    assert "taken by li.wei on 2026-03-26" in told.message
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=APRIL_1).collected == 12_150
        assert books.books_digest(session) != before


def test_a_dry_run_says_the_same_and_keeps_nothing(sessions, accounts, tmp_path):
    text = f"{HEADING}P-1,A-100,,2026-03-10,120.50,cash\nP-2,A-9,,2026-03-10,1.00,cash\n"

    dry = take_in(sessions, tmp_path, text, dry_run=True)
    with reading(sessions) as session:
        assert books.newest_posting(session) is None
    wet = take_in(sessions, tmp_path, text)

    assert dry.verdicts == wet.verdicts
    assert dry.facts == wet.facts


def test_two_clerks_take_in_one_file_and_it_counts_once(sessions, accounts, tmp_path):
    text = f"{HEADING}P-1,A-100,,2026-03-10,120.50,cash\n"
    found = []
    gate = threading.Barrier(2)

    def clerk(by):
        folder = tmp_path / by
        folder.mkdir()
        gate.wait()
        found.append(take_in(sessions, folder, text, by=by))

    clerks = [threading.Thread(target=clerk, args=(by,)) for by in ("li.wei", "wang.min")]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()

    assert sorted(one.is_repeat for one in found) == [False, True]
    assert len({one.received_by for one in found}) == 1
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=APRIL_1).collected == 12_050


@pytest.mark.parametrize(
    ("last", "says"),
    [
        ("#TRAILER,count=2,total=131.50", "total 131.50, and the file has 120.50"),
        ("#TRAILER,count=1,total=120.50", "rows 1, and the file has 2"),
        ("", "is missing"),
    ],
)
def test_a_file_whose_last_row_counts_otherwise_is_refused_whole(
    sessions, accounts, tmp_path, last, says
):
    rows = "P-1,A-100,,2026-03-10,100.50,cash\nP-2,A-100,,2026-03-10,20.00,cash\n"

    with pytest.raises(Exception, match=says) as refused:
        take_in(sessions, tmp_path, HEADING + rows + last, layout="payments_agent")

    assert refused.value.code == "control_total"
    with reading(sessions) as session:
        assert books.newest_posting(session) is None


def test_a_file_with_the_right_last_row_is_recognized_and_taken(sessions, accounts, tmp_path):
    text = f"{HEADING}P-1,A-100,,2026-03-10,100.50,cash\n#TRAILER,count=1,total=100.50\n"

    found = take_in(sessions, tmp_path, text)

    assert (found.layout, found.accepted) == ("payments_agent", 1)
    with reading(sessions) as session:
        assert list(books.find_payments(session, "agent", ["P-1"])) == ["P-1"]


def test_money_for_another_office_waits_for_that_office(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        town.settle_in(session, "S-1", office="south")
        south = people.add_office(session, code="south", name_zh="南", name_en="South")
        people.add_user(
            session,
            login="zhao",
            name="Zhao",
            password="x",
            roles=[Role.CASHIER],
            office_ids=[south],
        )
    text = f"{HEADING}P-1,A-100,,2026-03-10,5.00,cash\nP-2,S-1,,2026-03-10,5.00,cash\n"

    found = take_in(sessions, tmp_path, text, by="zhao")

    assert [(one.row, one.code) for one in found.verdicts] == [(2, "other_office")]
    assert (found.accepted, found.facts["suspense"]) == (2, 500)


def test_suspense_money_is_given_to_its_owner_once(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "5.00", on=MARCH_1, due_on=MARCH_16)
    take_in(sessions, tmp_path, f"{HEADING}P-1,A-9,,2026-03-10,5.00,cash\n")
    with reading(sessions) as session:
        (unknown,) = cashier.suspense(session)

    def assign(number, by):
        return cashier.assign(
            sessions,
            unknown.id,
            number,
            by=by,
            reason="phoned",
            today=MARCH_26,
            now=town.at(MARCH_26),
        )

    receipt = assign("A-100", "li.wei")

    assert (receipt.account_number, receipt.late_charge) == ("A-100", 0)
    with pytest.raises(cashier.AlreadyDoneError, match=r"li\.wei was quicker"):
        assign("A-200", "wang.min")
