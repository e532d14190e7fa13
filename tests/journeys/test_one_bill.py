"""One bill walks through the whole house: from a reading to silence. Read it from the top."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import billing.customers
import billing.run
import billing.store
import meters.intake
from arrears import approval, disconnection, review, store
from arrears.step import StepKind, StepState
from billing import books, cashier
from billing.money import money, show
from config.database import reading
from meters.orders import OrderState, orders
from notices import service
from notices import store as notices
from notices.notice import NoticeKind
from notices.proof import Method
from tests.journeys.house import House
from web.demo import staff

ACCOUNT = "0061000014"

CUSTOMER = """\
客户编号,客户名称,手机号码,户号,信用期限,用电地址,计量点编号,供电所,抄表段,抄表顺序,日最大电量,\
电表编号,整数位,小数位,装表示数,用电类别,电价代码,家庭人口,供电开始日期
C1,沈知夏,+8619000000001,0061000014,15,澄湖市梧桐路8号,P1,E,E01,10,60,M-001,5,0,99800,\
居民生活,residential_zhejiang,3,2026-03-01
"""

READINGS = """\
表号,抄表日期,示数
M-001,2026-04-01,200
"""


@pytest.mark.slow
def test_one_bill_walks_through_the_whole_house(house: House) -> None:
    tariffs_and_law_take_force(house)
    a_customer_is_taken_in(house)
    a_reading_becomes_usage(house)
    usage_becomes_a_bill_that_explains_itself(house)
    nothing_is_said_before_it_is_overdue(house)
    three_days_overdue_a_message_goes_out(house)
    fifteen_days_overdue_a_letter_is_printed(house)
    a_disconnection_notice_waits_for_two_people(house)
    the_clock_starts_when_it_is_served(house)
    the_order_to_cut_goes_out_and_is_recalled_by_a_payment(house)
    then_there_is_silence(house)


def tariffs_and_law_take_force(house: House) -> None:
    """One person proposes each file, another activates it."""
    day = date(2026, 3, 2)
    assert staff.put_in_force(house.sessions, market="cn", now=house.at(day)) > 10


def a_customer_is_taken_in(house: House) -> None:
    day = date(2026, 3, 2)
    file = written(house.folder / "customers.csv", CUSTOMER)
    batch = billing.customers.take_in(
        house.sessions, file, by=staff.CLERK, today=day, now=house.at(day)
    )
    assert (batch.accepted, batch.refused) == (1, 0), batch.verdicts


def a_reading_becomes_usage(house: House) -> None:
    """The dial went past its last number, and the same file again changes nothing."""
    day = date(2026, 4, 1)
    file = written(house.folder / "april.csv", READINGS)
    for is_repeat in (False, True):
        batch = meters.intake.take_in(
            house.sessions, file, by=staff.CLERK, today=day, now=house.at(day)
        )
        assert (batch.accepted, batch.is_repeat) == (1, is_repeat)
        assert [one.code for one in batch.verdicts] == ([] if is_repeat else ["rollover"])


def usage_becomes_a_bill_that_explains_itself(house: House) -> None:
    """The clerk draws it up, the supervisor issues it: 400 kWh at 0.538 yuan."""
    clerk_day, day = date(2026, 4, 1), date(2026, 4, 2)
    run = billing.run.bill(
        house.sessions,
        cycle=None,
        until=clerk_day,
        by=staff.CLERK,
        today=clerk_day,
        now=house.at(clerk_day),
    )
    issued = billing.run.issue(
        house.sessions, run.run_id, by=staff.SUPERVISOR, today=day, now=house.at(day)
    )
    assert (issued.issued, show(issued.issued_amount)) == (1, "215.20")

    with reading(house.sessions) as session:
        (bill,) = billing.store.bills(session, run_id=run.run_id)
    assert (bill.kwh, bill.due_on) == (Decimal(400), date(2026, 4, 17))
    explained = billing.run.explain(house.sessions, bill.number)
    assert explained.same
    assert [part.serial for part in explained.usage.parts] == ["M-001"]


def nothing_is_said_before_it_is_overdue(house: House) -> None:
    house.pass_days(date(2026, 4, 2), date(2026, 4, 19))
    assert house.messages == []
    assert house.printed == []


def three_days_overdue_a_message_goes_out(house: House) -> None:
    house.pass_days(date(2026, 4, 20), date(2026, 4, 30))
    (message,) = house.messages
    assert message.startswith("【")
    assert "215.85" in message  # with three days of late charge


def fifteen_days_overdue_a_letter_is_printed(house: House) -> None:
    house.pass_days(date(2026, 5, 1), date(2026, 5, 29))
    (batch,) = house.printed
    assert batch.letters == 1
    assert batch.path.read_bytes().startswith(b"%PDF")


def a_disconnection_notice_waits_for_two_people(house: House) -> None:
    day = date(2026, 6, 1)
    house.pass_days(day, day)
    (asked,) = house.waiting()
    assert asked.needed == 2
    assert len(house.printed) == 1, "nothing is printed before they have spoken"

    for login in (staff.SUPERVISOR, staff.CREDIT_OFFICER):
        approval.approve(
            house.sessions,
            asked.id,
            by=house.user(login),
            reason="45 days overdue, told twice",
            today=day,
            now=house.at(day, 11),
        )
    house.pass_days(date(2026, 6, 2), date(2026, 6, 2))
    assert len(house.printed) == 2


def the_clock_starts_when_it_is_served(house: House) -> None:
    """A household has seven days; they count from the proof, not from the print."""
    day = date(2026, 6, 3)
    with reading(house.sessions) as session:
        notice = notices.notices(session)[0]
    assert notice.kind is NoticeKind.DISCONNECTION_NOTICE
    service.serve(
        house.sessions,
        notice.number,
        served_on=day,
        method=Method.LEFT,
        witness="孙强",
        by=staff.COLLECTOR,
        today=day,
        now=house.at(day),
    )
    (due,) = disconnection.due(house.sessions, today=day)
    assert due.first_on == date(2026, 6, 10)
    house.pass_days(day, date(2026, 6, 9))
    with reading(house.sessions) as session:
        assert orders(session) == []


def the_order_to_cut_goes_out_and_is_recalled_by_a_payment(house: House) -> None:
    """The crew is on its way when the customer pays at the counter."""
    day = date(2026, 6, 10)
    house.pass_days(day, day)
    with reading(house.sessions) as session:
        (order,) = orders(session)
        (account,) = billing.store.find_accounts(session, [ACCOUNT]).values()
        late = books.late_charge_to(session, [account.id], as_of=day)[account.id]
    assert order.is_open
    # 54 days at 1 per mille a day.
    assert show(late) == "11.62"

    receipt = cashier.pay(
        house.sessions,
        account_number=ACCOUNT,
        amount=money("215.20") + late,
        channel="counter",
        reference="till 1, no. 77",
        value_on=day,
        by=staff.CASHIER,
        today=day,
        now=house.at(day, 14),
    )
    assert (receipt.late_charge, receipt.on_account) == (late, 0)
    review.reassess(
        house.sessions, [receipt.account_id], today=day, now=house.at(day, 14), by=staff.CASHIER
    )

    with reading(house.sessions) as session:
        assert [one.state for one in orders(session)] == [OrderState.RECALLED]
        cut = store.steps_of(session, receipt.account_id)[0]
    assert (cut.kind, cut.state) == (StepKind.DISCONNECTION, StepState.WITHDRAWN)


def then_there_is_silence(house: House) -> None:
    before = (len(house.messages), len(house.printed))
    house.pass_days(date(2026, 6, 11), date(2026, 6, 30))
    assert (len(house.messages), len(house.printed)) == before
    assert house.waiting() == []
    ageing = review.ageing(house.sessions, as_of=date(2026, 6, 30))
    assert (ageing.total.total, ageing.receivable) == (0, 0)
    as_of_may = review.ageing(house.sessions, as_of=date(2026, 5, 31))
    assert show(as_of_may.total.total) == show(as_of_may.receivable) == "215.20"
    assert house.findings(date(2026, 6, 30)) == []


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
