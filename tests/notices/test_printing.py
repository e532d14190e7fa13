"""Printing on real databases: in walking order, once, and nobody who has paid."""

from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import pytest
from pypdf import PdfReader

from arrears.step import StepKind
from config import journal
from notices import papers, printing, store
from notices.notice import Channel
from notices.outbox import State
from notices.printing import UnknownPaperError
from notices.simulator import Simulator
from tests.arrears import street
from tests.billing import town
from tests.notices import office
from tests.notices.office import DAY, DUE, SID, TOKEN

REMINDED = DUE + 3 * DAY


def text_of(path):
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


@pytest.fixture
def accounts(sessions):
    """Return three accounts on a route whose customers have no telephone and one letter each."""
    numbers = ("A-100", "A-200", "A-300")
    with sessions.begin() as session:
        found = office.found(session, *numbers)
        office.walk(session, "A-300", "A-100", "A-200")
        for number in numbers:
            office.set_customer(session, found[number], mobile=None)
    office.night(sessions, REMINDED)
    office.prepare(sessions, REMINDED)
    return found


def test_letters_are_printed_in_walking_order_with_a_cover(sessions, accounts, tmp_path):
    batch = office.print_due(sessions, tmp_path, REMINDED)
    assert (batch.letters, batch.pages, batch.left_out) == (3, 4, 0)
    assert batch.path == tmp_path / f"{batch.number}.pdf"
    cover, *letters = [page.extract_text() for page in PdfReader(batch.path).pages]
    for text, number in zip(letters, ("A-300", "A-100", "A-200"), strict=True):
        assert f"Customer {number}" in text
    assert [cover.index(f"Customer {n}") for n in ("A-300", "A-100", "A-200")] == sorted(
        cover.index(f"Customer {n}") for n in ("A-300", "A-100", "A-200")
    )
    assert "PB2026-000001" in cover
    assert "chen.xiao" in cover


def test_what_was_printed_is_done_and_not_printed_again(sessions, accounts, tmp_path):
    batch = office.print_due(sessions, tmp_path, REMINDED)
    assert office.print_due(sessions, tmp_path, REMINDED) is None
    assert office.prepare(sessions, REMINDED).letters == 0
    told = office.told(sessions)
    assert {one.state for one in told} == {State.PRINTED}
    assert {one.batch for one in told} == {batch.number}
    (step,) = street.steps(sessions, accounts["A-100"])
    assert (str(step.state), step.done_on) == ("done", REMINDED)
    with sessions() as session:
        (note,) = [one for one in journal.notes(session) if one.act == "print letters"]
    assert note.facts["letters"] == 3


def test_paid_a_second_ago_no_printed_line(sessions, accounts, tmp_path):
    street.pay(sessions, accounts["A-100"], "301.00", on=REMINDED)
    batch = office.print_due(sessions, tmp_path, REMINDED)
    assert (batch.letters, batch.left_out) == (2, 1)
    assert "A-100" not in text_of(batch.path)
    cancelled = [one for one in office.told(sessions) if one.state is State.CANCELLED]
    assert [one.reason for one in cancelled] == ["the step is withdrawn"]


def test_if_all_have_paid_nothing_is_printed(sessions, accounts, tmp_path):
    for number, account in accounts.items():
        street.pay(sessions, account, "301.00", on=REMINDED, reference=number)
    assert office.print_due(sessions, tmp_path, REMINDED) is None
    assert list(tmp_path.iterdir()) == []


def test_a_limit_parts_the_letters_into_batches_along_the_walk(sessions, accounts, tmp_path):
    found = []
    while (
        batch := printing.print_due(
            sessions,
            tmp_path,
            today=REMINDED,
            now=office.at(REMINDED),
            by="chen.xiao",
            limit=2,
            with_stationery=office.STATIONERY,
        )
    ) is not None:
        found.append(batch)
    assert [one.letters for one in found] == [2, 1]
    assert "A-300" in text_of(found[0].path)
    assert "A-200" in text_of(found[1].path)


def test_another_offices_letters_stay_where_they_are(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        town.settle_in(session, "B-900", office="south")
    with sessions() as session:
        kept = {one.code: one.id for one in printing.people.offices(session)}
    assert (
        printing.print_due(
            sessions,
            tmp_path,
            today=REMINDED,
            now=office.at(REMINDED),
            by="x",
            office_id=kept["south"],
            with_stationery=office.STATIONERY,
        )
        is None
    )
    assert office.print_due(sessions, tmp_path, REMINDED).letters == 3


def test_a_reprint_is_the_same_letters_marked_and_nobody_is_told_anew(sessions, accounts, tmp_path):
    batch = office.print_due(sessions, tmp_path, REMINDED)
    with sessions.begin() as session:
        # What has become of the customer since doesn't change what they were told.
        office.set_customer(session, accounts["A-100"], name="Somebody Else", address="Elsewhere")
    with sessions() as session:
        kept = store.find_batch(session, batch.number)
        data, pages = printing.redraw(session, kept)
    assert (sha256(data).hexdigest(), pages) == (kept.digest, kept.pages)
    assert data == batch.path.read_bytes()
    again = printing.reprint(
        sessions,
        batch.number,
        tmp_path,
        by="chen.xiao",
        reason="the printer jammed",
        today=REMINDED + DAY,
        now=office.at(REMINDED + DAY),
    )
    assert again.path.name == f"{batch.number}-reprint-1.pdf"
    first = [page.extract_text() for page in PdfReader(batch.path).pages]
    second = [page.extract_text() for page in PdfReader(again.path).pages]
    assert len(first) == len(second)
    assert all("补印" in page for page in second)
    assert not any("补印" in page for page in first)
    assert len(office.told(sessions)) == 3
    with sessions() as session:
        assert store.find_batch(session, batch.number).reprints == 1


def test_an_unknown_number_is_told_so(sessions, tmp_path):
    with pytest.raises(UnknownPaperError, match="PB1"):
        printing.reprint(
            sessions, "PB1", tmp_path, by="x", reason="", today=DUE, now=office.at(DUE)
        )
    for look in (printing.letter, printing.bill, printing.receipt):
        with pytest.raises(UnknownPaperError, match="N-1"):
            look(sessions, "N-1")


def test_a_crash_before_the_file_has_its_name_is_mended_by_the_next_print(
    sessions, accounts, tmp_path
):
    batch = office.print_due(sessions, tmp_path, REMINDED)
    data = batch.path.read_bytes()
    batch.path.rename(tmp_path / f"{batch.number}.pdf.part")
    (tmp_path / "PB2026-000099.pdf.part").write_bytes(b"a batch that was never kept")
    assert office.print_due(sessions, tmp_path, REMINDED) is None
    assert [path.name for path in tmp_path.iterdir()] == [f"{batch.number}.pdf"]
    assert batch.path.read_bytes() == data


def test_a_letter_can_be_looked_at_before_it_is_printed(sessions, accounts):
    number = office.told(sessions, Channel.PAPER)[0].number
    data = printing.letter(sessions, number)
    assert number in text_of(BytesIO(data))
    assert data == printing.letter(sessions, number)


def test_security_is_asked_for_in_writing(sessions, tmp_path):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100", "A-200", bills=4)
    with Simulator(SID, TOKEN, clock=lambda: office.at(DUE), sends_callbacks=False) as simulator:
        office.reach_notice(sessions, simulator, tmp_path, since=DUE, until=DUE + 3 * DAY)
    kinds = {step.kind for account in accounts.values() for step in street.steps(sessions, account)}
    security = kinds & {StepKind.DEPOSIT_DEMAND, StepKind.PREPAID_CONVERSION}
    told = {str(one.kind) for one in office.told(sessions) if one.state is State.PRINTED}
    assert {str(kind) for kind in security} <= told


def test_a_bill_is_drawn_from_the_books(sessions):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100", bills=2)
        made = town.bill(
            session, accounts["A-100"], "123.45", on=DUE + DAY, due_on=DUE + 16 * DAY, tax="14.20"
        )
    data = printing.bill(sessions, made.number)
    text = text_of(BytesIO(data))
    for wanted in (made.number, "Customer A-100", "123.45", "14.20", "壹佰贰拾叁元肆角伍分"):
        assert wanted in text
    assert "609.60" in text  # what was unpaid before, with what it cost by the day of the bill
    assert data == printing.bill(sessions, made.number)


def test_a_bill_shows_what_was_taken_from_the_customers_credit(sessions):
    with sessions.begin() as session:
        street.enact(session)
        accounts = town.settle_in(session, "A-100")
    street.pay(sessions, accounts["A-100"], "23.45", on=DUE)
    with sessions.begin() as session:
        made = town.bill(session, accounts["A-100"], "123.45", on=DUE, due_on=DUE + 15 * DAY)
    text = text_of(BytesIO(printing.bill(sessions, made.number)))
    assert "-23.45" in text
    assert "100.00" in text


def test_a_receipt_says_what_the_payment_settled(sessions):
    with sessions.begin() as session:
        accounts = office.found(session, "A-100")
    payment_id = street.pay(sessions, accounts["A-100"], "320.00", on=REMINDED)
    number = f"R{payment_id:09d}"
    text = text_of(BytesIO(printing.receipt(sessions, number)))
    for wanted in (number, "320.00", "300.00", "0.90", "19.10", "叁佰贰拾元整"):
        assert wanted in text


def test_a_runs_bills_come_in_files_of_so_many(sessions, tmp_path):
    assert papers.bills(sessions, 4711, tmp_path) == papers.Printed((), ())
    assert replace(office.STATIONERY, wordings={}).wordings == {}
