"""Where lines of text end."""

from hypothesis import given
from hypothesis import strategies as some

from notices.paper.lines import line_ends

WIDE = "电费通知书，。（）《》：李玥"
TEXTS = some.text(alphabet=WIDE + "abc XYZ 0123456789,.-%", max_size=120)
ROOMS = some.integers(12, 60)


def widths_of(text):
    return [2 if ord(sign) > 0x2E80 else 1 for sign in text]


def lines(text, room, indent=0):
    ends = line_ends(text, widths_of(text), room, indent)
    return [text[start:end].strip(" ") for start, end in zip([0, *ends], ends, strict=False)]


@given(TEXTS, ROOMS)
def test_no_sign_is_lost_and_none_is_drawn_twice(text, room):
    ends = line_ends(text, widths_of(text), room)
    assert ends[-1] == len(text)
    assert ends == sorted(ends)
    assert "".join(lines(text, room)).replace(" ", "") == text.replace(" ", "")


@given(TEXTS, ROOMS)
def test_no_line_is_wider_than_its_room(text, room):
    assert all(sum(widths_of(line)) <= room for line in lines(text, room))


@given(some.lists(some.sampled_from(["电", "费", "通", "，", "。", "）", "《", "（"]), max_size=60))
def test_a_closing_sign_begins_no_line_and_an_opening_one_ends_none(signs):
    # A run of closing signs wider than the room has to be torn somewhere; there are none here.
    text = "".join(signs)
    for mark in "，。）《（":
        while mark * 2 in text:
            text = text.replace(mark * 2, mark + "电")
    found = lines(text, 24)
    long_runs = any(len(run) > 8 for run in text.replace("电", " ").split())
    if not long_runs:
        assert not any(line[:1] in {"，", "。", "）"} for line in found[1:])
        assert not any(line[-1:] in {"《", "（"} for line in found[:-1])


def test_latin_words_are_kept_whole():
    assert lines("the quick brown fox", 10) == ["the quick", "brown fox"]


def test_a_word_wider_than_the_room_is_torn():
    assert lines("Llanfairpwllgwyngyll", 8) == ["Llanfair", "pwllgwyn", "gyll"]


def test_a_number_stays_with_what_it_counts():
    assert lines("we stop on 1 December", 12) == ["we stop on", "1 December"]
    assert lines("you must pay CNY 5.00", 16) == ["you must pay", "CNY 5.00"]


def test_the_first_line_is_shorter_by_its_indent():
    assert lines("电费通知书电费", 10, indent=4) == ["电费通", "知书电费"]


def test_nothing_is_one_empty_line():
    assert lines("", 10) == [""]
