from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.comparison import ALL, compare
from billing.money import money
from billing.usages import NamedUsage, parse_usages
from tests.billing import shipped
from tests.billing.shipped import facts

OLD, NEW = shipped.tariff("residential_beijing"), shipped.tariff("residential_shanghai")


def test_who_pays_more_stands_first_and_classes_are_summed():
    rows = [
        {"id": "small", "class": "one", "start": "2026-01-01", "end": "2026-02-01", "kwh": 100},
        {"id": "large", "class": "two", "start": "2026-01-01", "end": "2026-02-01", "kwh": 400},
        {"id": "none", "class": "two", "start": "2026-01-01", "end": "2026-02-01", "kwh": 0},
    ]
    found = compare(OLD, NEW, parse_usages("u", rows))

    assert [one.id for one in found.usages] == ["large", "small", "none"]
    one, two, everybody = found.groups
    assert (one.name, one.more, one.less, one.same) == ("one", 1, 0, 0)
    assert (two.name, two.more, two.less, two.same) == ("two", 1, 0, 1)
    assert (one.old, one.new, one.difference) == (money("48.83"), money("61.70"), money("12.87"))
    assert one.percent == Decimal("26.4")
    assert (everybody.name, everybody.usages, everybody.more, everybody.same) == (ALL, 3, 2, 1)
    assert compare(NEW, OLD, parse_usages("u", rows)).groups[0].percent == Decimal("-20.9")


def test_what_a_tariff_cannot_price_is_in_no_class_and_says_why():
    by_time = shipped.tariff("residential_tou_zhejiang")
    found = compare(OLD, by_time, [NamedUsage("a", facts(kwh=5), "one")])

    [alone] = found.unpriced
    assert "peak, valley" in alone.problems[0]
    [everybody] = found.groups
    assert (everybody.usages, everybody.percent) == (0, None)


@given(st.lists(st.tuples(st.integers(0, 9000), st.sampled_from("abc")), max_size=12))
def test_classes_sum_to_all_and_a_comparison_turned_around_is_its_opposite(drawn):
    usages = [NamedUsage(str(at), facts(kwh=kwh), group) for at, (kwh, group) in enumerate(drawn)]
    *groups, everybody = compare(OLD, NEW, usages).groups

    for name in ("usages", "more", "less", "same", "old", "new", "difference"):
        assert sum(getattr(one, name) for one in groups) == getattr(everybody, name)
    back = compare(NEW, OLD, usages).groups[-1]
    assert (back.more, back.less) == (everybody.less, everybody.more)
    assert back.difference == -everybody.difference
