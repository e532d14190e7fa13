"""Wordings: what a supplier may write, and what is refused with a remedy."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from notices.wording import (
    BadWordingError,
    BlockKind,
    MissingFactsError,
    Words,
    fill,
    parse_wording,
)

NAMES = frozenset({"customer", "total", "pay_by", "dunnings"})
PLACES = frozenset({"charges", "payment"})


def parsed(text):
    return parse_wording("zh/letter.txt", text, names=NAMES, places=PLACES)


def filled(text, **facts):
    return fill(parsed(text), facts)


def test_a_wording_has_a_title_paragraphs_items_and_places():
    words = filled(
        """# a comment
title: 催费通知书

$customer：

[charges]
- 请缴清 *$total*。
- 谢谢。
""",
        customer="李玥",
        total="386.20 元",
    )
    assert words.title == "催费通知书"
    assert [block.kind for block in words.blocks] == [
        BlockKind.PARAGRAPH,
        BlockKind.PLACE,
        BlockKind.ITEM,
        BlockKind.ITEM,
    ]
    assert [(span.text, span.is_strong) for span in words.blocks[2].spans] == [
        ("请缴清 ", False),
        ("386.20 元", True),
        ("。", False),
    ]
    assert words.plain() == "李玥：\n请缴清 386.20 元。\n谢谢。"


def test_a_name_ends_where_latin_letters_do():
    assert filled("户$customer欠$total。", customer="甲", total="1").plain() == "户甲欠1。"


def test_lines_of_a_paragraph_are_joined_as_the_script_wants():
    assert filled("pay\nus").plain() == "pay us"
    assert filled("请缴\n费").plain() == "请缴费"


def test_an_optional_piece_goes_when_a_fact_in_it_is_absent():
    text = "Pay $total{. We wrote on $dunnings}."
    assert filled(text, total="5", dunnings="Monday").plain() == "Pay 5. We wrote on Monday."
    assert filled(text, total="5").plain() == "Pay 5."
    assert filled(text, total="5", dunnings="").plain() == "Pay 5."


def test_a_paragraph_without_words_goes_too():
    assert [b.text for b in filled("{We wrote on $dunnings.}\n\nEnd").blocks] == ["End"]


def test_a_dollar_is_written_twice():
    assert filled("costs $$5 or $total", total="US$6").plain() == "costs $5 or US$6"


def test_what_a_customer_is_called_is_never_read_as_a_wording():
    nasty = "*$total* {x} [charges] - <b>&amp; title: # $$"
    words = filled("Dear $customer, pay", customer=nasty)
    assert words.plain() == f"Dear {nasty}, pay"
    assert not any(span.is_strong for block in words.blocks for span in block.spans)


def test_every_problem_of_a_file_is_told_with_its_line_and_a_remedy():
    with pytest.raises(BadWordingError) as refused:
        parsed("title: x\n\nPay $totl by $when.\n\n[chargs]\n\n*open\n\n{open\n\na lonely $ sign")
    lines = str(refused.value).splitlines()
    assert lines == [
        "zh/letter.txt:3: $totl is no fact of this notice; did you mean $total?",
        (
            "zh/letter.txt:3: $when is no fact of this notice; known are $customer, $dunnings, "
            "$pay_by, $total"
        ),
        "zh/letter.txt:5: [chargs] is no place of this notice; did you mean [charges]?",
        "zh/letter.txt:7: a * is not closed; put *strong words* between two, on one side of a {",
        "zh/letter.txt:9: a { or } stands alone; put {optional words} between the two",
        "zh/letter.txt:11: a lonely $; write $$ for a dollar sign",
    ]


def test_a_wording_without_words_is_refused():
    with pytest.raises(BadWordingError, match="says nothing"):
        parsed("title: x\n\n[charges]")


def test_a_fact_that_is_missing_stops_the_notice_and_names_it():
    with pytest.raises(MissingFactsError, match=r"zh/letter.txt needs \$total, \$pay_by"):
        filled("Pay $total by $pay_by", customer="x")


@given(some.dictionaries(some.sampled_from(sorted(NAMES)), some.text(max_size=30), max_size=4))
def test_words_are_kept_and_come_back_word_for_word(facts):
    words = filled("title: t\n\nDear {$customer}x\n\n- {*$total* by $pay_by}y", **facts)
    assert Words.from_facts(words.to_facts()) == words


@given(some.text(max_size=200))
def test_any_text_is_either_a_wording_or_refused(text):
    with suppress(BadWordingError):
        words = fill(parsed(text), dict.fromkeys(NAMES, "x"))
        assert Words.from_facts(words.to_facts()) == words
