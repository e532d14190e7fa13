import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from config.workers import in_order, workers


def test_one_worker_is_this_process_and_does_one_thing_after_the_other():
    begun = []

    def begin(item):
        begun.append(item)
        return os.getpid()

    with workers(1) as executor:
        for item, process in in_order(executor, begin, range(3), ahead=1):
            assert process == os.getpid()
            assert begun == list(range(item + 1)), "nothing is begun before it is asked for"


def test_results_come_in_the_order_of_the_items_whichever_is_done_first():
    done = [threading.Event() for _ in range(4)]

    def after_the_next(item):
        if item % 2 == 0:
            assert done[item + 1].wait(10)
        done[item].set()
        return -item

    with ThreadPoolExecutor(2) as executor:
        found = list(in_order(executor, after_the_next, range(4), ahead=2))

    assert found == [(0, 0), (1, -1), (2, -2), (3, -3)]


def test_no_more_is_under_way_than_was_asked_for():
    asked = []

    def items():
        for item in range(9):
            asked.append(item)
            yield item

    with ThreadPoolExecutor(1) as executor:
        for item, _ in in_order(executor, str, items(), ahead=3):
            assert len(asked) <= item + 3


@pytest.mark.parametrize("count", [1, 2])
def test_what_goes_wrong_with_a_worker_is_raised_here(count):
    with workers(count) as executor, pytest.raises(ValueError, match="ab"):
        list(in_order(executor, int, ["1", "ab"], ahead=1))


def test_several_workers_are_processes_of_their_own():
    with workers(2) as executor:
        [(_, process)] = in_order(executor, _process, ["any"], ahead=2)

    assert process != os.getpid()


def _process(_):
    return os.getpid()
