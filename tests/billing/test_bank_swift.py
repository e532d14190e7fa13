"""What banks write into MT940 that is easily read wrong."""

from datetime import date
from decimal import Decimal

import pytest

from billing import bank, books, cashier
from billing.formats.camt import BadStatementError, Message
from billing.formats.mt940 import parse_mt940
from billing.formats.swift_details import details_of
from config.database import reading
from config.refusal import RefusedFileError
from tests.billing import town
from tests.billing.test_bank import MARCH_1, MARCH_16, MARCH_26, swift


@pytest.fixture
def accounts(sessions):
    with sessions.begin() as session:
        town.enact(session)
        return town.settle_in(session, "A-100", "A-200")


def statement(*lines, opening="60F:C260315CNY0,00", closing=None):
    tail = [f":{closing}"] if closing else []
    return "\n".join([":20:S", ":25:CN1", ":28C:1/1", f":{opening}", *lines, *tail, ""])


def only(*lines):
    (one,) = parse_mt940(statement(*lines))[0].bookings
    return one


@pytest.mark.parametrize(
    ("line", "amount", "is_credit"),
    [
        ("260316C1,NTRFNONREF", "1", True),
        ("2603160316C,50NTRFNONREF", "0.50", True),
        ("2603160316CR5,5NTRFNONREF", "5.5", True),
        ("2603160316D1.234.567,89NTRFNONREF", "1234567.89", False),
        ("2603160316C0000000000120,00NTRFNONREF", "120.00", True),
        ("2603160316C500NTRF29-03-2026 10:05//B4G", "500", True),
        ("2603160316C500.25NTRFNONREF", "500.25", True),
        ("2603160316RC8,NTRFNONREF", "8", False),
        ("2603160316RD8,NTRFNONREF", "8", True),
        ("2603160316RDR8,NTRFNONREF", "8", True),
        ("2603160316C0,00S103NONREF", "0", True),
        ("2603160316D10,N033NONREF          //CIO/B2", "10", False),
        ("2603160316C7,00", "7", True),
    ],
)
def test_a_movement_is_read_to_the_cent(line, amount, is_credit):
    one = only(f":61:{line}")

    assert (one.amount, one.is_credit) == (Decimal(amount), is_credit)
    assert one.is_reversal is line[6:].lstrip("0123456789").startswith("R")


@pytest.mark.parametrize(
    "line",
    [
        "2603160316C1,000.00NTRFNONREF",
        "2603160316C1.000NTRFNONREF",
        "2603160316C12.34,56NTRFNONREF",
        "2603160316C1,00,00NTRFNONREF",
        "2603160316C1000;00NTRFNONREF",
        "2603160316X1,00NTRFNONREF",
        "2613160316C1,00NTRFNONREF",
        "2603160316CNTRFNONREF",
    ],
)
def test_an_amount_or_day_that_may_mean_two_things_refuses_the_file_with_its_line(line):
    with pytest.raises(BadStatementError) as refused:
        parse_mt940(statement(f":61:{line}"))

    assert refused.value.problem.row == 5
    assert refused.value.problem.remedy


@pytest.mark.parametrize(
    ("line", "booked", "value"),
    [
        ("2512310102C1,00NTRF", date(2026, 1, 2), date(2025, 12, 31)),
        ("2601021231C1,00NTRF", date(2025, 12, 31), date(2026, 1, 2)),
        ("2402290301C1,00NTRF", date(2024, 3, 1), date(2024, 2, 29)),
        ("2602300301C1,00NTRF", date(2026, 3, 1), date(2026, 2, 28)),
        ("260316C1,00NTRF", None, date(2026, 3, 16)),
    ],
)
def test_the_day_of_booking_is_of_the_nearest_year(line, booked, value):
    one = only(f":61:{line}")

    assert (one.booked_on, one.value_on) == (booked, value)


def test_a_time_that_begins_a_line_of_the_details_is_no_field():
    one = only(
        ":61:2603160316C6,00NTRFNONREF",
        ":86:166?00CREDIT?20on 2026-03-16T",
        ":12:11 for A-1?2100 thanks?32Wang",
    )

    assert one.transactions[0].unstructured == "on 2026-03-16T:12:11 for A-100 thanks"
    assert one.transactions[0].payer == "Wang"


def test_a_field_behind_blanks_is_a_field():
    (one,) = parse_mt940(statement("  :61:2603160316C6,00NTRFNONREF", "  :86:A-100"))

    assert [(each.amount, each.transactions[0].unstructured) for each in one.bookings] == [
        (Decimal(6), "A-100")
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ["166?00GUTSCHRIFT?20EREF+E 1/2-?213?22SVWZ+A-1?2300 March?32Wang ?33Wei"],
            ("Wang Wei", "A-100 March", "E1/2-3", ""),
        ),
        (["166~00CREDIT~20for A-100~32Wang"], ("Wang", "for A-100", "", "")),
        (["020<00CREDIT<20for A-100<27Wang"], ("", "for A-100Wang", "", "")),
        (["166?00X?20for A-100 ", "March?32Wang"], ("Wang", "for A-100 March", "", "")),
        (
            ["/TRTP/SEPA/NAME/J Wang/REMI/A-100/EREF/NOTPROVIDED"],
            ("J Wang", "A-100", "NOTPROVIDED", ""),
        ),
        (
            ["/EREF/E-1//CNTP/NL1/ABNA/J Wang///REMI/USTD//A-1", "00 March/"],
            ("J Wang", "A-100 March", "E-1", ""),
        ),
        (["/CNTP/NL1/ABNA/J Wang///REMI/STRD/CUR/A-100/"], ("J Wang", "", "", "A-100")),
        (
            ["/TRTP/SEPA/NAME/J Wang/EREF/E-1"],
            ("J Wang", "/TRTP/SEPA/NAME/J Wang/EREF/E-1", "E-1", ""),
        ),
        (["EREF+E-7 SVWZ+for A-100"], ("", "for A-100", "E-7", "")),
        (["electricity", "A-100"], ("", "electricity\nA-100", "", "")),
        (["x" * 61 + " A-1", "00"], ("", "x" * 61 + " A-100", "", "")),
        (["why?20 or ?30"], ("", "why?20 or ?30", "", "")),
        ([], ("", "", "", "")),
    ],
)
def test_the_details_are_read_in_each_banks_way(lines, told):
    found = details_of(lines)

    assert (found.payer, found.purpose, found.end_to_end, found.structured) == told


def test_a_keyword_in_the_place_of_a_reference_is_none():
    one = only(":61:2603160316C6,00NTRFKREF+//B-1", ":86:A-100")

    assert (one.reference, one.transactions[0].structured) == ("B-1", "")


def test_a_statement_may_say_its_hour_and_is_no_report():
    text = statement(":13D:2603161800+0800", closing="62F:C260316CNY0,00")

    assert parse_mt940(text)[0].message is Message.STATEMENT
    assert parse_mt940(statement(":34F:CNY0,00"))[0].message is Message.REPORT


def test_a_balance_is_read_whole_or_refused():
    assert parse_mt940(statement(opening="60F:C260315CNY1.000,50"))[0].balances[
        0
    ].amount == Decimal("1000.50")
    with pytest.raises(BadStatementError, match="no balance"):
        parse_mt940(statement(opening="60F:C260315CNY1,000.50"))


@pytest.mark.parametrize("account", [":25:CN1", ":25P:CN1\nBANKCN22XXX"])
def test_the_account_may_stand_with_its_bank(account):
    text = statement(":61:260316C1,NTRF").replace(":25:CN1", account)

    assert [one.account for one in parse_mt940(text + text)] == ["CN1", "CN1"]


def test_payments_without_a_reference_are_told_apart_by_what_they_say(sessions, accounts, tmp_path):
    """Most banks write NONREF for every payment, and several statements a day."""
    movement = ":61:2603160316C50,00NTRFNONREF\n:86:166?00X?20{}?32{}"
    first = statement(movement.format("A-100", "Wang"), closing="62F:C260316CNY50,00")
    second = statement(
        movement.format("A-200", "Li"),
        opening="60F:C260316CNY50,00",
        closing="62F:C260316CNY100,00",
    )

    assert swift(sessions, tmp_path, first).facts["posted"] == 5_000
    assert swift(sessions, tmp_path, second).facts["posted"] == 5_000
    again = swift(
        sessions, tmp_path, (first + second).replace("\n", "\r\n").replace("?20A-", "?20A\r\n-")
    )

    assert [one.code for one in again.verdicts] == 2 * ["already_received"]


def test_a_message_that_stands_in_a_file_twice_counts_once(sessions, accounts, tmp_path):
    one = statement(
        ":61:2603160316C5,00NTRFNONREF\n:86:A-100",
        ":61:2603160316D5,00NTRFNONREF\n:86:fee",
        closing="62F:C260316CNY0,00",
    )
    found = swift(sessions, tmp_path, one + one)

    assert found.facts["posted"] == 500
    assert [told.code for told in found.verdicts] == ["debit", "duplicate", "debit"]


def test_a_page_that_is_missing_between_is_asked_for(sessions, accounts, tmp_path):
    def page(opens, closes):
        return statement(
            f":61:2603160316C{closes - opens},00NTRFNONREF",
            ":86:A-100",
            opening=f"60M:C260315CNY{opens},00",
            closing=f"62M:C260316CNY{closes},00",
        )

    whole = swift(sessions, tmp_path, page(0, 5) + page(5, 11) + page(11, 30))
    assert [one.code for one in whole.verdicts] == []

    found = swift(sessions, tmp_path, page(0, 5) + page(11, 30))

    assert [one.code for one in found.verdicts] == 2 * ["already_received"] + ["out_of_balance"]
    assert "opens with 11.00, and none closes so" in found.verdicts[-1].message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_a_payers_name_in_the_banks_own_latin_loses_no_money(
    sessions, accounts, tmp_path, encoding
):
    text = statement(":61:2603160316C5,00NTRFNONREF", ":86:166?00X?20no idea?32José Müller Ü ")
    path = tmp_path / "latin.sta"
    path.write_bytes(text.encode(encoding))
    bank_take_in(sessions, path)

    with reading(sessions) as session:
        (waiting,) = cashier.suspense(session)
    assert (waiting.amount, waiting.payer) == (500, "José Müller Ü")


def test_a_payers_name_in_chinese_is_read(sessions, accounts, tmp_path):
    text = statement(":61:2603160316C5,00NTRFNONREF", ":86:166?00X?20电费?32王伟")
    path = tmp_path / "chinese.sta"
    path.write_bytes(text.encode("gb18030"))
    bank_take_in(sessions, path)

    with reading(sessions) as session:
        (waiting,) = cashier.suspense(session)
    assert (waiting.text, waiting.payer) == ("电费", "王伟")


def bank_take_in(sessions, path):
    return bank.take_in(sessions, path, by="li.wei", today=MARCH_26, now=town.at(MARCH_26))


def test_a_refused_file_changes_nothing(sessions, accounts, tmp_path):
    text = statement(
        ":61:2603160316C5,00NTRFNONREF\n:86:A-100", ":61:2603160316C1,000.00NTRFNONREF"
    )
    with pytest.raises(RefusedFileError, match=r"statement\.sta:7.*no movement"):
        swift(sessions, tmp_path, text, on=MARCH_16)
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=MARCH_26).collected == 0
