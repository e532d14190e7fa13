import json
from decimal import Decimal

import pytest

from billing.formats.camt import BadStatementError, Message, parse_statements
from tests import corpora

STATEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
 <Id>S-1</Id><Acct><Id><IBAN>DE02100100100006820101</IBAN></Id></Acct>
 <Ntry><Amt Ccy="CNY">120.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
  <BookgDt><Dt>2026-10-31</Dt></BookgDt><ValDt><Dt>2026-10-30</Dt></ValDt>
  <AcctSvcrRef>B-77</AcctSvcrRef>
  <NtryDtls><TxDtls><Refs><EndToEndId>E-5</EndToEndId></Refs>
   <RltdPties><Dbtr><Nm>王伟</Nm></Dbtr></RltdPties>
   <RmtInf><Ustrd>electricity</Ustrd><Ustrd>A-100</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def known():
    expected = json.loads(corpora.corpus("bank", "expected.json").read_text("utf-8"))
    return {name: facts for name, facts in expected.items() if facts["kind"] == "camt"}


def bookings_of(name):
    data = corpora.corpus("bank", name).read_bytes()
    return [one for statement in parse_statements(data) for one in statement.bookings]


def test_every_version_of_the_format_comes_to_the_known_totals():
    wrong = []
    for name, facts in known().items():
        bookings = bookings_of(name)
        credit = sum(one.amount for one in bookings if one.is_credit)
        debit = sum(one.amount for one in bookings if not one.is_credit)
        wanted = facts["sum"]
        if (len(bookings), credit, debit) != (
            wanted["n"],
            Decimal(wanted["credit"]),
            Decimal(wanted["debit"]),
        ):
            wrong.append((name, len(bookings), credit, debit, wanted))

    assert wrong == []


def test_every_booking_and_transaction_is_read_as_others_read_it():
    for name, facts in known().items():
        bookings = bookings_of(name)
        for one, wanted in zip(bookings, facts["entries"], strict=True):
            assert (one.amount, one.currency) == (Decimal(wanted["amount"]), wanted["ccy"]), name
            assert ("C" if one.is_credit else "D") == wanted["dc"], name
            assert one.is_reversal == wanted["reversal"], name
            assert str(one.booked_on or "") == wanted["date"], name
            assert one.reference == (wanted["ref"] or ""), name
            assert one.is_booked == (wanted["status"] in ("BOOK", "")), name
        read = [part for one in bookings for part in one.transactions]
        for part, wanted in zip(read, facts["transactions"], strict=True):
            assert (part.end_to_end or None) == wanted["e2e"], name
            # The other readers give the first of several; all of them may name the account.
            assert part.structured.startswith(wanted["structured"] or ""), name
            assert part.unstructured.startswith(wanted["unstructured"] or ""), name
            assert (part.payer or None) == wanted["debtor"], name


def test_a_booking_says_who_paid_when_and_for_what():
    (statement,) = parse_statements(STATEMENT.encode())
    (booking,) = statement.bookings
    (transaction,) = booking.transactions

    assert (statement.message, statement.account) == (Message.STATEMENT, "DE02100100100006820101")
    assert (str(booking.booked_on), str(booking.value_on)) == ("2026-10-31", "2026-10-30")
    assert (booking.amount, booking.reference) == (Decimal("120.50"), "B-77")
    assert transaction.payer == "王伟"
    assert transaction.unstructured == "electricity A-100"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<a/>", "wrong_type"),
        (STATEMENT[:500], "wrong_type"),
        (STATEMENT.replace("120.50", "NaN"), "number_format"),
        (STATEMENT.replace("120.50", "-5"), "number_format"),
        (STATEMENT.replace("120.50", "1,5"), "number_format"),
        (STATEMENT.replace("2026-10-31", "2026-13-31"), "date_format"),
        (STATEMENT.replace('<Amt Ccy="CNY">120.50</Amt>', ""), "missing"),
        (
            STATEMENT.replace(
                "<Document", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Document'
            ),
            "dtd",
        ),
    ],
)
def test_what_is_no_statement_is_refused_with_a_remedy(text, code):
    with pytest.raises(BadStatementError) as refused:
        parse_statements(text.encode())

    assert refused.value.problem.code == code
    assert refused.value.problem.remedy
