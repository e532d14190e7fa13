"""What the tests of the arrears room may ask for: an account with one unpaid bill."""

import pytest

from tests.arrears import street
from tests.billing import town


@pytest.fixture
def account(sessions):
    """Give A-100, which owes 300.00 since 16 March 2026, beside A-200, which owes nothing."""
    with sessions.begin() as session:
        street.enact(session)
        accounts = town.settle_in(session, "A-100", "A-200")
        street.bill(session, accounts["A-100"], "300.00", due=street.DUE)
    return accounts["A-100"]
