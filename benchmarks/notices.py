"""
How fast papers are drawn and messages go out, each in one process.

    python benchmarks/notices.py --pages 500 --messages 500

Prints pages a second of one core and kB a page of each kind of paper in a file of so many,
and messages/s through the real client of the provider to a simulator over HTTP. With `--accounts`
also whole days: writing, sending and printing on a database, every check included.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from config.database import engine_for, sessions
from migrations import schema
from notices import dispatch, printing
from notices.notice import Addressee, NoticeKind
from notices.paper.fonts import fonts
from notices.paper.letter import Letter, draw_letter
from notices.paper.press import print_batch, print_bills
from notices.paper.sheet import Sheet
from notices.simulator import Simulator
from notices.sms import Message, TwilioGateway
from tests.notices import office, samples

SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 21, 12, tzinfo=SHANGHAI)


def main() -> None:
    """Draw, send, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--accounts", type=int, default=200)
    asked = parser.parse_args()
    draw(asked.pages)
    if asked.messages:
        post(asked.messages)
    if asked.accounts:
        live(asked.accounts)


def draw(count: int) -> None:
    """Draw files of so many papers of each kind."""
    fonts()  # Read once in a process; the first paper of the day waits for it.
    print(f"{'paper':<34}{'papers':>8}{'pages':>8}{'pages/s':>10}{'kB/page':>10}")
    for kind in (NoticeKind.DISCONNECTION_NOTICE, NoticeKind.LETTER, NoticeKind.DEPOSIT_DEMAND):
        for language in ("zh", "en"):
            some = [letter(at, kind, language) for at in range(count)]
            timed(f"{kind} {language}", count, lambda some=some: file_of(some))
    for language in ("zh", "en"):
        papers = [samples.bill_paper(language, earlier=at % 3 * 100) for at in range(count)]
        bills = [samples.printed_bill(named(paper, at)) for at, paper in enumerate(papers)]
        timed(f"bill {language}", count, lambda some=bills: (print_bills(some), len(some)))
    batch = samples.batch(count)
    timed("batch with cover, all kinds", count, lambda: print_batch(batch))


def timed(name: str, count: int, act: Callable[[], tuple[bytes, int]]) -> None:
    """Print how fast an act draws, by the time of one core: whoever else works beside it."""
    began = time.process_time()
    data, pages = act()
    took = time.process_time() - began
    print(f"{name:<34}{count:>8}{pages:>8}{pages / took:>10.0f}{len(data) / pages / 1000:>10.1f}")


def letter(at: int, kind: NoticeKind, language: str) -> Letter:
    """Return a letter to somebody of their own, of one to four bills."""
    to = f"{name(at)} {at}"
    return samples.letter(samples.notice(kind, language, name=to, charges=1 + at % 4, number=at))


def file_of(letters: list[Letter]) -> tuple[bytes, int]:
    """Return letters as one file, and its pages."""
    sheet = Sheet(fonts(), title="benchmark", author="benchmark")
    for at, one in enumerate(letters):
        if at:
            sheet.new_page()
        draw_letter(sheet, one)
    return sheet.save(), sheet.page


def named(paper: samples.BillPaper, at: int) -> samples.BillPaper:
    """Return a bill to somebody of their own."""
    to = Addressee(f"C{at}", name(at), paper.customer.address)
    return replace(paper, customer=to)


def name(at: int) -> str:
    """Return one of some six thousand names."""
    return f"李{chr(0x4E00 + at * 13 % 20_000)}{chr(0x4E00 + at * 7 % 20_000)}"


def post(count: int) -> None:
    """Post messages one after the other through the real client."""
    with Simulator(office.SID, office.TOKEN, clock=lambda: NOON, sends_callbacks=False) as it:
        gateway = TwilioGateway(
            office.SID, office.TOKEN, "+15005550006", callback=office.CALLBACK, origin=it.origin
        )
        began = time.perf_counter()
        for at in range(count):
            text = "【澄湖供电】您的电费已逾期。"
            gateway.send(Message("+8613800000001", text, "", {}, at, timedelta(hours=1)))
        took = time.perf_counter() - began
    print(f"\n{count} messages through the real client: {count / took:.0f} messages/s")


def live(count: int) -> None:
    """Write, send and print on SQLite, with all that is checked on the way."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/notices.db"
        engine = engine_for(url)
        schema.create(engine)
        made = sessions(url)
        numbers = [f"A-{at:06d}" for at in range(count)]
        mobiles = {number: f"+86139{at:08d}" for at, number in enumerate(numbers)}
        with made.begin() as session:
            office.found(session, *numbers, mobiles=mobiles)
        day = office.DUE + timedelta(days=3)
        office.night(made, day)
        lap(f"{count} messages written", count, lambda: office.prepare(made, day))
        with Simulator(office.SID, office.TOKEN, clock=lambda: NOON, sends_callbacks=False) as it:
            gateway = office.gateway(it)
            lap(
                f"{count} messages claimed, posted, marked",
                count,
                lambda: dispatch.send(made, gateway, today=day, now=office.at(day), limit=count),
            )
        later = office.DUE + timedelta(days=15)
        office.night(made, later)
        lap(f"{count} letters written", count, lambda: office.prepare(made, later))
        lap(f"{count} letters printed", count, lambda: printed(made, Path(folder), later))
        engine.dispose()


def printed(made: printing.sessionmaker[printing.Session], folder: Path, day: date) -> None:
    """Print until nothing waits."""
    while office.print_due(made, folder, day) is not None:
        pass


def lap(what: str, count: int, act: Callable[[], object]) -> None:
    """Print how fast an act goes."""
    began = time.perf_counter()
    act()
    print(f"{what}: {count / (time.perf_counter() - began):.0f}/s")


if __name__ == "__main__":
    main()
