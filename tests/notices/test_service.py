"""Serving a notice: the proof is kept, and the law's days begin with it."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from arrears import disconnection
from arrears import store as casebook
from arrears.case import EventKind
from notices import service, store
from notices.notice import Channel, NoticeKind
from notices.proof import Method
from notices.service import NotServedError, UnknownNoticeError
from notices.simulator import Simulator
from notices.tables import ProofRow
from tests.arrears import street
from tests.notices import office
from tests.notices.office import DAY, DUE, SID, TOKEN

LAST = DUE + 46 * DAY


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("prints")


@pytest.fixture
def account(sessions, folder):
    """Return an account whose disconnection notice has been printed."""
    with sessions.begin() as session:
        accounts = office.found(session, "A-100")
    with Simulator(SID, TOKEN, clock=lambda: office.at(DUE), sends_callbacks=False) as simulator:
        days = [DUE + days * DAY for days in (3, 15, 45, 46)]
        for day in days:
            office.reach_notice(sessions, simulator, folder, since=day, until=day)
    return accounts["A-100"]


def printed(sessions):
    (found,) = [
        one
        for one in office.told(sessions, Channel.PAPER)
        if one.kind is NoticeKind.DISCONNECTION_NOTICE
    ]
    return found


def serve(sessions, number, **facts):
    values = {
        "served_on": LAST + DAY,
        "method": Method.DIRECT,
        "by": "wu.gang",
        "received_by": "李玥",
        "today": LAST + DAY,
        "now": office.at(LAST + DAY),
    }
    return service.serve(sessions, number, **(values | facts))


def test_the_clock_starts_with_the_service(sessions, account):
    assert disconnection.due(sessions, today=LAST + DAY) == []
    serve(sessions, printed(sessions).number)
    (due,) = disconnection.due(sessions, today=LAST + DAY)
    assert due.step.served_on == LAST + DAY
    assert due.first_on >= LAST + 8 * DAY
    told = printed(sessions)
    assert (told.served_on, told.method) == (LAST + DAY, Method.DIRECT)
    with sessions() as session:
        assert EventKind.SERVED in {one.kind for one in casebook.timeline(session, account.id)}


def test_the_paper_announces_no_earlier_day_than_the_law_allows(sessions, account):
    told = printed(sessions)
    with sessions() as session:
        kept = store.kept_notices(session, [told.id])[told.id].notice
    serve(sessions, told.number, served_on=told.printed_on, today=told.printed_on)
    (due,) = disconnection.due(sessions, today=told.printed_on)
    assert kept.cut.on >= due.first_on
    assert kept.pay_by == kept.cut.on - DAY
    assert [one.kind for one in kept.dunnings] == [NoticeKind.SMS_REMINDER, NoticeKind.LETTER]
    assert kept.approved_by


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"method": Method.LEFT}, "wants the name of a witness"),
        ({"method": Method.REFUSED, "witness": " "}, "wants the name of a witness"),
        ({"received_by": ""}, "who received it is wanted"),
        ({"served_on": LAST + 2 * DAY}, "in the future"),
        ({"served_on": DUE}, "can't have been served on"),
    ],
    ids=["left", "refused", "nobody", "tomorrow", "before it was printed"],
)
def test_a_proof_that_cannot_be_true_is_refused_and_nothing_starts(
    sessions, account, facts, problem
):
    with pytest.raises(NotServedError, match=problem):
        serve(sessions, printed(sessions).number, **facts)
    assert disconnection.due(sessions, today=LAST + DAY) == []


def test_a_refusal_before_a_witness_counts(sessions, account):
    proof = serve(
        sessions,
        printed(sessions).number,
        method=Method.REFUSED,
        received_by="",
        witness="王建国",
    )
    assert proof.witness == "王建国"
    assert len(disconnection.due(sessions, today=LAST + DAY)) == 1


def test_the_first_proof_counts(sessions, account):
    number = printed(sessions).number
    serve(sessions, number)
    with pytest.raises(NotServedError, match=r"was served on .* already .*nothing was changed"):
        serve(sessions, number)


def test_a_notice_that_is_not_there_is_told_so(sessions):
    with pytest.raises(UnknownNoticeError, match="DN2026-000099"):
        serve(sessions, "DN2026-000099")


def test_after_a_payment_the_proof_is_kept_and_nothing_follows(sessions, account):
    number = printed(sessions).number
    street.pay(sessions, account, "400.00", on=LAST + DAY)
    serve(sessions, number)
    assert disconnection.due(sessions, today=LAST + DAY) == []


def test_a_proof_is_never_changed(sessions, account):
    serve(sessions, printed(sessions).number)
    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(update(ProofRow).values(served_on=DUE))
