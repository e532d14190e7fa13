"""Try a tariff file on what was billed: who of the supplier's own customers would pay more."""

from sqlalchemy.orm import Session

from billing import store
from billing.bill import IssuedBill, price_anew
from billing.comparison import Compared, Comparison, summed
from billing.tariff import Tariff

MOST = 2_000
"""Bills that a trial looks at: enough for every class, and no long wait."""


def try_on_bills(session: Session, code: str, tariff: Tariff, *, limit: int = MOST) -> Comparison:
    """
    Return what the latest bills of a tariff would have come to by another, by class of supply.

    Usage, terms and what the year had used are those of each bill; all of its days go by the new
    tariff.

    :param code: that the supplies are on, such as residential_beijing.
    """
    bills = store.bills_on_tariff(session, code, limit=limit)
    facts = store.bill_facts(session, [bill.id for bill in bills])
    compared = [_tried(bill, price_anew(facts[bill.id], tariff)) for bill in bills]
    return summed(f"tariffs/{code}", tariff.name, tariff.currency, compared)


def _tried(bill: IssuedBill, found: int | tuple[str, ...]) -> Compared:
    problems = () if isinstance(found, int) else found
    old, new = (bill.amount, found) if isinstance(found, int) else (0, 0)
    return Compared(bill.number, str(bill.supply_class), bill.kwh, old, new, problems)
