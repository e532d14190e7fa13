"""A bill run over the pages: begun by one person, issued by another, explained to the last line."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

from sqlalchemy import text

from billing import runs
from billing import store as billing
from notices import papers
from tests.web.conftest import Office, wait_for_work


def begin(office: Office) -> int:
    """Take in readings for some meters, begin a run, and return its id."""
    rows = ["meter,date,reading"]
    rows += [f"M010000000{n},2026-05-20,{2400 + 100 * n}" for n in (1, 3)]
    clerk = office.as_("clerk")
    sent = clerk.post(
        "/readings",
        file=(BytesIO("\n".join(rows).encode()), "五月.csv"),
        kind="readings",
        dry_run="no",
    )
    assert sent.status_code == 303
    assert clerk.post("/runs", cycle="", until="2026-05-20").status_code == 303
    wait_for_work()
    with office.sessions() as session:
        return billing.runs(session, limit=1)[0].run_id


def test_a_run_is_drawn_up_beside_the_pages_and_issued_by_another_person(
    own_office: Office,
) -> None:
    run_id = begin(own_office)
    supervisor = own_office.as_("supervisor")
    page = supervisor.get(f"/runs/{run_id}").text
    assert f'action="/runs/{run_id}/issue"' in page
    assert supervisor.post(f"/runs/{run_id}/issue").status_code == 303
    wait_for_work()
    with own_office.sessions() as session:
        report = billing.runs(session, limit=1)[0]
        bills = billing.bills(session, run_id=run_id)
    assert report.state == "issued"
    assert report.issued == len(bills) > 0
    bill = supervisor.get(f"/bills/{bills[0].number}").text
    assert "分毫不差" in bill
    assert supervisor.get(f"/bills/{bills[0].number}.pdf").data.startswith(b"%PDF")


def test_an_issue_that_was_killed_goes_on_from_the_page(own_office: Office) -> None:
    run_id = begin(own_office)
    with own_office.sessions.begin() as session:  # What a killed issue leaves behind.
        runs.begin_issue(session, run_id, by="supervisor", on=date(2026, 5, 20))
    supervisor = own_office.as_("supervisor")

    page = supervisor.get(f"/runs/{run_id}").text
    sent = supervisor.post(f"/runs/{run_id}/issue")
    wait_for_work()

    assert re.search(rf'action="/runs/{run_id}/issue".*?>继续</button>', page)
    assert sent.status_code == 303
    with own_office.sessions() as session:
        report = billing.runs(session, limit=1)[0]
    assert report.state == "issued"
    assert report.issued == report.billed > 0


def test_who_began_a_run_is_told_that_somebody_else_issues_it(own_office: Office) -> None:
    both = own_office.as_("everything")
    assert both.post("/runs", cycle="", until="2026-05-20").status_code == 303
    wait_for_work()
    with own_office.sessions() as session:
        run_id = billing.runs(session, limit=1)[0].run_id
    assert f'action="/runs/{run_id}/issue"' not in both.get(f"/runs/{run_id}").text
    refused = both.post(f"/runs/{run_id}/issue")
    assert refused.status_code == 403
    assert "第二人" in refused.text
    refused = both.post(f"/runs/{run_id}/held", accept="yes", reason="好", ids="1")
    assert refused.status_code == 403


def test_parked_supplies_say_what_would_mend_them(own_office: Office) -> None:
    run_id = begin(own_office)
    with own_office.sessions() as session:
        report = billing.runs(session, limit=1)[0]
    page = own_office.as_("clerk").get(f"/runs/{run_id}").text
    if report.parked:
        assert "搁置" in page
        # What is wrong and what would mend it, said in Chinese.
        assert re.search(r'(<td class="wrap">[^<]*[\u4e00-\u9fff][^<]*</td>){2}', page)


def test_a_day_that_has_not_come_cannot_be_billed(own_office: Office) -> None:
    clerk = own_office.as_("clerk")
    for until in ("2026-05-21", "2026-02-30", "tomorrow", "0001-01-01"):
        assert clerk.post("/runs", cycle="", until=until).status_code == 400, until
    assert clerk.post("/runs", cycle="no such route", until="2026-05-20").status_code == 400


def test_a_bill_is_cancelled_only_when_another_person_allows_it(own_office: Office) -> None:
    with own_office.sessions() as session:
        key = billing.find_accounts(session, ["0100000002"])["0100000002"].id
        bill = billing.bills(session, account_id=key)[-1]
    supervisor = own_office.as_("supervisor")
    assert supervisor.post(f"/bills/{bill.number}/cancel", reason="").status_code == 400
    asked = supervisor.post(f"/bills/{bill.number}/cancel", reason="示数抄错")
    assert asked.status_code == 303
    own = supervisor.post(asked.headers["Location"], accept="yes")
    assert own.status_code == 403
    allowed = own_office.as_("second").post(asked.headers["Location"], accept="yes")
    assert allowed.status_code == 303, allowed.text
    assert "已作废" in supervisor.get(f"/bills/{bill.number}").text


def test_a_name_that_no_font_has_stops_only_its_own_paper(
    own_office: Office, tmp_path: Path
) -> None:
    with own_office.sessions.begin() as session:
        done = billing.runs(session, limit=1)[0]
        bills = [one for one in billing.bills(session, run_id=done.run_id) if one.run_id]
        one = billing.accounts(session, [bills[0].account_id])[bills[0].account_id]
        session.execute(
            text("UPDATE customer SET name = '𠮷田' WHERE id = :id"), {"id": one.customer_id}
        )

    page = own_office.as_("supervisor").get(f"/bills/{bills[0].number}.pdf")
    printed = papers.bills(own_office.sessions, done.run_id, tmp_path)

    assert page.status_code == 409
    assert "𠮷 (U+20BB7)" in page.text
    assert "supplier.toml" in page.text
    assert bills[0].number in printed.left_out[0]
    assert "no font has 𠮷 (U+20BB7); name a TrueType font" in printed.left_out[0]
    [file] = printed.files
    assert file.read_bytes().startswith(b"%PDF")


def test_a_stopped_run_can_only_be_resumed_while_it_is_not_done(own_office: Office) -> None:
    with own_office.sessions() as session:
        done = billing.runs(session, limit=1)[0]
    assert done.until == date(2026, 5, 1)
    assert own_office.as_("clerk").post(f"/runs/{done.run_id}/resume").status_code == 400
