"""English and Chinese: every text of every page in both, and the choice that is remembered."""

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO

import pytest

from billing.pricing import price
from tests.arrears import shipped as shipped_rules
from tests.billing import shipped
from tests.web.conftest import Office
from tests.web.test_routes import LINES, filled, places  # noqa: F401 - a fixture
from web.level_words import LEVELS
from web.said import said
from web.shows import reason
from web.translations import catalog
from web.vocabulary import FACTS, MEANINGS, WORDS
from web.words import level

# Words that are the same in Chinese: units, formats, names of files and of people's logins.
SAME = re.compile(
    r"""\b(
        wattledger|worker|English|kWh|kW|kVA|kvarh|CSV|XLSX|PDF|NEM1[23]|camt|MT940|KiB|MiB|Ctrl|Enter|Esc|
        AAA|AA|A|BBB|BB|B|CCC|CC|C|SMS|
        clerk|cashier|collector|supervisor|officer|auditor|administrator|second|everything|policy|
        CH1|[a-z]+/[a-z_]+|[a-z]+(?:_[a-z]+)+|[KPMR]?\d[\w.-]*|[A-Z]{2}\d{4}-\d+|[gjk]|Python|Werkzeug
    )\b""",
    re.VERBOSE,
)
SKIPPED = {"script", "style", "code", "kbd", "pre", "title"}
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Texts(HTMLParser):
    """Gathers the texts of a page that are in the page's own language."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element; what is marked as another language or as data is passed over."""
        facts = dict(attrs)
        is_other = (
            tag in SKIPPED
            or facts.get("translate") == "no"
            or (tag != "html" and facts.get("lang") == "en")
            or "mono" in (facts.get("class") or "").split()
        )
        for name in ("aria-label", "placeholder", "title", "alt"):
            if facts.get(name) and not self._is_other and not is_other:
                self.found.append(str(facts[name]))
        if tag not in VOID:
            self._open.append((tag, is_other))

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if data.strip() and not self._is_other:
            self.found.append(data.strip())

    @property
    def _is_other(self) -> bool:
        return any(is_other for _tag, is_other in self._open)


def english_in(page: str) -> Iterator[str]:
    """Yield the texts of a Chinese page that hold an English word."""
    texts = Texts()
    texts.feed(page)
    for text in texts.found:
        if re.search(r"[A-Za-z]{2,}", SAME.sub("", text)):
            yield text


def test_the_catalog_has_every_text_and_no_other() -> None:
    assert catalog.problems("zh") == []


def test_every_word_of_the_rooms_has_a_chinese_word(shared_office: Office) -> None:
    with shared_office.app.test_request_context(headers={"Accept-Language": "zh"}):
        for words in (WORDS, FACTS, MEANINGS, LEVELS):
            for code, text in words.items():
                assert re.search(r"[\u4e00-\u9fff]", str(text)), code


def test_every_level_of_a_shipped_policy_has_words(shared_office: Office) -> None:
    files = sorted((shipped_rules.CONFIG / "policies/dunning").rglob("*.toml"))
    names = {one["name"] for file in files for one in tomllib.loads(file.read_text())["level"]}
    assert names <= LEVELS.keys()
    with shared_office.app.test_request_context(headers={"Accept-Language": "zh"}):
        assert level("notice_high_risk") == "停电通知书（高风险）"
        assert level("our_own_level") == "our own level"
        assert said("level notice_high_risk from 31 days") == (
            "级别 停电通知书（高风险），自逾期 31 天起"
        )


@pytest.mark.parametrize("login", ["everything", "administrator"])
def test_no_page_in_chinese_has_an_english_word_that_is_not_marked_as_such(
    shared_office: Office,
    places: dict[str, str],  # noqa: F811
    login: str,
) -> None:
    visitor = shared_office.as_(login)
    found = {}
    for method, path, *_wanted in LINES:
        address = filled(path, places)
        if method != "GET" or path.endswith((".pdf", ".xlsx", ".csv")) or path == "/health":
            continue
        answer = visitor.get(address)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            words = sorted(set(english_in(answer.text)))
            if words:
                found[address] = words
    assert not found


@pytest.mark.parametrize(
    "path", ["/no/such/page", "/accounts/nobody", "/bills/0", "/people", "/arrears/tonight"]
)
def test_what_goes_wrong_is_said_in_chinese_too(shared_office: Office, path: str) -> None:
    answer = shared_office.as_("cashier").get(path)
    assert answer.status_code in (403, 404)
    assert not list(english_in(answer.text))


def test_every_page_can_be_read_in_english(own_office: Office, places: dict[str, str]) -> None:  # noqa: F811
    visitor = own_office.as_("everything")
    visitor.post("/language", language="en")
    for method, path, *_wanted in LINES:
        if method == "GET" and not path.endswith((".pdf", ".xlsx", ".csv")) and path != "/health":
            answer = visitor.get(filled(path, places))
            if answer.status_code == 200 and "<html" in answer.text:
                assert '<html lang="en">' in answer.text
                assert "营业日期" not in answer.text, path


def test_the_choice_of_language_stays_with_the_person_and_leads_back(own_office: Office) -> None:
    visitor = own_office.as_("clerk")
    assert "首页" in visitor.get("/").text
    switched = visitor.post("/language", language="en", next="/jobs")
    assert switched.headers["Location"] == "/jobs"
    assert "Home" in visitor.get("/").text
    again = own_office.as_("clerk")
    assert "Home" in again.get("/").text


def test_nobody_is_led_to_another_site_by_the_choice_of_a_language(shared_office: Office) -> None:
    visitor = shared_office.browse()
    for elsewhere in ("https://example.com", "//example.com", "/\\example.com"):
        answer = visitor.post("/language", language="en", next=elsewhere)
        assert answer.headers["Location"] == "/"


def test_the_login_page_speaks_the_browsers_language(shared_office: Office) -> None:
    client = shared_office.app.test_client()
    assert "密码" in client.get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert "Password" in client.get("/login", headers={"Accept-Language": "de,en;q=0.5"}).text


def test_what_the_rooms_say_in_sentences_is_said_again_in_chinese(shared_office: Office) -> None:
    sentences = {
        "meter M1 register total fell from 2000 on 2026-05-01 to 3; if the dial went past zero it "
        "used 998003 kWh in 19 days, and at most 38000 are believable": "电表 M1（总）由 2026-05",
        "there is no meter M9": "没有电表 M9",
        "visit of 2026-03-27 is approved; deposit of 2026-03-06 is proposed": "；",
        "sms_reminder, letter must be done first": "须先执行：催费短信、催费函",
        "no notice of at least 7 days was served in time (服务承诺); no cut on 2026-10-31: days "
        "off and their eves (product default: nobody is there to reconnect on a day "
        "off)": "（服务承诺）；2026-10-31 不得停电：休息日及其前一日（软件默认：休息日无人复电）",
        "far more than usual: 210.90 for 392 kWh in 31 days (12.6 a day; own mean 1.8 a day, 4 "
        "bills)": "远高于平常：31 天用电 392 千瓦时，金额 210.90（日均 12.6；本户历史日均 1.8",
        "far more than others of its class: 1,025.43 for 2100 kWh in 31 days (67.7 a day; "
        "no history; mean of its class 6.7 a day, 59 bills)": "无历史；同类用户日均 6.7，共 59 张",
        "look at its readings: if they are right, accept it; if not, correct them and leave it "
        "out, and the next run draws it up again": "请核对示数",
        "3.5 % of purchase, transmission, capacity": "购电电费、输配电费、容量电费 的 3.5 %",
        "1 of 2 reminders, letters, visits are done": "催费已执行 1 次，须 2 次",
    }
    with shared_office.app.test_request_context(headers={"Accept-Language": "zh"}):
        for english, chinese in sentences.items():
            assert chinese in str(said(english)), said(english)
        assert said("nobody has words for this 5") is None
        assert said("") == ""
    with shared_office.app.test_request_context(headers={"Accept-Language": "en"}):
        assert said("there is no meter M9") == "there is no meter M9"


def test_every_line_of_a_bill_says_in_chinese_too_why_it_is_so(shared_office: Office) -> None:
    names = ("residential.toml", "industrial.toml", "language.toml", "shipped.toml")
    with shared_office.app.test_request_context(headers={"Accept-Language": "zh"}):
        for case, tariff in (case for name in names for case in shipped.cases(name)):
            by = tariff or shipped.tariff(case["shipped"])
            for line in price(by, shipped.facts(**case["usage"])):
                assert re.search(r"[\u4e00-\u9fff]", said(reason(line.why)) or ""), line.why


def test_no_page_of_arrears_or_files_falls_back_to_english(own_office: Office) -> None:
    clerk, officer = own_office.as_("clerk"), own_office.as_("officer")
    rows = b"meter,date,reading\nM0100000002,2026-05-20,3\nM999,2026-05-20,5\n"
    sent = clerk.post("/readings", file=(BytesIO(rows), "a.csv"), kind="readings", dry_run="no")
    for page in (
        clerk.get(sent.headers["Location"]),
        clerk.get("/readings"),
        officer.get("/arrears/tonight"),
    ):
        assert re.findall(r'<span lang="en">([^<]+)', page.text) == []
