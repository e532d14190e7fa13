import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.basis import Before, Span, Terms
from billing.bill import Draft, digests_in, draw_up, explain, recompute
from billing.component import Label, RoundTo
from billing.line import Line
from billing.money import money
from billing.spans import spans_of, terms_of, unbilled
from billing.supply import PaymentMode, Supply, SupplyClass
from config.database import canonical
from meters.interval import IntervalDay, Series
from meters.period import Period
from meters.reading import Part, Reading, RegisterCode, Usage
from tests.billing import shipped

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
SUPPLY = Supply(1, 1, 1, date(2020, 1, 1), None, SupplyClass.RESIDENTIAL, "residential_beijing")
kwh = st.decimals(0, 9_000, places=2)
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def usage(period, **registers):
    parts = tuple(
        Part(
            RegisterCode(code),
            "M1",
            Reading(1, period.start, Decimal(0)),
            Reading(1, period.end, Decimal(value)),
            Decimal(1),
            Decimal(value),
        )
        for code, value in registers.items()
    )
    return Usage(1, period, parts)


def span(period, code="residential_beijing", **terms):
    return Span(period, shipped.tariff(code), Terms(**terms))


def draw(period=JANUARY, *, year_kwh="0", code="residential_beijing", **registers):
    drawn = draw_up(
        usage(period, **registers), SUPPLY, [span(period, code)], Before(Decimal(year_kwh))
    )
    assert isinstance(drawn, Draft), drawn
    return drawn


@st.composite
def bills(draw):
    """A usage of some registers, priced by some of the shipped tariffs one after the other."""
    start = draw(days)
    period = Period(start, start + timedelta(draw(st.integers(1, 120))))
    registers = {
        code: draw(kwh) for code in ("sharp", "peak", "flat", "valley", "reactive", "demand")
    }
    measured = usage(period, **registers)
    codes = ("industrial_two_part", "industrial_two_part_demand", "commercial_single_part")
    terms = Terms(
        contracted_kw=Decimal(100),
        capacity_kva=Decimal(315),
        household_size=draw(st.none() | st.integers(1, 9)),
        year_months=draw(st.integers(1, 12)),
        household_months=draw(st.integers(1, 12)),
        household_before=tuple(
            draw(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 6)), max_size=2))
        ),
    )
    parts = period.split(draw(st.lists(days, max_size=3)))
    spans = [Span(part, shipped.tariff(draw(st.sampled_from(codes))), terms) for part in parts]
    return measured, spans, draw(kwh)


@given(bills())
def test_a_bill_can_be_worked_out_again_from_what_it_keeps(bill):
    measured, spans, before = bill
    drawn = draw_up(measured, SUPPLY, spans, Before(before))
    kept = json.loads(canonical(drawn.facts))
    tariffs = {one.tariff.digest: one.tariff for one in spans}
    assert digests_in(kept) == tariffs.keys()

    explained = explain(kept, drawn.lines, tariffs)

    assert explained.same
    assert explained.spans == tuple(spans)
    assert sum(line.amount for line in explained.lines) == drawn.amount
    assert [line.why for line in explained.lines] == [line.why for line in drawn.lines]
    # What it keeps is the same once it has been kept, so that it can be kept for good.
    again, spans_again, lines = recompute(kept, tariffs)
    assert draw_up(again, SUPPLY, spans_again, Before(before)).facts == kept
    assert lines == explained.lines


def test_recorded_intervals_are_billed_by_the_calendar_and_can_be_worked_out_again():
    day = Period(date(2026, 7, 3), date(2026, 7, 4))
    amounts = [0] * 24
    amounts[11], amounts[20] = 96_000_000, 4_000_000  # sharp in July, and flat
    series = Series(
        RegisterCode.TOTAL, "M1", "E1", "UTC+08:00", (IntervalDay(1, day.start, 60, amounts, "A"),)
    )
    measured = replace(usage(day, reactive="0"), intervals=(series,))
    spans = [span(day, "industrial_two_part", capacity_kva=Decimal(310))]

    drawn = draw_up(measured, SUPPLY, spans, Before(Decimal(0)))

    assert isinstance(drawn, Draft), drawn
    bought = {line.code: line.quantity for line in drawn.lines if line.code[:8] == "purchase"}
    assert bought == {"purchase.sharp": 96, "purchase.flat": 4}
    kept = json.loads(canonical(drawn.facts))
    assert explain(kept, drawn.lines, {spans[0].tariff.digest: spans[0].tariff}).same


def test_a_bill_whose_lines_were_tampered_with_does_not_come_out_the_same():
    drawn = draw(total="300")
    tariffs = {drawn.facts["spans"][0]["digest"]: shipped.tariff("residential_beijing")}
    [line] = drawn.lines
    forged = line._replace(amount=line.amount - 1)

    assert explain(drawn.facts, drawn.lines, tariffs).same
    assert not explain(drawn.facts, [forged], tariffs).same
    assert not explain(drawn.facts, [line, line], tariffs).same


@given(kwh, kwh, days, st.integers(1, 60), st.integers(1, 60))
def test_the_year_goes_on_from_bill_to_bill(first, second, start, days_of_first, days_of_second):
    edge = start + timedelta(days_of_first)
    end = edge + timedelta(days_of_second)
    one = draw(Period(start, edge), total=first)
    is_same_year = (edge - timedelta(1)).year == edge.year
    before = one.year_kwh if is_same_year else 0
    two = draw(Period(edge, end), year_kwh=before, total=second)

    last_year = (end - timedelta(1)).year
    if start.year == last_year:
        assert two.year_kwh == first + second
    assert two.year_kwh <= first + second


def test_a_bill_over_new_year_counts_only_the_new_years_days_from_then_on():
    drawn = draw(Period(date(2026, 12, 22), date(2027, 1, 11)), year_kwh="4000", total="100")

    assert drawn.year_kwh == 50
    assert [(line.code, line.quantity) for line in drawn.lines] == [
        ("energy", 50),
        ("energy.2", 50),
        ("energy", 50),
    ]


def test_two_tariffs_on_one_bill_have_dated_lines_that_sum_to_the_usage():
    parts = JANUARY.split([date(2026, 1, 11)])
    spans = [span(parts[0]), span(parts[1], "residential_shanghai")]

    drawn = draw_up(usage(JANUARY, total="310"), SUPPLY, spans, Before(Decimal(0)))

    assert [(line.text_en, line.text_zh, line.quantity) for line in drawn.lines] == [
        ("Energy, 2026-01-01 to 2026-01-10", "电度电费，2026-01-01至2026-01-10", 100),
        ("Energy, 2026-01-11 to 2026-01-31", "电度电费，2026-01-11至2026-01-31", 210),
    ]
    assert drawn.amount == 4883 + 12957
    assert drawn.tax == 562 + 1491


def test_a_bill_of_two_tariffs_is_rounded_once():
    whole_yuan = RoundTo(Label("rounding", "Rounding", "取整"), 100)
    periods = JANUARY.split([date(2026, 1, 11)])
    spans = [
        replace(one, tariff=replace(one.tariff, round_to=whole_yuan))
        for one in (span(period, "residential_beijing") for period in periods)
    ]
    drawn = draw_up(usage(JANUARY, total="310"), SUPPLY, spans, Before(Decimal(0)))

    assert isinstance(drawn, Draft), drawn
    assert [line.code for line in drawn.lines] == ["energy", "energy", "rounding"]
    assert drawn.amount == sum(line.amount for line in drawn.lines) == money("151")
    tariffs = {one.tariff.digest: one.tariff for one in spans}
    assert explain(drawn.facts, drawn.lines, tariffs).same


def test_what_stands_in_the_way_of_a_bill_is_told_once_for_all_its_days():
    spans = [span(part, "residential_tou_zhejiang") for part in JANUARY.split([date(2026, 1, 9)])]

    found = draw_up(usage(JANUARY, total="200"), SUPPLY, spans, Before(Decimal(0)))

    assert found == (
        (
            "tariffs/residential_tou_zhejiang/2021-01-01: the meter has no register peak, valley, "
            "and energy was used"
        ),
    )


def test_spans_that_leave_days_out_are_our_own_mistake():
    with pytest.raises(AssertionError, match="spans cover the period"):
        draw_up(
            usage(JANUARY, total="1"),
            SUPPLY,
            [span(Period(date(2026, 1, 2), date(2026, 2, 1)))],
            Before(Decimal(0)),
        )


# --- which tariff and which terms on which days ------------------------------------------------


def supply(starts_on, ends_on=None, **changes):
    return replace(SUPPLY, starts_on=starts_on, ends_on=ends_on, **changes)


def test_spans_follow_the_supply_and_its_tariff():
    supplies = [
        supply(date(2025, 5, 1), date(2026, 1, 11), tariff="old", contracted_kw=Decimal(8)),
        supply(date(2026, 1, 11), tariff="new", contracted_kw=Decimal(12)),
    ]
    beijing, shanghai = (
        shipped.tariff("residential_beijing"),
        shipped.tariff("residential_shanghai"),
    )

    def in_force(code, period):
        if code == "old":
            return [(period, beijing)]
        first, second = period.split([date(2026, 1, 21)])
        return [(first, beijing), (second, shanghai)]

    spans = spans_of(JANUARY, supplies, in_force)

    assert [(one.period.days, one.tariff, one.terms.contracted_kw) for one in spans] == [
        (10, beijing, 8),
        (10, beijing, 12),
        (11, shanghai, 12),
    ]


def test_limits_per_year_count_from_the_month_the_customer_came():
    supplies = [supply(date(2026, 5, 20))]
    assert terms_of(supplies[0], supplies, date(2026, 6, 1)).year_months == 8
    assert terms_of(supplies[0], supplies, date(2027, 6, 1)).year_months == 12


def test_the_allowance_of_a_household_counts_from_the_month_its_size_was_approved():
    supplies = [
        supply(date(2020, 1, 1), date(2026, 2, 10), household_size=3),
        supply(date(2026, 2, 10), date(2026, 6, 1), household_size=6),
        supply(date(2026, 6, 1), household_size=6, contracted_kw=Decimal(16)),
    ]
    terms = terms_of(supplies[2], supplies, date(2026, 7, 1))

    assert (terms.year_months, terms.household_months) == (12, 11)


def test_a_household_that_shrinks_keeps_the_allowance_of_the_months_it_was_large():
    supplies = [
        supply(date(2025, 3, 1), date(2026, 3, 1), household_size=6),
        supply(date(2026, 3, 1), date(2026, 7, 1), household_size=7),
        supply(date(2026, 7, 1), household_size=4),
    ]

    assert terms_of(supplies[2], supplies, date(2026, 8, 1)).household_before == ((6, 2), (7, 4))
    assert terms_of(supplies[2], supplies, date(2027, 1, 1)).household_before == ()
    assert terms_of(supplies[1], supplies, date(2026, 4, 1)).household_before == ((6, 2),)


@pytest.mark.parametrize(
    ("supplies", "billed_until", "period"),
    [
        ([supply(date(2026, 1, 5))], None, Period(date(2026, 1, 5), date(2026, 2, 1))),
        ([supply(date(2025, 1, 5))], date(2026, 1, 1), JANUARY),
        ([supply(date(2025, 1, 5))], date(2026, 2, 1), None),
        ([supply(date(2026, 2, 1))], None, None),
        (
            [supply(date(2025, 1, 1), date(2026, 1, 20))],
            date(2026, 1, 1),
            Period(date(2026, 1, 1), date(2026, 1, 20)),
        ),
        (
            [
                supply(date(2025, 1, 1), date(2026, 1, 20)),
                supply(date(2026, 1, 20), household_size=6),
            ],
            date(2026, 1, 1),
            JANUARY,
        ),
        (
            [
                supply(date(2025, 1, 1), date(2026, 1, 20)),
                supply(date(2026, 1, 20), payment_mode=PaymentMode.PREPAID),
            ],
            date(2026, 1, 20),
            None,
        ),
        (
            [
                supply(date(2025, 1, 1), date(2025, 6, 1)),
                supply(date(2025, 6, 1), date(2026, 1, 20), payment_mode=PaymentMode.PREPAID),
                supply(date(2026, 1, 20)),
            ],
            date(2025, 6, 1),
            Period(date(2026, 1, 20), date(2026, 2, 1)),
        ),
    ],
)
def test_what_is_unbilled_begins_where_billing_left_off(supplies, billed_until, period):
    assert unbilled(supplies, billed_until=billed_until, until=date(2026, 2, 1)) == period


def test_a_line_of_another_language_is_the_same_line():
    one = draw(total="300").lines[0]
    assert isinstance(one, Line)
    assert (one.text_en, one.text_zh, one.unit) == ("Energy", "电度电费", "kWh")
