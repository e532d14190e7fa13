import json
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest

from billing import bank, books, cashier, second_look
from billing.formats.mt940 import is_mt940, parse_mt940
from billing.money import money
from config import batch, journal
from config.database import reading
from config.refusal import RefusedFileError
from tests import corpora
from tests.billing import grid, town

MARCH_1, MARCH_16, MARCH_26 = date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 26)


@pytest.fixture
def accounts(sessions):
    with sessions.begin() as session:
        town.enact(session)
        return town.settle_in(session, "A-100", "A-200")


def part(amount="", text="", *, structured="", end_to_end="NOTPROVIDED", payer="Wang Wei"):
    given = f'<Amt Ccy="CNY">{amount}</Amt>' if amount else ""
    reference = f"<Strd><CdtrRefInf><Ref>{structured}</Ref></CdtrRefInf></Strd>"
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{given}"
        f"<RltdPties><Dbtr><Nm>{escape(payer)}</Nm></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{escape(text)}</Ustrd>{reference if structured else ''}</RmtInf></TxDtls>"
    )


def entry(amount, reference, *parts, sign="CRDT", status="BOOK", currency="CNY", on=MARCH_16):
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<Sts>{status}</Sts><BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls>{''.join(parts)}</NtryDtls></Ntry>"
    )


def take_in(sessions, tmp_path, *entries, by="li.wei", on=MARCH_26, message="053", part="Stmt"):
    root = {
        "Stmt": "BkToCstmrStmt",
        "Rpt": "BkToCstmrAcctRpt",
        "Ntfctn": "BkToCstmrDbtCdtNtfctn",
    }[part]
    path = tmp_path / "statement.xml"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:'
        f'camt.{message}.001.02"><{root}><{part}><Id>S-1</Id><Acct><Id><IBAN>CN1</IBAN></Id>'
        f"</Acct>{''.join(entries)}</{part}></{root}></Document>",
        "utf-8",
    )
    return bank.take_in(sessions, path, by=by, today=on, now=town.at(on))


def test_every_booking_is_posted_or_waits_or_is_named(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        bill = town.bill(session, accounts["A-200"], "80.00", on=MARCH_1, due_on=MARCH_16)

    found = take_in(
        sessions,
        tmp_path,
        entry("100.00", "B-1", part(text="electricity A-100 March")),
        entry("80.00", "B-2", part(structured=bill.number, text="for my neighbor A-100")),
        entry("5.00", "B-3", part(text="no idea")),
        entry("6.00", "B-4", part(text="A-100 and A-200")),
        entry("7.00", "B-5", part(text="A-100"), sign="DBIT"),
        entry("8.00", "B-6", part(text="A-100"), status="PDNG"),
        entry("9.00", "B-7", part(text="A-100"), currency="EUR"),
        entry(
            "30.00", "B-8", part("10.00", "A-100"), part("20.00", "A-200")
        ),  # one booking of two transactions
    )

    assert (found.rows, found.accepted, found.doubted, found.refused) == (9, 6, 1, 2)
    assert [(one.row, one.code) for one in found.verdicts] == [
        (3, "suspense"),
        (4, "ambiguous"),
        (5, "debit"),
        (6, "pending"),
        (7, "currency"),
    ]
    facts = found.facts
    assert (facts["posted"], facts["suspense"]) == (21_000, 1_100)
    assert (facts["refused"], facts["listed"]) == (1_700, 700)
    assert facts["total"] == facts["credits"] + facts["debits"] == 24_500
    with reading(sessions) as session:
        assert books.on_account(session, None, as_of=MARCH_26) == {
            accounts["A-100"].id: 11_000,
            accounts["A-200"].id: 2_000,
        }
        assert sum(one.amount for one in cashier.suspense(session)) == 1_100


def test_a_booking_that_comes_again_in_another_file_is_not_doubled(sessions, accounts, tmp_path):
    one = entry("100.00", "B-1", part(text="A-100"))
    take_in(sessions, tmp_path, one)

    again = take_in(sessions, tmp_path, one, entry("1.00", "B-2", part(text="A-100")))

    assert [(told.row, told.code) for told in again.verdicts] == [(1, "already_received")]
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=date(2027, 1, 1)).collected == 10_100


def balance(code, amount, *, on=MARCH_16, currency="CNY"):
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>"
        f"{amount.removeprefix('-')}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
    )


# What the bank says there was, what moved, and what it says there is then.
@pytest.mark.parametrize(
    ("opening", "closing", "words"),
    [
        ("10.00", "103.00", None),
        ("-10.00", "83.00", None),
        (
            "10.00",
            "153.00",
            "with 10.00, moves 93.00 and closes with 153.00: 50.00 is missing",
        ),
        ("10.00", "10.00", "93.00 is too much"),
    ],
)
def test_a_statement_that_does_not_add_up_is_posted_and_a_person_asks_the_bank(
    sessions, accounts, tmp_path, opening, closing, words
):
    found = take_in(
        sessions,
        tmp_path,
        balance("OPBD", opening),
        balance("CLBD", closing),
        entry("100.00", "B-1", part(text="A-100")),
        entry("7.00", "B-2", part(text="fee"), sign="DBIT"),
        entry("8.00", "B-3", part(text="A-100"), status="PDNG"),
    )

    doubts = [one for one in found.verdicts if one.code == "out_of_balance"]
    assert [one.row for one in doubts] == ([] if words is None else [4])
    assert all(words in one.message and "CN1" in one.message for one in doubts)
    assert found.facts["posted"] == 10_000, "nothing that came is lost"
    with reading(sessions) as session:
        fresh = batch.latest(session, "statement")
    assert (fresh is None) is bool(doubts), "payments may be missing, so nobody is dunned by it"


def test_a_second_person_says_that_nothing_of_a_statement_is_missing(sessions, accounts, tmp_path):
    wrong = (balance("OPBD", "10.00"), balance("CLBD", "153.00"))
    made = take_in(sessions, tmp_path, *wrong, entry("100.00", "B-1", part(text="A-100")))

    def accept(by, reason="a fee of the bank, says its branch"):
        by = grid.person(by)
        return second_look.accept(sessions, made.id, by=by, reason=reason, now=town.at(MARCH_26))

    with pytest.raises(second_look.CannotAcceptError, match=r"took in batch .* somebody else"):
        accept("li.wei")
    with pytest.raises(second_look.CannotAcceptError, match="say what the bank said"):
        accept("wang.fang", " ")
    with reading(sessions) as session:
        assert batch.latest(session, "statement") is None
    accept("wang.fang")

    with reading(sessions) as session:
        assert batch.latest(session, "statement") is not None
        (note,) = journal.notes(session, by="wang.fang")
        assert (note.act, note.facts["reason"]) == (
            "settle doubt: accepted",
            "a fee of the bank, says its branch",
        )
    with pytest.raises(second_look.CannotAcceptError, match=r"nothing of batch .* in doubt"):
        accept("zhao.min")


def test_only_a_statement_is_looked_at_so(sessions, accounts):
    with pytest.raises(second_look.CannotAcceptError, match="batch 7 is no bank statement"):
        second_look.accept(
            sessions, 7, by=grid.person("wang.fang"), reason="seen", now=town.at(MARCH_26)
        )


def test_statements_in_two_currencies_or_broken_off_are_doubted(sessions, accounts, tmp_path):
    other = take_in(
        sessions, tmp_path, balance("OPBD", "1.00"), balance("CLBD", "1.00", currency="EUR")
    )
    off = swift(sessions, tmp_path, SWIFT.replace(":62F:C260316CNY1190,50\n", ""))

    assert [one.message for one in other.verdicts] == [
        "statement S-1 of account CN1 opens in CNY and closes in EUR"
    ]
    assert "no closing balance" in off.verdicts[-1].message
    assert off.facts["posted"] == 20_000


def test_a_swift_statement_that_lost_a_movement_is_doubted(sessions, accounts, tmp_path):
    lost = SWIFT.replace(":61:2603160316D7,00NTRFA-100\n", "")

    found = swift(sessions, tmp_path, lost)

    assert found.verdicts[-1].code == "out_of_balance"
    assert "opens with 1000.00, moves 197.50 and closes with 1190.50" in found.verdicts[-1].message


@pytest.mark.parametrize("on", [MARCH_16, MARCH_26], ids=["the same day", "ten days later"])
def test_a_statement_tells_of_its_own_day_however_late_it_is_brought(
    sessions, accounts, tmp_path, on
):
    found = take_in(sessions, tmp_path, balance("OPBD", "1.00"), balance("CLBD", "1.00"), on=on)

    assert (found.rows, found.told_until) == (0, MARCH_16)
    with reading(sessions) as session:
        fresh = batch.latest(session, "statement")
    end_of_the_day = datetime(2026, 3, 17, tzinfo=UTC)
    assert fresh == min(town.at(on), end_of_the_day)


def test_a_statement_of_another_day_than_is_said_is_refused(sessions, accounts, tmp_path):
    text = SWIFT.replace("260316", "260315")
    with pytest.raises(RefusedFileError, match="the file tells of 2026-03-15, and 2026-03-16 was"):
        swift(sessions, tmp_path, text, as_of=MARCH_16)
    assert swift(sessions, tmp_path, text, as_of=date(2026, 3, 15)).told_until == date(2026, 3, 15)


def test_a_number_inside_another_word_names_nobody(sessions, accounts, tmp_path):
    found = take_in(sessions, tmp_path, entry("1.00", "B-1", part(text="XA-100 A-1000")))

    assert [one.code for one in found.verdicts] == ["suspense"]


def test_money_counts_from_the_day_the_bank_had_it(sessions, accounts, tmp_path):
    with sessions.begin() as session:
        town.bill(session, accounts["A-100"], "100.00", on=MARCH_1, due_on=MARCH_16)

    take_in(sessions, tmp_path, entry("100.00", "B-1", part(text="A-100"), on=MARCH_16))

    with reading(sessions) as session:
        assert town.owed(session, accounts["A-100"], as_of=MARCH_26) == []


def test_a_report_of_the_day_so_far_is_refused(sessions, accounts, tmp_path):
    with pytest.raises(RefusedFileError, match="statement"):
        take_in(sessions, tmp_path, entry("1.00", "B-1"), message="052", part="Rpt")


def test_a_table_is_refused(sessions, accounts, tmp_path):
    path = tmp_path / "statement.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(RefusedFileError, match=r"camt\.053"):
        bank.take_in(sessions, path, by="li.wei", today=MARCH_26, now=town.at(MARCH_26))


def test_what_was_notified_is_not_posted_again_by_the_statement(sessions, accounts, tmp_path):
    whole = entry("30.00", "B-8", part("10.00", "A-100"), part("20.00", "A-200"))
    bare = entry("30.00", "B-8", part(text="collected"))
    nameless = entry("1.00", "", part(text="A-100"))
    told = take_in(sessions, tmp_path, whole, nameless, message="054", part="Ntfctn")
    assert (told.layout, told.facts["posted"], told.facts["refused"]) == ("camt.054", 3_000, 100)

    again = take_in(sessions, tmp_path, bare)

    assert [one.code for one in again.verdicts] == ["already_received"]
    with reading(sessions) as session:
        assert books.totals(session, since=MARCH_1, until=date(2027, 1, 1)).collected == 3_000


def test_what_a_statement_booked_in_one_is_not_posted_in_its_parts(sessions, accounts, tmp_path):
    take_in(sessions, tmp_path, entry("30.00", "B-8", part(text="collected")))

    parts = entry("30.00", "B-8", part("10.00", "A-100"), part("20.00", "A-200"))
    again = take_in(sessions, tmp_path, parts, message="054", part="Ntfctn")

    assert [one.code for one in again.verdicts] == 2 * ["already_received"]


SWIFT = """\
{1:F01BANKCN22XXXX0000000000}{2:O940BANKCN22XXXXN}{4:
:20:STARTUMS
:25:CN1
:28C:7/1
:60F:C260315CNY1000,00
:61:2603160316C100,00NTRFA-100//B-1
:86:electricity
:61:2603160316C100,00NTRFA-100//B-1
:86:the same again, another payment
:61:2603160316CR5,5NTRFNONREF
:86:166?00CREDIT?20no idea?21 at all?32Wang?33Wei
:61:2603160316D7,00NTRFA-100
:61:2603160316RC8,NTRFA-100
:62F:C260316CNY1190,50
-}
"""


def swift(sessions, tmp_path, text=SWIFT, on=MARCH_26, **more):
    path = tmp_path / "statement.sta"
    path.write_text(text, "utf-8")
    return bank.take_in(sessions, path, by="li.wei", today=on, now=town.at(on), **more)


def test_a_swift_statement_is_posted_like_any_other(sessions, accounts, tmp_path):
    found = swift(sessions, tmp_path)

    assert found.layout == "mt940"
    assert [(one.row, one.code) for one in found.verdicts] == [
        (3, "suspense"),
        (4, "debit"),
        (5, "return"),
    ]
    facts = found.facts
    assert (facts["posted"], facts["suspense"], facts["listed"]) == (20_000, 550, 1_500)
    assert (facts["credits"], facts["debits"]) == (20_550, 1_500)
    with reading(sessions) as session:
        (waiting,) = cashier.suspense(session)
        assert (waiting.payer, waiting.text) == ("Wang Wei", "no idea at all")


def test_a_movement_comes_again_under_another_statement_number(sessions, accounts, tmp_path):
    swift(sessions, tmp_path)

    again = swift(sessions, tmp_path, SWIFT.replace(":28C:7/1", ":28C:8/1"))

    assert again.facts["posted"] == again.facts["suspense"] == 0
    assert [one.code for one in again.verdicts[:3]] == 3 * ["already_received"]


def test_a_movement_that_cannot_be_read_refuses_the_whole_file(sessions, accounts, tmp_path):
    with pytest.raises(RefusedFileError, match=r"statement\.sta:8.*no movement"):
        swift(
            sessions,
            tmp_path,
            SWIFT.replace("2603160316C100,00NTRFA-100//B-1\n:86:the", "x\n:86:the"),
        )
    with reading(sessions) as session:
        assert books.newest_payments(session, limit=1) == []


def test_real_swift_statements_come_to_the_cent(sessions):
    expected = json.loads(corpora.corpus("bank", "expected.json").read_text("utf-8"))
    read = 0
    for name, facts in expected.items():
        if not name.startswith("mt940/") or "sum" not in facts:
            continue
        text = corpora.corpus("bank", name).read_bytes().decode(errors="replace")
        if not is_mt940(text):
            assert facts["sum"]["n"] <= 1, f"{name}: not recognized, and there is money in it"
            continue
        bookings = [one for statement in parse_mt940(text) for one in statement.bookings]
        assert len(bookings) == facts["sum"]["n"], name
        # The peer counts what takes back a credit as a credit; SWIFT says it is a debit.
        taken_back = sum(one.amount for one in bookings if one.is_reversal)
        credited = sum(one.amount for one in bookings if one.is_credit)
        debited = sum(one.amount for one in bookings if not one.is_credit)
        assert credited + taken_back == Decimal(facts["sum"]["credit"]), name
        assert debited - taken_back == Decimal(facts["sum"]["debit"]), name
        read += len(bookings)
    assert read > 100


def test_a_real_statements_movements_lead_from_its_opening_to_its_closing():
    text = corpora.corpus("bank", "mt940", "ASNB__mt940.txt").read_text("utf-8")
    statements = parse_mt940(text)

    for one in statements:
        moved = sum(line.amount if line.is_credit else -line.amount for line in one.bookings)
        (opening, closing) = (balance.amount for balance in one.balances)
        assert opening + moved == closing, one.id
    assert len(statements) == 31


def test_real_statements_are_posted_to_the_cent(sessions):
    with sessions.begin() as session:
        town.enact(session, currency="EUR")
        town.settle_in(session, "A-100")
    expected = json.loads(corpora.corpus("bank", "expected.json").read_text("utf-8"))
    statements = {
        name: facts for name, facts in expected.items() if "camt053" in name or "camt054" in name
    }

    for name, facts in statements.items():
        path = corpora.corpus("bank", name)
        found = bank.take_in(sessions, path, by="li.wei", today=MARCH_26, now=town.at(MARCH_26))
        told = found.facts
        assert told["credits"] == money(Decimal(facts["sum"]["credit"])), name
        assert told["debits"] == money(Decimal(facts["sum"]["debit"])), name
        parts = ("posted", "suspense", "refused", "listed")
        assert sum(told[key] for key in parts) == told["credits"] + told["debits"], name

    with reading(sessions) as session:
        collected = books.totals(session, since=MARCH_1, until=date(2027, 1, 1)).collected
        assert collected == sum(one.amount for one in cashier.suspense(session))
        assert collected > 0
