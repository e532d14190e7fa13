"""Coming in, staying, going: what a cookie opens and when it opens nothing any more."""

from datetime import timedelta

import time_machine

from config import people
from tests.web.conftest import Office
from tests.web.office import PASSWORD
from web import clock, login


def test_a_stranger_is_sent_to_the_login_page_and_back_to_where_they_wanted(
    empty_office: Office,
) -> None:
    visitor = empty_office.browse()
    sent = visitor.get("/jobs")
    assert (sent.status_code, sent.headers["Location"]) == (302, "/login?next=/jobs")
    entered = visitor.post("/login", login="clerk", password=PASSWORD, next="/jobs")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/jobs")


def test_nobody_is_led_to_another_site_after_the_login(empty_office: Office) -> None:
    for elsewhere in ("https://example.com", "//example.com", "/\\example.com", "javascript:1"):
        entered = empty_office.browse().post(
            "/login", login="clerk", password=PASSWORD, next=elsewhere
        )
        assert entered.headers["Location"] == "/"


def test_a_wrong_password_says_no_more_than_that_it_did_not_work(empty_office: Office) -> None:
    known = empty_office.browse().log_in("clerk", "wrong")
    unknown = empty_office.browse().log_in("nobody", "wrong")
    assert known.status_code == unknown.status_code == 401
    assert "belong together" in known.text
    assert "belong together" in unknown.text


def test_logging_out_ends_the_stay_so_that_the_old_cookie_opens_nothing(
    empty_office: Office,
) -> None:
    visitor = empty_office.as_("clerk")
    kept = visitor.client.get_cookie("wattledger")
    assert kept is not None
    assert visitor.get("/jobs").status_code == 200
    assert visitor.post("/logout").status_code == 303
    thief = empty_office.browse()
    thief.client.set_cookie("wattledger", kept.value)
    assert thief.get("/jobs").status_code == 302


def test_a_login_draws_a_new_secret_whatever_cookie_was_there_before(
    empty_office: Office,
) -> None:
    visitor = empty_office.browse()
    visitor.get("/login")
    before = visitor.client.get_cookie("wattledger")
    visitor.log_in("clerk")
    after = visitor.client.get_cookie("wattledger")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_five_wrong_passwords_must_wait_and_so_must_the_right_one_then(
    empty_office: Office,
) -> None:
    visitor = empty_office.browse()
    for _attempt in range(login.FAILURES_MAX):
        assert visitor.log_in("clerk", "wrong").status_code == 401
    refused = visitor.log_in("clerk")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= login.THROTTLE_WITHIN.total_seconds()
    assert empty_office.browse().log_in("cashier").status_code == 303
    later = clock.now() + login.THROTTLE_WITHIN + timedelta(seconds=1)
    with time_machine.travel(later, tick=False):
        assert visitor.log_in("clerk").status_code == 303


def test_a_right_password_in_between_lets_the_counting_begin_again(empty_office: Office) -> None:
    visitor = empty_office.browse()
    for _attempt in range(login.FAILURES_MAX - 1):
        visitor.log_in("clerk", "wrong")
    assert visitor.log_in("clerk").status_code == 303
    other = empty_office.browse()
    assert other.log_in("clerk", "wrong").status_code == 401
    assert other.log_in("clerk").status_code == 303


def test_an_hour_without_a_click_ends_the_stay_and_so_does_half_a_day(
    empty_office: Office,
) -> None:
    visitor = empty_office.as_("clerk")
    start = clock.now()
    with time_machine.travel(start + login.IDLE_MAX + timedelta(seconds=1), tick=False):
        assert visitor.get("/jobs").status_code == 302
    busy = empty_office.as_("clerk")
    for half_hours in range(1, 25):
        with time_machine.travel(start + half_hours * timedelta(minutes=30), tick=False):
            assert busy.get("/jobs").status_code == 200, half_hours
    with time_machine.travel(start + login.STAY_MAX + timedelta(minutes=1), tick=False):
        assert busy.get("/jobs").status_code == 302


def test_who_is_shut_out_is_out_at_once(empty_office: Office) -> None:
    visitor = empty_office.as_("clerk")
    shut = empty_office.as_("administrator").post("/people/clerk/active", active="no")
    assert shut.status_code == 303
    assert visitor.get("/jobs").status_code == 302
    assert empty_office.browse().log_in("clerk").status_code == 401


def test_a_new_password_ends_the_stays_on_other_machines(empty_office: Office) -> None:
    here, elsewhere = empty_office.as_("clerk"), empty_office.as_("clerk")
    changed = here.post(
        "/me/password", old=PASSWORD, new="another stone entirely", again="another stone entirely"
    )
    assert changed.status_code == 303
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 302
    assert empty_office.browse().log_in("clerk").status_code == 401
    assert empty_office.browse().log_in("clerk", "another stone entirely").status_code == 303


def test_a_bad_new_password_is_refused_with_every_reason(empty_office: Office) -> None:
    refused = empty_office.as_("clerk").post("/me/password", old="x", new="short", again="other")
    assert refused.status_code == 400
    for reason in ("至少 10 个字符", "当前密码：不正确", "两次输入不一致"):
        assert reason in refused.text
    with empty_office.sessions() as session:
        assert people.verify_password(session, "clerk", PASSWORD) is not None


def test_the_administrator_cannot_shut_themselves_out(empty_office: Office) -> None:
    refused = empty_office.as_("administrator").post("/people/administrator/active", active="no")
    assert refused.status_code == 400


def test_a_person_is_added_and_works_at_once_with_just_their_roles(empty_office: Office) -> None:
    added = empty_office.as_("administrator").post(
        "/people",
        login="new.one",
        name="何苗",
        password="seven rivers meet",
        language="zh",
        roles="cashier",
    )
    assert added.status_code == 303, added.text
    visitor = empty_office.browse()
    assert visitor.log_in("new.one", "seven rivers meet").status_code == 303
    assert visitor.get("/payments/take").status_code == 200
    assert visitor.get("/people").status_code == 403
