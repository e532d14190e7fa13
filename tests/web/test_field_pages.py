"""Work outside over the pages: visits, cuts and what gives supply back, holds, meters to change."""

import re
from datetime import date

import time_machine

from arrears import store as arrears
from arrears.case import ConversionState
from arrears.step import StepKind, StepState
from billing import store as billing
from config import approval
from config.acts import Act
from tests.web import office
from tests.web.conftest import Office


def waiting_visit(own_office: Office) -> int:
    """Return a visit that is to be made."""
    with own_office.sessions() as session:
        steps = arrears.pending_steps(session, kinds=[StepKind.VISIT])
    return next(step.id for step in steps if step.state is StepState.APPROVED)


def test_a_visit_is_recorded_with_what_came_of_it(own_office: Office) -> None:
    collector, step_id = own_office.as_("collector"), waiting_visit(own_office)
    place = f"/field/visits/{step_id}"
    assert f'action="{place}"' in collector.get("/field").text
    assert collector.post(place, outcome="magic").status_code == 400
    assert collector.post(place, outcome="promised", promised_on="").status_code == 400
    assert collector.post(place, outcome="promised", promised_on="2026-05-01").status_code == 400
    done = collector.post(place, outcome="promised", promised_on="2026-05-25", note="月底前缴清")
    assert done.status_code == 303
    assert collector.post(place, outcome="paid").status_code == 400, "a visit is made once"
    assert f'action="{place}"' not in collector.get("/field").text


def test_a_conversion_waits_for_the_signature_then_for_the_meter(own_office: Office) -> None:
    with own_office.sessions() as session:
        asked = approval.waiting(session, act=Act.CONVERT_TO_PREPAID)[0]
    assert own_office.as_("officer").post(f"/approvals/{asked.id}", accept="yes").status_code == 303
    with own_office.sessions() as session:
        (one,) = arrears.conversions(session)
    assert one.state is ConversionState.AGREEMENT_WANTED
    collector = own_office.as_("collector")
    place = f"/field/conversions/{one.id}"
    assert collector.post(f"{place}/activate").status_code == 400, "it isn't signed yet"
    assert collector.post(f"{place}/agree").status_code == 303
    assert collector.post(f"{place}/activate").status_code == 303
    assert collector.post(f"{place}/withdraw").status_code == 400, "it is prepaid already"
    with own_office.sessions() as session:
        number = billing.accounts(session, [one.account_id])[one.account_id].number
    assert "预付费" in collector.get(f"/accounts/{number}").text
    assert collector.post("/field/conversions/999999/agree").status_code == 404


def test_an_order_that_is_not_there_is_nothing_to_carry_out(own_office: Office) -> None:
    collector = own_office.as_("collector")
    assert collector.post("/field/orders/999999").status_code == 404
    step_id = waiting_visit(own_office)
    assert collector.post(f"/field/orders/{step_id}").status_code == 400
    wrong = collector.post(f"/field/orders/{step_id}", second_notice_at="half past nine")
    assert wrong.status_code == 400
    assert "再次通知时间" in wrong.text


def test_a_hold_leaves_the_account_alone_until_it_is_lifted(own_office: Office) -> None:
    collector = own_office.as_("collector")
    place = "/arrears/holds/0100000003"
    fields = {"reason": "dispute", "note": "对表计有异议", "ends_on": "2026-06-01"}
    assert collector.post(place, **fields | {"note": ""}).status_code == 400
    assert collector.post(place, **fields | {"ends_on": "2026-05-01"}).status_code == 400
    assert collector.post(place, **fields).status_code == 303
    page = collector.get("/accounts/0100000003").text
    assert "暂缓至 2026-06-01" in page
    assert "暂缓" in collector.get("/arrears?state=on_hold").text
    lift = re.search(r'action="(/arrears/holds/0100000003/\d+/lift)"', page)
    assert lift is not None
    assert collector.post(lift[1]).status_code == 303
    assert collector.post(lift[1]).status_code == 400
    assert "暂缓至" not in collector.get("/accounts/0100000003").text


def test_the_next_bill_can_be_looked_at_before_there_is_one(own_office: Office) -> None:
    from io import BytesIO

    clerk = own_office.as_("clerk")
    before = clerk.get("/accounts/0100000001/preview").text
    assert "缺少示数" in before or "没有待出账的用电" in before
    rows = b"meter,date,reading\nM0100000001,2026-05-20,2400\n"
    clerk.post("/readings", file=(BytesIO(rows), "a.csv"), kind="readings", dry_run="no")
    page = clerk.get("/accounts/0100000001/preview").text
    assert "2026-05-01 – 2026-05-20" in page
    with own_office.sessions() as session:
        issued = billing.bills(session, run_id=billing.runs(session, limit=1)[0].run_id)
    assert all(bill.period.end == date(2026, 5, 1) for bill in issued), "nothing is written"
    assert clerk.get("/accounts/nobody/preview").status_code == 404


def test_a_cut_is_recorded_only_after_notice_second_notice_and_in_lawful_hours(
    own_office: Office,
) -> None:
    from tests.web.test_notice_pages import printed_disconnection

    number = printed_disconnection(own_office)
    collector = own_office.as_("collector")
    served = collector.post(
        f"/notices/{number}/served", served_on="2026-05-20", method="direct", received_by="本人"
    )
    assert served.status_code == 303
    page = collector.get("/field").text
    assert "2026-05-20" in page.partition("进行中的停电通知")[2]
    assert date(2026, 5, 20) == office.TODAY
    with time_machine.travel("2026-05-20 10:00+08:00", tick=True):
        assert "没有待停复电的用户" in page
