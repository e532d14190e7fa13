"""Card customers as accounts of ours: the ageing at each month's end shows how late they were."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears import judging, samples
from arrears.ageing import age
from arrears.behaviour import DueBill, month_ends, months_late_on
from arrears.card_debt import AS_OF, ENDS, bills_of, missing_headings, sample
from arrears.indicators import CATALOGUE, measure
from arrears.measure import Better
from billing.ledger import Charge, ChargeKind
from billing.money import money
from config.refusal import RefusedFileError
from tests.corpora import corpus
from web.cli.risk_model import card_named

pytestmark = pytest.mark.slow

LATE = st.lists(st.integers(0, 8), min_size=6, max_size=6)
BALANCES = [money(20_000)] * 6
HEAD = (
    "row,LIMIT_BAL,SEX,EDUCATION,MARRIAGE,AGE,PAY_0,PAY_2,PAY_3,PAY_4,PAY_5,PAY_6,"
    "BILL_AMT1,BILL_AMT2,BILL_AMT3,BILL_AMT4,BILL_AMT5,BILL_AMT6,"
    "PAY_AMT1,PAY_AMT2,PAY_AMT3,PAY_AMT4,PAY_AMT5,PAY_AMT6,default.payment.next.month"
)


def row(late: Sequence[int], *, bad: int = 0, limit: str = "100000", paid: int = 2000) -> str:
    """Return a row of the file: payment status newest first, a balance and a payment."""
    cells = ["1", limit, "2", "2", "1", "37", *map(str, late), *["40000"] * 6, *[str(paid)] * 6]
    return ",".join([*cells, str(bad)])


@given(LATE)
def test_the_bills_are_as_late_at_each_month_end_as_the_file_says(late: list[int]) -> None:
    assert list(months_late_on(bills_of(late, BALANCES), ENDS)) == late


@given(LATE)
def test_the_ageing_report_shows_the_same(late: list[int]) -> None:
    bills = bills_of(late, BALANCES)
    for end, months in zip(ENDS, late, strict=True):
        aged = age([charge(bill) for bill in bills if bill.is_open_on(end)], as_of=end)
        assert -(-aged.oldest_days // 30) == months
        overdue = [at for at, amount in enumerate(aged.buckets) if at and amount]
        assert (max(overdue) if overdue else 0) == min(months, 5)


def charge(bill: DueBill) -> Charge:
    """Return an open bill as a charge of the ledger."""
    return Charge(
        1, 1, ChargeKind.ENERGY, None, bill.due_on, bill.due_on, bill.amount, bill.amount,
        bill.due_on,
    )  # fmt: skip


def test_what_cards_say_besides_enters_as_an_outside_report() -> None:
    names = HEAD.split(",")
    cells = row([-1, 0, 2, -2, 0, 0], limit="5.00E+05").split(",")
    found = sample("1", dict(zip(names, cells, strict=True)))
    values = {one.name: one.value for one in measure(found.behaviour, as_of=AS_OF)}
    assert values["report_limit"] == 500_000
    assert values["report_drawn"] * 100 == 8
    assert values["report_months_in_full"] == 1
    assert values["report_months_unused"] == 1
    assert values["report_paid_recently"] == 2000
    assert values["months_late"] == 0
    assert values["worst_bucket"] == 2
    assert found.behaviour.months_late == (0, 0, 2, 0, 0, 0)
    assert set(found.groups) == {"sex", "education", "marriage", "age"}
    assert not set(found.groups) & set(values)


def test_month_ends_go_back_from_the_day() -> None:
    assert [str(day) for day in month_ends(AS_OF, 3)] == ["2005-09-30", "2005-08-31", "2005-07-31"]


def test_a_file_is_refused_with_every_row_that_is_wrong(tmp_path) -> None:
    path = tmp_path / "customers.csv"
    good = row([0] * 6)
    bad = [row([99, 0, 0, 0, 0, 0]), row([0] * 6, bad=2), row([0] * 6, limit="much"), good[:-4]]
    path.write_text("\n".join([HEAD, good, *bad]), "utf-8")
    with pytest.raises(RefusedFileError) as refused:
        samples.read(path)
    said = str(refused.value)
    for part in (":3", ":4", ":5", ":6", "LIMIT_BAL has 'much'", "0 or 1 is wanted"):
        assert part in said, part


def test_a_file_without_the_columns_says_which() -> None:
    assert missing_headings(HEAD.replace("PAY_3", "PAY_X").split(",")) == ["PAY_3"]
    assert missing_headings(HEAD.replace("PAY_0", "PAY_1").split(",")) == []


def made_up(count: int) -> str:
    """Return customers who fail the more often the later they were; the same ones each time."""
    chance = Random(5)
    lines = [HEAD]
    for _ in range(count):
        late = chance.choices(range(4), weights=[70, 15, 10, 5])[0]
        status = [late, *(max(0, late - back) for back in range(1, 6))]
        bad = chance.random() < (0.1 + 0.2 * late)
        lines.append(row(status, bad=int(bad), paid=chance.choice([0, 500, 9000])))
    return "\n".join(lines)


def test_a_card_is_learnt_in_the_form_of_one_by_hand(tmp_path) -> None:
    from arrears import learning

    path = tmp_path / "customers.csv"
    path.write_text(made_up(2500), "utf-8")
    known = samples.read(path)
    found = learning.learn(known, name="learnt", title="Learnt", most=3)
    assert 1 <= len(found.card.weighings) <= 3
    assert sum(one.most for one in found.card.weighings) == 100
    for weighing in found.card.weighings:
        better = CATALOGUE[weighing.indicator].better
        points = [band.points for band in weighing.bands]
        if better is not Better.EITHER:
            assert points == sorted(points, reverse=better is Better.LOWER), weighing.indicator
    assert found.card.probability is not None
    assert found.card.probability.of(10) > found.card.probability.of(90)
    # Half of the spread of what made them fail is chance: this is what can be known.
    assert found.unseen.auc is not None
    assert found.unseen.auc * 100 > 60
    again = learning.learn(known, name="learnt", title="Learnt", most=3)
    assert again.table == found.table


def test_too_few_customers_teach_nothing(tmp_path) -> None:
    from arrears import learning

    path = tmp_path / "customers.csv"
    path.write_text(made_up(100), "utf-8")
    with pytest.raises(learning.NothingToLearnError, match="too few"):
        learning.learn(samples.read(path), name="learnt", title="Learnt")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("card", "least"), [("arrears", (75, 40)), ("card_debt_2005", (77, 42))], ids=str
)
def test_shipped_cards_tell_real_defaults(card: str, least: tuple[int, int]) -> None:
    known = samples.read(corpus("credit", "uci_credit_train.csv"))
    found = judging.judge(card_named(card, None), known)
    assert (found.auc or 0) * 100 >= least[0]
    assert (found.ks or 0) * 100 >= least[1]
    assert found.is_rising
    assert found.mean_error * 100 < 2
