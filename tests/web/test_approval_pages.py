"""Maker and checker over the pages: nobody decides on their own, and a cut wants two."""

import re

from config import approval
from config.acts import Act
from config.approval import State
from tests.web.conftest import Office


def waiting(office: Office, act: Act) -> list[approval.Approval]:
    """Return what waits for a word."""
    with office.sessions() as session:
        return approval.waiting(session, act=act)


def test_the_policys_proposal_is_approved_by_one_and_carried_out(own_office: Office) -> None:
    one = waiting(own_office, Act.DEMAND_DEPOSIT)[0]
    officer = own_office.as_("officer")
    page = officer.get(f"/approvals/{one.id}").text
    assert "逾期" in page
    assert officer.post(f"/approvals/{one.id}", accept="yes").status_code == 303
    with own_office.sessions() as session:
        found = approval.find(session, one.id)
    assert found is not None
    assert found.state is State.APPROVED
    again = officer.post(f"/approvals/{one.id}", accept="yes")
    assert again.status_code in (400, 403)


def test_a_refusal_wants_a_reason(own_office: Office) -> None:
    one = waiting(own_office, Act.DEMAND_DEPOSIT)[0]
    officer = own_office.as_("officer")
    assert officer.post(f"/approvals/{one.id}", accept="no", reason="").status_code == 400
    assert officer.post(f"/approvals/{one.id}", accept="no", reason="已担保").status_code == 303
    assert "已担保" in officer.get(f"/approvals/{one.id}").text


def test_a_cut_wants_two_people_and_the_same_one_is_not_two(own_office: Office) -> None:
    one = waiting(own_office, Act.DISCONNECT)[0]
    assert one.needed == 2
    officer = own_office.as_("officer")
    assert officer.post(f"/approvals/{one.id}", accept="yes").status_code == 303
    second_try = officer.post(f"/approvals/{one.id}", accept="yes")
    assert second_try.status_code == 403
    assert "须由另一人复核" in officer.get(f"/approvals/{one.id}").text
    with own_office.sessions() as session:
        found = approval.find(session, one.id)
    assert found is not None
    assert found.state is State.WAITING
    assert (
        own_office.as_("supervisor").post(f"/approvals/{one.id}", accept="yes").status_code == 303
    )
    with own_office.sessions() as session:
        found = approval.find(session, one.id)
    assert found is not None
    assert found.state is State.APPROVED


def test_the_maker_sees_their_own_work_and_cannot_approve_it(empty_office: Office) -> None:
    both = empty_office.as_("everything")
    rules = both.get("/rules").text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', rules)
    assert digest is not None
    assert both.post("/rules", digest=digest[1]).status_code == 303
    one = waiting(empty_office, Act.ACTIVATE_FILE)[0]
    page = both.get("/approvals").text
    assert "您提出的事项" in page
    assert f'name="ids" value="{one.id}"' not in page
    refused = both.post(f"/approvals/{one.id}", accept="yes")
    assert refused.status_code == 403
    allowed = empty_office.as_("supervisor").post(f"/approvals/{one.id}", accept="yes")
    assert allowed.status_code == 303
    assert "现行" in both.get("/rules").text or "尚未生效" in both.get("/rules").text


def test_who_has_not_the_right_is_refused_and_told_which_it_takes(own_office: Office) -> None:
    one = waiting(own_office, Act.DEMAND_DEPOSIT)[0]
    clerk = own_office.as_("clerk")
    assert "所需权限" in clerk.get(f"/approvals/{one.id}").text
    assert clerk.post(f"/approvals/{one.id}", accept="yes").status_code == 403


def test_many_are_decided_at_once_and_those_that_cannot_are_named(own_office: Office) -> None:
    officer = own_office.as_("officer")
    deposits = waiting(own_office, Act.DEMAND_DEPOSIT)
    cut = waiting(own_office, Act.DISCONNECT)[0]
    officer.post(f"/approvals/{cut.id}", accept="yes")
    ids = [str(one.id) for one in deposits] + [str(cut.id), "999999", "x"]
    decided = officer.post("/approvals", accept="yes", ids=ids)
    assert decided.status_code == 303
    page = officer.get("/approvals").text
    assert f"已处理 {len(deposits)} 项" in page
    assert 'class="say bad"' in page
    assert not waiting(own_office, Act.DEMAND_DEPOSIT)


def test_many_without_a_tick_or_a_reason_are_not_decided(own_office: Office) -> None:
    officer = own_office.as_("officer")
    assert officer.post("/approvals", accept="yes").status_code == 400
    one = waiting(own_office, Act.DEMAND_DEPOSIT)[0]
    assert officer.post("/approvals", accept="no", ids=[str(one.id)]).status_code == 400
    assert waiting(own_office, Act.DEMAND_DEPOSIT)


def test_a_file_is_proposed_once(empty_office: Office) -> None:
    clerk = empty_office.as_("clerk")
    digest = re.findall(r'name="digest" value="([0-9a-f]{64})"', clerk.get("/rules").text)[0]
    assert clerk.post("/rules", digest=digest).status_code == 303
    assert clerk.post("/rules", digest=digest).status_code == 400
    assert clerk.post("/rules", digest="0" * 64).status_code == 400
