"""Who does the work of a run: this process alone, or several processes of the machine."""

import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")
_NEW_VALUES_MAX = 200_000
"""How many values may be made before the collector looks for cycles among them."""


class Here(Executor):
    """Does at once, in this process, whatever it is given."""

    def submit(self, fn: Callable[..., B], /, *args: Any, **kwargs: Any) -> Future[B]:
        """Do the work and return what came of it, as a future that is over."""
        done: Future[B] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as problem:
            done.set_exception(problem)
        return done


@contextmanager
def workers(count: int) -> Iterator[Executor]:
    """
    Give an executor of so many processes; of one, it is this process itself.

    What still waits when the block is left by an error is not begun.
    """
    if count < 1:
        raise ValueError(f"{count} workers can do nothing; at least one is wanted")
    if count == 1:
        yield Here()
        return
    executor = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_work
    )
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def in_order(
    executor: Executor, does: Callable[[A], B], items: Iterable[A], *, ahead: int
) -> Iterator[tuple[A, B]]:
    """
    Yield each item with what became of it, in the order of the items.

    :param ahead: how many are under way at once; so memory stays flat, however many there are.
    """
    under_way: deque[tuple[A, Future[B]]] = deque()
    for item in items:
        under_way.append((item, executor.submit(does, item)))
        if len(under_way) >= ahead:
            first, future = under_way.popleft()
            yield first, future.result()
    while under_way:
        first, future = under_way.popleft()
        yield first, future.result()


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """
    Let the block make many values without the collector of cycles going through them each time.

    Frozen values make no cycles, and a chunk's are gone with the chunk; looking through them over
    and over cost a billing run a quarter of its time.
    """
    before = gc.get_threshold()
    gc.set_threshold(_NEW_VALUES_MAX, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _begin_work() -> None:
    gc.set_threshold(_NEW_VALUES_MAX)
    _end_with_parent()


def _end_with_parent() -> None:
    # A worker whose parent was killed would wait for work for ever.
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker is begun by another process"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
