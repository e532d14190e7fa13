"""The way of a notice: states only move forward, and news may come in any order."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from config.law import Sms
from notices.outbox import MOVES, TOLD, UNDER_WAY, State, follow, next_opening, state_of, time_left

SHANGHAI = ZoneInfo("Asia/Shanghai")
WINDOW = Sms(time(8), time(21), "product default")
NEWS = some.sampled_from([State.SENT, State.FAILED, State.DELIVERED])


def test_every_state_says_what_may_follow_it():
    assert set(MOVES) == set(State)


def test_what_is_told_or_cancelled_never_goes_back():
    for state in (State.DELIVERED, State.PRINTED, State.CANCELLED):
        assert not MOVES[state]
    assert all(State.QUEUED not in MOVES[state] for state in (*TOLD, State.FAILED))


@given(
    some.sampled_from(sorted(UNDER_WAY | {State.SENT})),
    some.permutations([State.SENT, State.SENT, State.DELIVERED, State.FAILED]),
)
def test_news_in_any_order_and_twice_lead_to_the_same_end(start, news):
    state = start
    for one in news:
        after = follow(state, one)
        assert after is state or after in MOVES[state]
        state = after
    assert state is State.DELIVERED


@given(some.lists(NEWS, min_size=1, max_size=6))
def test_the_same_news_again_change_nothing(news):
    state = State.SENT
    for one in news:
        state = follow(state, one)
    assert all(follow(state, one) is state for one in news)


@pytest.mark.parametrize("state", [State.QUEUED, State.CANCELLED, State.PRINTED])
def test_news_of_what_was_never_sent_change_nothing(state):
    assert follow(state, State.DELIVERED) is state


def test_the_words_of_the_provider_are_known():
    assert state_of("undelivered") is State.FAILED
    assert state_of("accepted") is State.SENT
    assert state_of("read") is State.DELIVERED
    assert state_of("teleported") is None


@pytest.mark.parametrize(
    ("clock", "left"),
    [("07:59", None), ("08:00", 13 * 60), ("20:00", 60), ("20:59:45", None), ("21:00", None)],
)
def test_messages_go_out_only_in_the_hours_of_the_market(clock, left):
    moment = datetime.combine(date(2026, 11, 21), time.fromisoformat(clock), SHANGHAI)
    found = time_left(moment, WINDOW, SHANGHAI)
    assert found == (None if left is None else timedelta(minutes=left))


@given(some.dates(date(2026, 1, 1), date(2027, 1, 1)), some.times())
def test_the_next_opening_is_open_and_not_before_now(day, hour):
    moment = datetime.combine(day, hour, SHANGHAI)
    opening = next_opening(moment, WINDOW, SHANGHAI)
    assert opening >= moment
    assert time_left(opening, WINDOW, SHANGHAI) is not None
    assert opening - moment < timedelta(hours=24)
