"""What banks write into camt.053 and camt.054 that is easily read wrong."""

from datetime import date

import pytest

from billing import bank, books, cashier
from config.database import reading
from config.refusal import RefusedFileError
from tests.billing import town
from tests.billing.test_bank import MARCH_1, MARCH_16, MARCH_26, balance, entry, part, take_in

MARCH_17 = date(2026, 3, 17)


@pytest.fixture
def accounts(sessions):
    with sessions.begin() as session:
        town.enact(session)
        return town.settle_in(session, "A-100", "A-200")


def bring(sessions, tmp_path, data, name="statement.xml"):
    path = tmp_path / name
    path.write_bytes(data)
    return bank.take_in(sessions, path, by="li.wei", today=MARCH_26, now=town.at(MARCH_26))


def document(*entries, head='<?xml version="1.0" encoding="UTF-8"?>', prefix="", id_="S-1"):
    text = (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"<Id>{id_}</Id><Acct><Id><IBAN>CN1</IBAN></Id></Acct>{''.join(entries)}</Stmt>"
        f"</BkToCstmrStmt></Document>"
    )
    if prefix:
        text = text.replace("</", f"</{prefix}:").replace("<", f"<{prefix}:")
        text = text.replace(f"<{prefix}:/{prefix}:", f"</{prefix}:").replace(
            "xmlns=", f"xmlns:{prefix}="
        )
    return head + text


def collected(sessions):
    with reading(sessions) as session:
        return books.totals(session, since=MARCH_1, until=date(2027, 1, 1)).collected


ONE = entry("12.50", "BANK-0001", part(text="électricité A-100", payer="王伟"))


@pytest.mark.parametrize(
    "data",
    [
        document(ONE).encode(),
        b"\xef\xbb\xbf" + document(ONE).encode(),
        b"\r\n  " + document(ONE).encode(),
        document(ONE, prefix="ns2").encode(),
        document(ONE, head='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"),
        document(ONE, head='<?xml version="1.0"?>').encode("utf-16-le"),
        document(ONE, head="<?xml version='1.0' encoding='GBK'?>").encode("gb18030"),
        document(
            ONE.replace("王伟", "é "), head='<?xml version="1.0" encoding="ISO-8859-1"?>'
        ).encode("latin-1"),
    ],
    ids=["plain", "mark", "blank", "prefix", "utf-16", "utf-16 unmarked", "gbk", "latin"],
)
def test_a_statement_is_read_in_whatever_characters_it_comes(sessions, accounts, tmp_path, data):
    found = bring(sessions, tmp_path, data)

    assert (found.accepted, found.facts["posted"]) == (1, 1_250)


@pytest.mark.parametrize("encoding", ["x-own", "hex"])
def test_characters_that_nobody_knows_are_refused_and_named(sessions, accounts, tmp_path, encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    with pytest.raises(RefusedFileError, match=f"declares the characters '{encoding}'"):
        bring(sessions, tmp_path, document(ONE, head=head).encode())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("12.50", "1_2.50", "booking 1: '1_2.50' is no amount"),
        ("12.50", "1e3", "booking 1: '1e3' is no amount"),
        ("12.50", "１２", "booking 1: '１２' is no amount"),
        ("CRDT", "CREDIT", "booking 1 doesn't say whether it is CRDT or DBIT, but 'CREDIT'"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "", "booking 1 doesn't say whether"),
    ],
)
def test_what_could_be_read_in_two_ways_refuses_the_file(
    sessions, accounts, tmp_path, old, new, words
):
    with pytest.raises(RefusedFileError, match=words):
        bring(sessions, tmp_path, document(ONE.replace(old, new)).encode())
    assert collected(sessions) == 0


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("<Sts><Cd>BOOK</Cd></Sts>", None),
        ("", None),
        ("<Sts><Cd>PDNG</Cd></Sts>", "pending"),
        ("<Sts>INFO</Sts>", "pending"),
        ("<Sts><Cd>FUTR</Cd></Sts>", "pending"),
        ("<Sts><Prtry>WAIT</Prtry></Sts>", "pending"),
    ],
)
def test_only_what_is_booked_is_posted(sessions, accounts, tmp_path, status, code):
    found = bring(sessions, tmp_path, document(ONE.replace("<Sts>BOOK</Sts>", status)).encode())

    assert [one.code for one in found.verdicts] == ([] if code is None else [code])
    assert found.facts["posted"] == (1_250 if code is None else 0)


@pytest.mark.parametrize("word", ["true", "1"])
def test_a_reversal_is_one_however_it_is_written(sessions, accounts, tmp_path, word):
    one = ONE.replace("<Sts>", f"<RvslInd>{word}</RvslInd><Sts>")
    found = bring(sessions, tmp_path, document(one).encode())

    assert [(told.code, found.facts["listed"]) for told in found.verdicts] == [("return", 1_250)]


@pytest.mark.parametrize(
    "reason", ["<Rsn><Cd>AC04</Cd></Rsn>", "<Rsn><Prtry>AC04</Prtry></Rsn>", ""]
)
def test_a_returned_payment_is_one_with_a_reason_or_without(sessions, accounts, tmp_path, reason):
    one = ONE.replace("</TxDtls>", f"<RtrInf>{reason}</RtrInf></TxDtls>")
    (told,) = bring(sessions, tmp_path, document(one).encode()).verdicts

    assert told.code == "return"
    assert ("AC04" in told.message) is bool(reason)


def test_a_running_number_of_the_statement_names_no_booking(sessions, accounts, tmp_path):
    """Banks number the entries of each statement from 1, in NtryRef or even in their reference."""
    for day in (MARCH_16, MARCH_17):
        first = entry("10.00", "", part(text="A-100"), on=day)
        first = first.replace("<AcctSvcrRef></AcctSvcrRef>", "").replace(
            "<Ntry>", "<Ntry><NtryRef>1</NtryRef>"
        )
        second = entry("20.00", "0002", part(text="A-200"), on=day)
        found = take_in(sessions, tmp_path, first, second)
        assert found.facts["posted"] == 3_000, [one.message for one in found.verdicts]

    assert collected(sessions) == 6_000


def test_a_booking_without_a_reference_is_known_again_in_another_statement(
    sessions, accounts, tmp_path
):
    def nameless(text, payer="Wang Wei"):
        return entry("10.00", "NOTPROVIDED", part(text=text, payer=payer))

    same = nameless("A-100"), nameless("A-100"), nameless("A-100", "Li Na")
    assert bring(sessions, tmp_path, document(*same).encode()).facts["posted"] == 3_000

    later = nameless("A-200")
    again = document(later, *reversed(same), id_="S-2").encode()
    found = bring(sessions, tmp_path, again)

    assert [(one.row, one.code) for one in found.verdicts] == [
        (row, "already_received") for row in (2, 3, 4)
    ]
    assert collected(sessions) == 4_000


def test_two_bookings_under_one_reference_are_two(sessions, accounts, tmp_path):
    fee = entry("1.00", "BANK-0001", part(text="fee"), sign="DBIT")
    two = (
        entry("10.00", "BANK-0001", part(text="A-100")),
        entry("7.00", "BANK-0001", part(text="A-200")),
    )
    found = take_in(sessions, tmp_path, fee, *two)
    told = take_in(sessions, tmp_path, *two, message="054", part="Ntfctn")

    assert found.facts["posted"] == 1_700
    assert [one.code for one in told.verdicts] == 2 * ["already_received"]


def test_a_statement_that_stands_in_a_file_twice_counts_once(sessions, accounts, tmp_path):
    text = document(ONE, entry("5.00", "", part(text="A-200")))
    stmt = text[text.index("<Stmt>") : text.index("</BkToCstmrStmt>")]
    found = bring(sessions, tmp_path, text.replace(stmt, stmt + stmt).encode())

    assert [one.code for one in found.verdicts] == 2 * ["duplicate"]
    assert collected(sessions) == 1_750


def test_the_bank_names_the_one_transaction_instead_of_the_booking(sessions, accounts, tmp_path):
    one = entry("10.00", "", part(text="A-100")).replace(
        "<Refs>", "<Refs><AcctSvcrRef>BANK-0009</AcctSvcrRef>"
    )
    assert take_in(sessions, tmp_path, one, message="054", part="Ntfctn").facts["posted"] == 1_000
    found = take_in(sessions, tmp_path, entry("10.00", "BANK-0009", part(text="A-100")))

    assert [told.code for told in found.verdicts] == ["already_received"]


AT_ONE_LEVEL = "<AmtDtls><TxAmt><Amt Ccy='CNY'>{}</Amt></TxAmt></AmtDtls><RltdPties>"


def test_a_batch_is_parted_by_amounts_wherever_they_stand(sessions, accounts, tmp_path):
    def inside(amount, text):
        return part(text=text).replace("<RltdPties>", AT_ONE_LEVEL.format(amount))

    take_in(
        sessions,
        tmp_path,
        entry("30.00", "BANK-8", inside("10.00", "A-100"), inside("20.00", "A-200")),
    )

    with reading(sessions) as session:
        assert books.on_account(session, None, as_of=MARCH_26) == {
            accounts["A-100"].id: 1_000,
            accounts["A-200"].id: 2_000,
        }


@pytest.mark.parametrize(
    "parts",
    [
        (part(text="A-100"), part(text="A-200")),
        (part(structured="A-100"), part(text="A-200")),
        (part("10.00", "A-100"), part("25.00", "A-200")),
        (
            part("10.00", "A-100").replace("CNY", "EUR"),
            part("20.00", "A-200").replace("CNY", "EUR"),
        ),
        (
            part("40.00", "A-100"),
            part("10.00", "fee").replace("</Amt>", "</Amt><CdtDbtInd>DBIT</CdtDbtInd>"),
        ),
    ],
    ids=["no amounts", "one is surer", "other sum", "other currency", "credit and debit"],
)
def test_a_batch_that_cannot_be_parted_waits_for_a_person(sessions, accounts, tmp_path, parts):
    found = take_in(sessions, tmp_path, entry("30.00", "BANK-8", *parts))

    assert [one.code for one in found.verdicts] == ["suspense"]
    with reading(sessions) as session:
        (waiting,) = cashier.suspense(session)
    assert waiting.amount == 3_000


def test_payments_of_one_account_in_a_batch_are_the_accounts(sessions, accounts, tmp_path):
    found = take_in(
        sessions, tmp_path, entry("30.00", "BANK-8", part(text="A-100"), part(text="A-100"))
    )

    assert found.facts["posted"] == 3_000


@pytest.mark.parametrize(
    "where",
    [
        "<RmtInf><Strd><RfrdDocInf><Nb>A-100</Nb></RfrdDocInf></Strd></RmtInf>",
        "<RmtInf><Strd><CdtrRefInf><Tp/><Ref>A-100</Ref></CdtrRefInf></Strd></RmtInf>",
        "<RmtInf><Strd><AddtlRmtInf>for A-100.</AddtlRmtInf></Strd></RmtInf>",
        "<RmtInf><Ustrd>bill/A-100/March</Ustrd></RmtInf>",
        "<RmtInf><Ustrd>please see a-100.</Ustrd></RmtInf>",
        "<RmtInf><Ustrd>户号Ａ-１００</Ustrd></RmtInf>",
        "<AddtlTxInf>A-100 paid at the post</AddtlTxInf>",
    ],
)
def test_an_account_is_found_wherever_the_payer_wrote_it(sessions, accounts, tmp_path, where):
    one = entry("10.00", "BANK-1", f"<TxDtls><Refs/>{where}</TxDtls>")

    assert take_in(sessions, tmp_path, one).facts["posted"] == 1_000


def test_an_entry_of_nothing_is_passed_over(sessions, accounts, tmp_path):
    found = take_in(sessions, tmp_path, entry("0.00", "BANK-1", part(text="A-100")), ONE)

    assert (found.refused, found.doubted, found.facts["posted"]) == (0, 0, 1_250)


def pages(*each):
    """Return statements of one account, each of balances and entries, in one file."""
    one = document()
    inside = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]
    return one.replace(
        inside, "".join(inside.replace("</Stmt>", "".join(page) + "</Stmt>") for page in each)
    )


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ((balance("ITBD", "110.00"), balance("CLBD", "115.00")), None),
        ((balance("ITBD", "110.00"), balance("CLBD", "120.00")), "5.00 is missing"),
        ((balance("ITBD", "113.00"), balance("CLBD", "118.00")), "opens with 113.00, and none"),
    ],
    ids=["goes on", "lost a booking", "a page is missing"],
)
def test_the_pages_of_a_statement_must_lead_from_one_to_the_next(
    sessions, accounts, tmp_path, second, words
):
    first = (
        balance("OPBD", "100.00"),
        balance("ITBD", "110.00"),
        entry("10.00", "", part(text="A-100")),
    )
    rest = entry("5.00", "", part(text="A-100"))
    found = bring(sessions, tmp_path, pages(first, (*second, rest)).encode())

    doubts = [one.message for one in found.verdicts if one.code == "out_of_balance"]
    assert [words in one for one in doubts] == ([] if words is None else [True])
    assert found.facts["posted"] == 1_500


def test_the_same_payment_on_the_next_page_is_another(sessions, accounts, tmp_path):
    same = entry("10.00", "", part(text="A-100"))
    first = balance("OPBD", "100.00"), balance("ITBD", "110.00"), same
    second = balance("ITBD", "110.00"), balance("CLBD", "120.00"), same

    assert bring(sessions, tmp_path, pages(first, second).encode()).facts["posted"] == 2_000


def whole(*entries, opening="10.00", closing="22.50", id_="S-1"):
    ends = balance("OPBD", opening), balance("CLBD", closing)
    return document(*ends, *entries, id_=id_).encode()


NAMELESS = entry("12.50", "NOTPROVIDED", part(text="A-100"))


def test_a_statement_that_comes_again_in_other_words_is_known_by_its_balances(
    sessions, accounts, tmp_path
):
    assert bring(sessions, tmp_path, whole(NAMELESS)).facts["posted"] == 1_250
    again = entry("12.50", "NOTPROVIDED", part(text="A-100 rent of the meter", payer="W. Wei"))

    made = bring(sessions, tmp_path, whole(again, id_="S-1 corrected"))

    assert (made.facts["posted"], made.facts["refused"]) == (0, 1_250)
    assert "batch 1 had this statement, in other words" in made.verdicts[0].message
    assert collected(sessions) == 1_250
    next_day = whole(again, opening="22.50", closing="35.00", id_="S-2")
    assert bring(sessions, tmp_path, next_day).facts["posted"] == 1_250


def test_what_a_broken_statement_lacked_is_posted_when_it_comes_whole(sessions, accounts, tmp_path):
    lost = entry("7.00", "NOTPROVIDED", part(text="A-200"))
    broken = bring(sessions, tmp_path, whole(NAMELESS, closing="29.50"))
    assert (broken.facts["posted"], broken.doubted) == (1_250, 1)

    made = bring(sessions, tmp_path, whole(NAMELESS, lost, closing="29.50"))

    assert (made.facts["posted"], made.facts["refused"]) == (700, 1_250)
    assert collected(sessions) == 1_950


def test_a_day_that_comes_as_swift_and_as_xml_is_one_day(sessions, accounts, tmp_path):
    bring(sessions, tmp_path, whole(NAMELESS))
    swift = (
        ":20:X\r\n:25:CN1\r\n:28C:1/1\r\n:60F:C260315CNY10,00\r\n"
        ":61:2603160316C12,50NTRFNONREF\r\n:86:A-100 Wang Wei\r\n:62F:C260316CNY22,50\r\n"
    )

    made = bring(sessions, tmp_path, swift.encode(), name="day.sta")

    assert (made.facts["posted"], made.facts["refused"]) == (0, 1_250)
    assert collected(sessions) == 1_250
