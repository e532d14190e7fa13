"""
The pages in a real browser: a day's walk by keyboard and mouse, and what axe says of every page.

Screenshots of the pages are written to the folder that SCREENSHOTS names, if it does.
"""

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import waitress
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    ViewportSize,
    expect,
)
from waitress import wasyncore

from config import approval
from config.acts import Act
from tests.web.conftest import Office, open_pages, wait_for_work
from tests.web.office import PASSWORD

pytestmark = [
    pytest.mark.browser,
    # pytest-base-url, of which pytest-playwright is made, still does what pytest 10 won't allow.
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
]

SCREEN: ViewportSize = {"width": 1366, "height": 768}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def address(own_office: Office, page: Page) -> Iterator[str]:
    """Serve an office of one's own and return its address."""
    settings = replace(own_office.settings, base_url="http://127.0.0.1")
    served = open_pages(settings.database, settings.files.parent)
    sockets: dict[int, Any] = {}
    server = waitress.create_server(served.app, host="127.0.0.1", port=0, threads=4, map=sockets)
    is_over = threading.Event()

    def serve() -> None:
        while not is_over.is_set():
            wasyncore.loop(timeout=0.2, map=sockets, count=1)
        # The browser keeps its lines open, and the server would wait for them. They are closed
        # here: closed by another thread, the loop would stumble over one it is listening to.
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)

    thread = threading.Thread(target=serve, name="pages")
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    page.goto("about:blank")
    wait_for_work()
    is_over.set()
    thread.join(timeout=30)
    assert not thread.is_alive()
    from config import database

    database.engine_of(served.sessions).dispose()


@pytest.fixture
def faults(page: Page) -> list[str]:
    """Gather what the browser complains of: refused scripts and styles, broken code."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def log_in(page: Page, address: str, login: str) -> None:
    """Log in by the keyboard alone."""
    page.set_viewport_size(SCREEN)
    page.goto(f"{address}/login")
    expect(page.locator("[name=login]")).to_be_focused()
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")


def keep(page: Page, name: str) -> None:
    """Keep a screenshot, where somebody wants one."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_day_in_the_office(
    page: Page, context: BrowserContext, address: str, own_office: Office, faults: list[str],
    tmp_path: Path,
) -> None:  # fmt: skip
    log_in(page, address, "everything")
    keep(page, "home")
    _search_by_keyboard(page)
    keep(page, "account")
    _upload_readings(page, address, tmp_path)
    _approve_a_deposit(page, address, own_office)
    _take_a_payment(page, address)
    _bill_and_wait(page, address)
    page.get_by_text("刘强", exact=True).click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(re.compile(r"/login$"))
    assert faults == []


def _search_by_keyboard(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("赵淼")
    hit = page.locator("#hits a").first
    expect(hit).to_contain_text("赵淼鑫")
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/accounts/0100000003$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("赵淼鑫")
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 300})
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"/arrears$"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/accounts/\d+$"))
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()


def _upload_readings(page: Page, address: str, folder: Path) -> None:
    path = folder / "五月抄表.csv"
    path.write_text(
        "meter,date,reading\nM0100000001,2026-05-20,2300\nM0000000000,2026-05-20,5\n", "utf-8"
    )
    page.goto(f"{address}/readings")
    page.get_by_label("示数文件（CSV、XLSX、NEM12、NEM13 或绿色按钮）").set_input_files(path)
    page.get_by_role("button", name="先行测试").click()
    expect(page.get_by_text("仅为测试")).to_be_visible()
    expect(page.locator("main tbody tr")).to_have_count(1)
    page.go_back()
    page.get_by_label("示数文件（CSV、XLSX、NEM12、NEM13 或绿色按钮）").set_input_files(path)
    page.get_by_role("button", name="导入", exact=True).click()
    page.wait_for_url(re.compile(r"/batches/\d+$"))
    with page.expect_download() as download:
        page.get_by_role("link", name="下载失败行").click()
    assert "M0000000000" in Path(download.value.path()).read_text("utf-8-sig")


def _approve_a_deposit(page: Page, address: str, own_office: Office) -> None:
    with own_office.sessions() as session:
        one = approval.waiting(session, act=Act.DEMAND_DEPOSIT)[0]
    page.goto(f"{address}/approvals")
    page.get_by_role("link", name=str(one.id), exact=True).click()
    page.get_by_label("理由").fill("同意")
    page.get_by_role("button", name="批准").click()
    page.wait_for_url(re.compile(r"/approvals$"))
    expect(page.get_by_role("status")).to_contain_text("已批准并执行")


def _take_a_payment(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/0100000004")
    page.get_by_role("link", name="收款", exact=True).last.click()
    page.get_by_label("金额").fill("50.00")
    page.get_by_role("button", name="收款").click()
    page.wait_for_url(re.compile(r"/payments/\d+$"))
    expect(page.get_by_role("status")).to_contain_text("已收款")
    keep(page, "receipt")


def _bill_and_wait(page: Page, address: str) -> None:
    page.goto(f"{address}/runs")
    page.get_by_role("button", name="开始", exact=True).click()
    # The table is fetched again while the run is at work, until the page shows the new run.
    expect(page.locator("#runs tbody tr")).to_have_count(5, timeout=60_000)


PAGES = {
    "home": "/",
    "customers": "/customers",
    "account": "/accounts/0100000003",
    "readings": "/readings",
    "missing": "/readings/missing",
    "batch": "/batches/6",
    "runs": "/runs",
    "run": "/runs/4",
    "payments": "/payments",
    "take": "/payments/take?account=0100000003",
    "payment": "/payments/1",
    "suspense": "/payments/suspense",
    "arrears": "/arrears",
    "arrears-filtered": "/arrears?class=residential&tier=high",
    "tonight": "/arrears/tonight",
    "credit": "/credit",
    "credit-figures": "/credit/figures?by=office",
    "credit-file": "/credit/files/0100000003",
    "approvals": "/approvals",
    "notices": "/notices",
    "field": "/field",
    "preview": "/accounts/0100000003/preview",
    "rules": "/rules",
    "jobs": "/jobs",
    "people": "/people",
    "audit": "/audit",
    "me": "/me",
    "search": "/search?q=01",
    "nothing-here": "/no/such/page",
}


def test_axe_finds_nothing_and_the_browser_nothing_either(
    page: Page, address: str, own_office: Office, faults: list[str], database_kind: str
) -> None:
    # Chinese on the one database and English on the other: every page is looked at in both.
    language = "zh" if database_kind == "sqlite" else "en"
    log_in(page, address, "everything")
    if language == "en":
        page.get_by_role("button", name="English").click()
    with own_office.sessions() as session:
        one = approval.waiting(session, limit=1)[0]
    page.goto(f"{address}/accounts/0100000003")
    further = {"approval": f"/approvals/{one.id}"}
    for name, pattern in (("bill", r"/bills/\w+$"), ("notice", r"/notices/[A-Z]{2}\d+-\d+$")):
        link = page.locator("main a").filter(has_text=re.compile(r"\d{4}"))
        for at in range(link.count()):
            target = link.nth(at).get_attribute("href") or ""
            if re.search(pattern, target):
                further[name] = target
                break
    found: dict[str, Any] = {}
    for name, path in {**PAGES, **further}.items():
        page.goto(f"{address}{path}")
        keep(page, f"{name}-{language}")
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        if results.violations_count:
            found[name] = [
                (one["id"], one["nodes"][0]["html"][:160]) for one in results.response["violations"]
            ]
    assert found == {}
    assert [one for one in faults if "404" not in one] == []
    assert {"bill", "notice"} <= further.keys()


@pytest.mark.alike_on_databases
def test_the_work_list_shows_at_least_nineteen_rows_on_a_small_screen(
    page: Page, address: str
) -> None:
    log_in(page, address, "everything")
    page.goto(f"{address}/arrears?all=yes")
    head = page.locator("table.grid thead").bounding_box()
    row = page.locator("table.grid tbody tr").first.bounding_box()
    assert head is not None
    assert row is not None
    fit = (SCREEN["height"] - head["y"] - head["height"]) // row["height"]
    assert fit >= 19, fit


@pytest.mark.alike_on_databases
def test_no_page_is_wider_than_a_small_screen_or_a_telephone(page: Page, address: str) -> None:
    log_in(page, address, "everything")
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 768})
        for path in PAGES.values():
            page.goto(f"{address}{path}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, width, wide)


@pytest.mark.alike_on_databases
def test_pages_print_without_their_bars_and_buttons(page: Page, address: str) -> None:
    log_in(page, address, "everything")
    page.goto(f"{address}/accounts/0100000003")
    page.emulate_media(media="print")
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.locator(".acts").first).to_be_hidden()
    expect(page.locator("table").first).to_be_visible()
    expect(page.locator(".print-head")).to_be_visible()


@pytest.mark.alike_on_databases
def test_a_form_is_sent_once_however_often_it_is_clicked(
    page: Page, address: str, own_office: Office
) -> None:
    log_in(page, address, "cashier")
    page.goto(f"{address}/payments/take?account=0100000004")
    page.get_by_label("金额").fill("10")
    sent: list[Route] = []

    def hold(route: Route) -> None:
        """Keep the first sending on its way, as a slow line does."""
        sent.append(route)

    page.route(re.compile(r"/payments/take$"), hold)
    page.get_by_role("button", name="收款").evaluate(
        "button => { button.click(); window.setTimeout(() => button.click(), 200); }"
    )
    page.wait_for_timeout(500)
    assert len(sent) == 1
    sent[0].continue_()
    page.wait_for_url(re.compile(r"/payments/\d+$"))
    expect(page.get_by_role("status")).to_contain_text("已收款")
