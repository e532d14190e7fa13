"""Papers: what is drawn can be read again, is the same each time, and prints no empty box."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from io import BytesIO

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as some
from pypdf import PdfReader
from pypdfium2 import PdfDocument

from notices.capitals import capitals
from notices.figures import LANGUAGES
from notices.notice import NoticeKind
from notices.paper.codes import payment_code
from notices.paper.fonts import MissingGlyphsError, fonts
from notices.paper.labels import label
from notices.paper.press import print_batch, print_bills, print_letter, print_receipt
from tests.notices import samples

KINDS = [kind for kind in NoticeKind if kind not in samples.BY_MESSAGE]
NASTY = '*$total* {x} [charges] <b>&amp;</b> </para> % \\ (") 李玥'
LONG = {
    "zh": "澄湖市国际经济技术合作示范区（集团）综合开发建设投资控股有限责任公司第二十七分公司",
    "en": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Works (Holdings) Ltd.",
}


def pages(data):
    """Return the text of each page."""
    return [page.extract_text() for page in PdfReader(BytesIO(data)).pages]


def squeezed(text):
    """Return a text without blanks: readers of PDF see some where only ink has a gap."""
    return re.sub(r"\s", "", text)


def says(data, *texts):
    whole = squeezed("".join(pages(data)))
    return all(squeezed(text) in whole for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_says_what_it_must_on_one_page(language, kind):
    one = samples.notice(kind, language)
    letter = samples.letter(one)
    data = print_letter(letter)
    assert len(pages(data)) == 1
    assert says(data, letter.words.title, letter.words.other_title, one.number)
    for block in letter.words.blocks:
        if block.kind != "place":
            assert says(data, block.text)


def codes_on(data):
    """Return what a reader of codes finds on the first page, as it is printed at 150 dpi."""
    page = PdfDocument(data)[0].render(scale=150 / 72, grayscale=True)
    return {str(found.format): found.text for found in zxingcpp.read_barcodes(page.to_numpy())}


@pytest.mark.parametrize("kind", KINDS)
def test_the_codes_on_a_letter_can_be_read(kind):
    one = samples.notice(kind, "zh")
    found = codes_on(print_letter(samples.letter(one)))
    if kind is not NoticeKind.PREPAID_CONVERSION:  # That one asks for no money.
        assert f"account={one.accounts[0].number}" in found["QR Code"]
    if kind is NoticeKind.DISCONNECTION_NOTICE:
        assert found["Code 128"] == one.number


def test_who_is_asked_for_a_guarantee_is_asked_for_no_deposit():
    one = samples.notice(NoticeKind.GUARANTEE_DEMAND, "zh")
    data = print_letter(samples.letter(one))
    address, account = samples.SUPPLIER.payment_address, one.accounts[0].number
    assert codes_on(data)["QR Code"] == payment_code(address, account=account, amount=one.total)
    assert says(data, "商请担保金额", "请于此日前提交")
    assert not says(data, "请于此日前缴清")


def test_the_code_on_a_bill_says_where_for_whom_and_how_much():
    paper = samples.bill_paper("zh")
    found = codes_on(print_bills([samples.printed_bill(paper)]))
    account, amount = paper.account.number, paper.bill.amount
    address = samples.SUPPLIER.payment_address
    assert found["QR Code"] == payment_code(address, account=account, amount=amount)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_disconnection_notice_has_all_that_the_law_wants(language):
    one = samples.notice(NoticeKind.DISCONNECTION_NOTICE, language)
    data = print_letter(samples.letter(one))
    wanted = {
        "zh": [capitals(one.total), "2026年12月1日 09:00", "9月25日", "24 小时", "第654条"],
        "en": ["1 December 2026", "25 September 2026", "24 hours", "Civil Code, art. 654"],
    }[language]
    assert says(data, *wanted, "送达回执", "Receipt of service", "见证人 Witness", "95598", "12398")
    assert says(data, one.accounts[0].number, one.accounts[0].meters[0], one.accounts[0].address)
    for charge in one.charges:
        assert says(data, charge.due_on.isoformat(), f"{charge.open / 100:,.2f}", str(charge.days))
    assert says(data, *samples.SUPPLIER.letterhead(language).seal_use.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_facts_that_are_absent_leave_no_gap(language, kind):
    data = print_letter(samples.letter(samples.bare(kind, language)))
    assert len(pages(data)) == 1
    assert "None" not in "".join(pages(data))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_notice_goes_on_and_its_receipt_stays_whole(language):
    one = samples.notice(
        NoticeKind.DISCONNECTION_NOTICE, language, name=LONG[language], charges=14, accounts=3
    )
    letter = samples.letter(one)
    found = pages(print_letter(letter))
    assert len(found) == 2
    assert squeezed(label("page", language).format(1)) in squeezed(found[0])
    assert squeezed(label("last_page", language).format(2, 2)) in squeezed(found[1])
    last = squeezed(found[1])
    assert all(squeezed(text) in last for text in ("送达回执", "送达方式", "备注"))
    assert squeezed(LONG[language]) in squeezed("".join(found))


def test_a_table_that_goes_on_repeats_its_head():
    one = samples.notice(NoticeKind.LETTER, "en", charges=60)
    found = pages(print_letter(samples.letter(one)))
    assert len(found) >= 2
    assert all("Unpaid" in page and "Days late" in page for page in found[:2])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customers_name_is_never_markup(language):
    one = samples.notice(NoticeKind.DISCONNECTION_NOTICE, language, name=NASTY)
    assert says(print_letter(samples.letter(one)), NASTY)
    receipt = samples.printed_receipt(samples.receipt_paper(language, name=NASTY))
    assert says(print_receipt(receipt), NASTY)


@given(some.text(max_size=80))
@settings(max_examples=30, deadline=None)
def test_any_name_is_drawn_or_refused_but_never_boxed(name):
    letter = samples.letter(samples.notice(NoticeKind.LETTER, "en", name=f"x{name}"))
    if fonts().missing(name):
        with pytest.raises(MissingGlyphsError, match="RL2026-000123"):
            print_letter(letter)
    else:
        assert print_letter(letter).startswith(b"%PDF")


def test_a_character_no_font_has_stops_the_paper_and_is_named():
    one = samples.notice(NoticeKind.LETTER, "zh", name="张𬎆")
    with pytest.raises(MissingGlyphsError, match=r"RL2026-000123: no font has 𬎆 \(U\+2C386\)"):
        print_letter(samples.letter(one))
    batch = samples.batch(2)
    with pytest.raises(MissingGlyphsError, match="𬎆"):
        print_batch(
            replace(batch, letters=(*batch.letters, (batch.letters[0][0], samples.letter(one))))
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_fonts_are_embedded(language):
    for data in (
        print_letter(samples.letter(samples.notice(NoticeKind.LETTER, language))),
        print_bills([samples.printed_bill(samples.bill_paper(language))]),
    ):
        used = [
            font.get_object()
            for page in PdfReader(BytesIO(data)).pages
            for font in page["/Resources"]["/Font"].values()
        ]
        own = [font for font in used if "NotoSansSC" in str(font["/BaseFont"])]
        assert own
        assert all("/FontFile2" in font["/FontDescriptor"] for font in own)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_household_bill_explains_itself_on_one_page(language):
    paper = samples.bill_paper(language, earlier=34_521)
    data = print_bills([samples.printed_bill(paper)])
    assert len(pages(data)) == 1
    assert says(data, paper.bill.number, "10,432.5", "10,808", "375.5", "0.4883", "112.31")
    assert says(data, "151.58", "345.21", "2026-10-01", "1‰")
    wanted = {
        "zh": ["2026年11月21日", "一档电量", "壹佰伍拾壹元伍角捌分", "居民生活"],
        "en": ["21 November 2026", "Energy, block 1", "Residential"],
    }[language]
    assert says(data, *wanted)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_works_bill_has_its_registers_demand_and_huge_amounts(language):
    data = print_bills([samples.printed_bill(samples.big_bill_paper(language))])
    assert says(data, "999,999,999.99", "30,844", "39.00", "-0.75 %", "0.59286875", "6,000")
    assert says(data, {"zh": "估算", "en": "Estimated"}[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bill_in_the_customers_favor_asks_for_nothing(language):
    data = print_bills([samples.printed_bill(samples.bill_paper(language, amount=-12_345))])
    assert says(data, "-123.45", label("in_your_favor", language))
    assert not says(data, label("how_to_pay", language))


def test_bills_of_one_file_each_begin_on_a_page():
    bills = [samples.printed_bill(samples.bill_paper(one)) for one in ("zh", "en", "zh")]
    assert len(pages(print_bills(bills))) == 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("settled", [0, 1, 9])
def test_a_receipt_has_two_copies_with_the_same_figures(language, settled):
    paper = samples.receipt_paper(language, settled=max(1, settled))
    paper = replace(paper, settled=paper.settled if settled else ())
    (page,) = pages(print_receipt(samples.printed_receipt(paper)))
    seen = squeezed(page)
    for text in (paper.number, f"{paper.amount / 100:,.2f}", paper.reference):
        assert seen.count(squeezed(text)) >= 2
    for copy in ("customers_copy", "offices_copy"):
        assert squeezed(label(copy, language)) in seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_batch_has_a_cover_in_walking_order_and_a_code_on_each_page(language):
    batch = samples.batch(26, language=language)
    data, count = print_batch(batch)
    found = pages(data)
    assert len(found) == count
    cover = squeezed(found[0])
    numbers = [letter.notice.number for _, letter in batch.letters]
    assert [cover.index(number) for number in numbers] == sorted(map(cover.index, numbers))
    nth = dict(enumerate(numbers, start=1))
    begins = [next(at for at, page in enumerate(found[1:], 2) if one in page) for one in numbers]
    assert begins == sorted(begins)
    for at, page in enumerate(found[1:], start=2):
        number = max(number for number in nth if begins[number - 1] <= at)
        code = label("nth_letter", language).format(number)
        assert squeezed(f"{batch.number}·{code}·{at}/") in squeezed(page)
        # The total was drawn before it was known, so a reader meets it apart from the rest.
        assert str(count) in page.split()


def test_a_reprint_is_the_same_letters_with_a_mark_on_each_page():
    batch = samples.batch(5)
    once, again = pages(print_batch(batch)[0]), pages(print_batch(batch, mark="补印")[0])
    assert len(once) == len(again)
    for first, second in zip(once, again, strict=True):
        assert squeezed(second) == "补印" + squeezed(first)


def test_papers_drawn_at_the_same_moment_do_not_mix():
    papers = [samples.letter(samples.notice(kind, "zh")) for kind in KINDS] * 4
    alone = [print_letter(one) for one in papers]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(print_letter, papers)) == alone


@pytest.mark.slow
def test_equal_papers_are_equal_bytes_in_every_process(tmp_path):
    program = (
        "from hashlib import sha256\n"
        "from tests.notices import samples\n"
        "from notices.paper.press import print_batch, print_bills\n"
        "bills = [samples.printed_bill(samples.bill_paper('zh'))]\n"
        "print(sha256(print_batch(samples.batch(8))[0] + print_bills(bills)).hexdigest())\n"
    )
    own = sha256(
        print_batch(samples.batch(8))[0]
        + print_bills([samples.printed_bill(samples.bill_paper("zh"))])
    ).hexdigest()
    for seed, zone in (("1", "Asia/Shanghai"), ("2", "America/New_York")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        out = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            encoding="utf-8",
            env=environment,
        )
        assert out.stdout.strip() == own
