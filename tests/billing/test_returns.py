"""A bank's booking that takes money back names the payment that it must be."""

from datetime import date

import pytest

from billing import books, cashier
from config.database import reading
from tests.billing import town
from tests.billing.test_bank import accounts, entry, part, take_in

__all__ = ("accounts",)
APRIL_2 = date(2026, 4, 2)


@pytest.fixture
def paid(sessions, accounts, tmp_path):
    """Take in three payments, two of them over the same amount, and return their numbers."""
    take_in(
        sessions,
        tmp_path,
        entry("100.00", "B-1", part(text="A-100", payer="Wang Wei")),
        entry("100.00", "B-2", part(text="A-200", payer="Li Na")),
        entry("70.00", "B-3", part(text="A-200", payer="Li Na")),
    )
    with reading(sessions) as session:
        found = books.newest_payments(session, limit=10)
    return {one.reference.split()[1]: one for one in found}


def returned(sessions, tmp_path, amount, *parts, name="B-9"):
    booking = entry(amount, name, *parts, sign="DBIT", on=APRIL_2)
    booking = booking.replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    [verdict] = take_in(sessions, tmp_path, booking, on=APRIL_2).verdicts
    assert verdict.code == "return"
    return verdict


def test_the_only_payment_of_the_amount_is_named(sessions, paid, tmp_path):
    verdict = returned(sessions, tmp_path, "70.00", part(payer=""))

    assert verdict.facts["payment"] == paid["B-3"].number
    assert f"seems to take back payment {paid['B-3'].number}" in verdict.remedy


def test_of_several_the_one_that_the_words_tell_is_named(sessions, paid, tmp_path):
    assert returned(sessions, tmp_path, "100.00", part(payer="LI NA")).facts["payment"] == (
        paid["B-2"].number
    )
    by_text = returned(sessions, tmp_path, "100.00", part(text="A-100", payer="x"), name="B-10")
    assert by_text.facts["payment"] == paid["B-1"].number


def test_nothing_is_named_where_it_might_be_another_or_none(sessions, paid, tmp_path):
    for at, amount in enumerate(("100.00", "55.00")):
        verdict = returned(sessions, tmp_path, amount, part(payer="x"), name=f"N-{at}")
        assert "payment" not in verdict.facts
        assert verdict.remedy == "if it takes back a payment, reverse that one"


def test_a_payment_is_taken_back_once(sessions, paid, tmp_path):
    cashier.reverse(
        sessions,
        paid["B-3"].id,
        by="wang.fang",
        reason="returned",
        today=APRIL_2,
        now=town.at(APRIL_2),
    )

    assert "payment" not in returned(sessions, tmp_path, "70.00", part(payer="")).facts
