"""Credit over the pages: a file is kept, a limit takes two, a warning finds its end."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from billing.supply import SupplyClass
from config import approval, people
from config.acts import Act
from tests.billing import grid
from tests.web.conftest import Office


def number_of(office: Office) -> str:
    """Return the number of an account that owes."""
    found = re.search(r'href="/accounts/(\w+)"', office.as_("officer").get("/arrears").text)
    assert found is not None
    return found[1]


def test_a_file_a_limit_and_its_warning(own_office: Office) -> None:
    number = number_of(own_office)
    officer, supervisor = own_office.as_("officer"), own_office.as_("supervisor")
    page = officer.get(f"/credit/files/{number}").text
    assert "供用电合同" in page, "the contract is lacking"
    assert "开始用电" in page
    assert "最近12张到期账单" in page
    item = {"kind": "contract", "title": "合同 2026-17", "source": "营业厅"}
    item["figures"] = "late_charge_per_day = 0.002\nsettlements = 3"
    assert officer.post(f"/credit/files/{number}", **item).status_code == 303
    assert "合同 2026-17" in officer.get(f"/credit/files/{number}").text

    asked = {"limit": "1.00", "warning_line": "0.50", "reason": "试用"}
    assert officer.post(f"/credit/files/{number}/limit", **asked).status_code == 303
    with own_office.sessions() as session:
        one = approval.waiting(session, act=Act.SET_CREDIT_LIMIT)[0]
    assert officer.post(f"/approvals/{one.id}", accept="yes").status_code == 403
    assert "风险警戒线" in officer.get(f"/approvals/{one.id}").text
    supervisor_says = own_office.as_("everything").post(f"/approvals/{one.id}", accept="yes")
    assert supervisor_says.status_code == 303
    assert supervisor.post("/credit/scan").status_code == 303
    warned = supervisor.get("/credit").text
    assert "超过信用额度" in warned

    found = re.search(r'action="(/credit/warnings/\d+)"', warned)
    assert found is not None
    assert supervisor.post(found[1], words="").status_code == 400
    assert supervisor.post(found[1], words="电话催缴").status_code == 303
    assert "电话催缴" in supervisor.get("/credit").text
    assert supervisor.post(found[1], words="已担保", close="yes").status_code == 303
    assert supervisor.post(found[1], words="已担保", close="yes").status_code == 400
    assert "已担保" in supervisor.get("/credit?closed=yes").text


def test_a_bad_item_changes_nothing(own_office: Office) -> None:
    number = number_of(own_office)
    officer = own_office.as_("officer")
    before = officer.get(f"/credit/files/{number}").text.count("<tr")
    bad = {"kind": "guarantee", "title": "银行", "expires_on": "2001-01-01"}
    assert officer.post(f"/credit/files/{number}", **bad).status_code == 400
    assert officer.get(f"/credit/files/{number}").text.count("<tr") == before


def test_a_guarantee_is_taken_and_released_by_two_over_the_pages(own_office: Office) -> None:
    number = number_of(own_office)
    officer, other = own_office.as_("officer"), own_office.as_("second")
    file = f"/credit/files/{number}"
    taken = {
        "kind": "guarantee",
        "title": "宁城银行",
        "amount": "500.00",
        "figures": "form = surety",
    }
    assert officer.post(file, **taken).status_code == 303
    page = officer.get(file).text
    assert "第三方保证" in page
    found = re.search(rf'action="({file}/items/\d+/end)"', page)
    assert found is not None
    assert officer.post(found[1], ending="lost", reason="结清").status_code == 400
    assert (
        officer.post(f"{file}/items/999999/end", ending="released", reason="x").status_code == 400
    )
    assert officer.post(found[1], ending="released", reason="结清").status_code == 303
    with own_office.sessions() as session:
        one = approval.waiting(session, act=Act.RELEASE_GUARANTEE)[0]
    assert officer.post(f"/approvals/{one.id}", accept="yes").status_code == 403
    assert other.post(f"/approvals/{one.id}", accept="yes").status_code == 303
    page = officer.get(file).text
    assert re.search(rf'action="{file}/items/\d+/end"', page) is None


def test_a_clerk_reports_a_change_and_the_officer_finds_it(own_office: Office) -> None:
    number = number_of(own_office)
    clerk = own_office.as_("clerk")
    assert clerk.post(f"/credit/files/{number}/change", what="换了法人").status_code == 303
    assert "换了法人" in own_office.as_("officer").get("/credit").text


def test_figures_are_shown_with_their_definitions_and_exported(shared_office: Office) -> None:
    officer = shared_office.as_("officer")
    for by in ("all", "class", "office", "month"):
        page = officer.get(f"/credit/figures?by={by}").text
        assert "应收余额 ÷ 近三个月应收 × 该期天数" in page
    book = load_workbook(BytesIO(officer.get("/credit/figures.xlsx?by=class").data))
    assert len(book.worksheets) == 3


def test_ageing_is_shown_by_every_grouping_and_its_workbook_agrees(shared_office: Office) -> None:
    officer = shared_office.as_("officer")
    for by, words in {"class": "居民", "office": "", "route": "", "customer": ""}.items():
        page = officer.get(f"/arrears/ageing?by={by}").text
        assert words in page
        assert "各账龄段合计与之相符" in page
    sent = officer.get("/arrears/ageing.xlsx?by=route")
    assert sent.status_code == 200, sent.text
    book = load_workbook(BytesIO(sent.data))
    assert len(book.worksheets) == 3
    assert "此日无人欠费" in officer.get("/arrears/ageing?as_of=2001-01-01").text
    assert officer.get("/arrears/ageing?as_of=tomorrow").status_code == 400


def test_a_grade_is_moved_and_a_flag_is_set_over_the_pages(
    own_office: Office,
) -> None:
    number = number_of(own_office)
    officer, other = own_office.as_("officer"), own_office.as_("second")
    file = f"/credit/files/{number}"
    bad = {"notches": "2", "until": "2026-08-31", "reason": "新法人"}
    assert officer.post(f"{file}/grade", **bad).status_code == 400
    assert officer.post(f"{file}/grade", **(bad | {"notches": "-1"})).status_code == 303
    with own_office.sessions() as session:
        one = approval.waiting(session, act=Act.OVERRIDE_GRADE)[0]
    assert other.get(f"/approvals/{one.id}").status_code == 200
    assert officer.post(f"/approvals/{one.id}", accept="yes").status_code == 403
    assert other.post(f"/approvals/{one.id}", accept="yes").status_code == 303
    assert "新法人" in officer.get(file).text
    asked = {"credit_days": "25", "reason": "按时缴费"}
    assert officer.post(f"/accounts/{number}/terms", **asked).status_code == 303
    with own_office.sessions() as session:
        assert approval.waiting(session, act=Act.SET_TERMS)[0].facts["credit_days"] == 25
    figures = "total_assets = 1000.00\ntotal_liabilities = 400.00"
    said = {"kind": "financial_statement", "title": "2025", "figures": figures}
    assert officer.post(file, **said).status_code == 303
    assert officer.post(file, **(said | {"figures": "total_assets"})).status_code == 400
    assert officer.post(file, kind="watch", title="tenant").status_code == 303
    page = officer.get(file).text
    assert "租户" in page
    assert "资产总额" in page


def test_a_target_for_old_debt_is_set_and_shown(own_office: Office) -> None:
    officer = own_office.as_("officer")
    assert officer.post("/credit/targets", whose="office", name="N", amount="-1").status_code == 400
    said = {"whose": "collector", "name": "collector", "amount": "500000.00"}
    assert officer.post("/credit/targets", **(said | {"name": "nobody"})).status_code == 400
    assert officer.post("/credit/targets", **said).status_code == 303
    page = officer.get("/credit/figures").text
    assert "500,000.00" in page
    assert "陈欠回收" in page


def test_a_write_off_is_asked_for_over_the_pages_and_two_others_approve(own_office: Office) -> None:
    number = number_of(own_office)
    officer = own_office.as_("officer")
    asked = {"reason": "企业注销", "evidence": "工商登记 17 号"}
    assert officer.post(f"/cases/{number}/recover").status_code == 400
    assert officer.post(f"/cases/{number}/write-off", reason="企业注销").status_code == 400
    assert officer.post(f"/cases/{number}/write-off", **asked).status_code == 303
    assert officer.post(f"/cases/{number}/write-off", **asked).status_code == 400
    with own_office.sessions() as session:
        one = approval.waiting(session, act=Act.WRITE_OFF)[0]
    assert officer.post(f"/approvals/{one.id}", accept="yes").status_code == 403
    for who in ("second", "everything"):
        assert own_office.as_(who).post(f"/approvals/{one.id}", accept="yes").status_code == 303
    page = officer.get(f"/accounts/{number}").text
    assert "债权仍保留" in page
    assert officer.post(f"/cases/{number}/recover").status_code == 400


def test_each_department_sees_what_it_has_to_know(own_office: Office) -> None:
    number = number_of(own_office)
    officer, clerk = own_office.as_("officer"), own_office.as_("clerk")
    for kind, title in (("shareholders", "王氏 60%"), ("financial_statement", "年报 2025")):
        item = {"kind": kind, "title": title}
        assert officer.post(f"/credit/files/{number}", **item).status_code == 303
    told = clerk.get("/credit/changes").text
    assert "王氏 60%" in told
    assert "年报 2025" not in told, "a statement is the credit office's"
    assert "年报 2025" not in clerk.get("/credit/changes?all=yes").text
    assert "年报 2025" in officer.get("/credit/changes").text
    assert "年报 2025" in own_office.as_("collector").get("/credit/changes?all=yes").text


def test_the_platform_page_says_what_the_law_wants_and_who_was_refused(own_office: Office) -> None:
    number = number_of(own_office)
    officer = own_office.as_("officer")
    page = officer.get("/credit/platform").text
    assert "上海市供用电条例" in page
    refused = officer.post("/credit/platform", customer=number, reason="逾期")
    assert refused.status_code == 400
    found = load_workbook(BytesIO(officer.get("/credit/platform.xlsx").data))
    assert found.worksheets[0]["A1"].value == "户名 Name"


def test_figures_are_of_an_office_and_a_class(own_office: Office) -> None:
    officer = own_office.as_("officer")

    def receivable(**only: str) -> object:
        """Return the receivable of all that is asked for, from the workbook."""
        asked = "&".join(f"{name}={said}" for name, said in only.items())
        book = load_workbook(BytesIO(officer.get(f"/credit/figures.xlsx?{asked}").data))
        return list(book.worksheets[0].values)[-1][5]

    page = officer.get("/credit/figures?by=class&class=residential").text
    assert re.search(r'value="residential" selected', page)
    whole = receivable()
    assert whole
    by_class = sum(Decimal(str(receivable(**{"class": one.value}))) for one in SupplyClass)
    assert by_class == Decimal(str(whole))


def test_figures_are_of_any_day_and_an_unknown_office_is_told_which_there_are(
    own_office: Office,
) -> None:
    officer = own_office.as_("officer")
    with own_office.sessions() as session:
        codes = [one.code for one in people.offices(session)]
    for page in ("/credit/figures", "/credit/figures.xlsx"):
        refused = officer.get(f"{page}?office=nowhere&class=pub&as_of=2999-01-01")
        assert refused.status_code == 400
        for said in ("nowhere", ", ".join(codes), "pub", "residential", "2999-01-01"):
            assert said in refused.text
    early = officer.get("/credit/figures.xlsx?as_of=2001-01-31")
    assert early.headers["Content-Disposition"].endswith("figures-2001-01-31.xlsx")
    assert list(load_workbook(BytesIO(early.data)).worksheets[0].values)[-1][5] == 0
    assert 'value="2001-01-31"' in officer.get("/credit/figures?as_of=2001-01-31").text


def test_people_of_an_office_see_figures_warnings_and_watches_of_theirs_alone(
    own_office: Office,
) -> None:
    number = number_of(own_office)
    everybody = own_office.as_("officer")
    file = f"/credit/files/{number}"
    assert everybody.post(file, kind="watch", title="tenant").status_code == 303
    assert everybody.post("/credit/scan").status_code == 303
    with own_office.sessions.begin() as session:
        theirs = people.offices(session)[0]
        west = people.add_office(session, code="CH2", name_zh="西山所", name_en="West")
        for login, office in (("east", theirs.id), ("west", west)):
            people.add_user(
                session, login=login, name=login, password="a stone in the river",
                roles=[people.Role.CREDIT_OFFICER], office_ids=[office],
            )  # fmt: skip

    def receivable(login: str) -> object:
        """Return the receivable of all that somebody may see, from the workbook."""
        book = load_workbook(BytesIO(own_office.as_(login).get("/credit/figures.xlsx").data))
        return list(book.worksheets[0].values)[-1][5]

    assert receivable("east") == receivable("officer") != 0
    assert receivable("west") == 0
    visitor = own_office.as_("west")
    for asked in ("/credit/figures", "/credit/figures.xlsx"):
        assert visitor.get(f"{asked}?office={theirs.code}").status_code == 400
        assert visitor.get(f"{asked}?office=CH2").status_code == 200
    assert f'value="{theirs.code}"' not in visitor.get("/credit/figures").text
    for page in ("/credit", "/credit/watch"):
        assert file in own_office.as_("east").get(page).text
        assert file not in visitor.get(page).text
    warning = re.search(r'action="(/credit/warnings/\d+)"', everybody.get("/credit").text)
    assert warning is not None
    assert visitor.post(warning[1], words="电话催缴").status_code == 404
    said = {"flag": "tenant", "found": "仍在"}
    assert visitor.post(f"{file}/watch", **said).status_code == 404


def test_a_watched_customer_is_followed_up_over_the_pages(own_office: Office) -> None:
    number = number_of(own_office)
    officer, file = own_office.as_("officer"), f"/credit/files/{number}"
    said = {"flag": "tenant", "found": "仍在租用"}
    empty = said | {"found": ""}
    assert officer.post(f"{file}/watch", **said).status_code == 400
    assert officer.post(file, kind="watch", title="tenant").status_code == 303
    assert officer.post(f"{file}/watch", **empty).status_code == 400
    assert officer.post(f"{file}/watch", **said).status_code == 303
    page = officer.get("/credit/watch").text
    assert "仍在租用" in page
    assert "每 60 天" in page
    assert "仍在租用" not in officer.get("/credit/watch?due=yes").text
    book = load_workbook(BytesIO(officer.get("/credit/watch.xlsx").data))
    assert list(book.active.values)[1][6] == "仍在租用"


def test_what_paying_early_earns_is_asked_for_with_the_terms(own_office: Office) -> None:
    number = number_of(own_office)
    officer = own_office.as_("officer")
    asked = {"discount_percent": "1.5", "discount_days": "7", "reason": "按时缴费"}
    refused = officer.post(f"/accounts/{number}/terms", **asked)
    assert refused.status_code == 400
    assert "核算策略" in refused.text
    with own_office.sessions.begin() as session:
        text = 'title = "-"\nreading_age_days_max = 3\nhistory_days = 9\n[discount]\n'
        text += 'taken_on = "bill"\n'
        grid.enact(session, grid.file_of("policies/billing", date(2026, 5, 1), text))
    assert officer.post(f"/accounts/{number}/terms", **asked).status_code == 303
    with own_office.sessions() as session:
        one = approval.waiting(session, act=Act.SET_TERMS)[0]
    assert "提前缴费" in officer.get(f"/approvals/{one.id}").text
    assert own_office.as_("second").post(f"/approvals/{one.id}", accept="yes").status_code == 303
    assert "出账后 7 天内缴清减 1.5%" in officer.get(f"/accounts/{number}").text
