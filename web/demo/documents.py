"""The documents of the demo that are worth opening, written into its folder."""

from collections.abc import Iterator
from pathlib import Path

import arrears.review
from billing import store as master
from billing.customer import Language
from config.database import reading
from notices import printing
from notices import store as notices
from notices.notice import Channel, NoticeKind
from notices.outbox import State
from web.demo.stage import Stage


def written(stage: Stage) -> tuple[tuple[str, Path], ...]:
    """Write a bill in each language, a disconnection notice, the ageing, and name the rest."""
    folder = stage.folder / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    found = [*_bills(stage, folder), *_notices(stage, folder), *_batches(stage)]
    ageing = folder / "ageing.xlsx"
    arrears.review.ageing_workbook(stage.sessions, ageing, as_of=stage.world.last_day)
    found.append(("ageing workbook", ageing))
    return tuple((title, path.resolve()) for title, path in found)


def _bills(stage: Stage, folder: Path) -> Iterator[tuple[str, Path]]:
    """Write the newest bill of a household and of a plant, in Chinese and in English."""
    wanted = (
        ("bill, household, Chinese", Language.CHINESE, "residential_zhejiang"),
        ("bill, household, English", Language.ENGLISH, "residential_zhejiang"),
        ("bill, plant, Chinese", Language.CHINESE, "industrial_two_part"),
    )
    for title, language, tariff in wanted:
        number = _newest_bill(stage, language, tariff)
        if number is not None:
            path = folder / f"{title.replace(', ', '-').lower()}.pdf"
            path.write_bytes(printing.bill(stage.sessions, number))
            yield title, path


def _newest_bill(stage: Stage, language: Language, tariff: str) -> str | None:
    with reading(stage.sessions) as session:
        for account_id, subscriber in stage.subscribers.items():
            if subscriber.tariff == tariff and subscriber.customer.language == language:
                bills = master.bills(session, account_id=account_id)
                if bills:
                    return bills[-1].number
    return None


def _notices(stage: Stage, folder: Path) -> Iterator[tuple[str, Path]]:
    wanted = {
        NoticeKind.DISCONNECTION_NOTICE: "disconnection notice",
        NoticeKind.LETTER: "reminder letter",
        NoticeKind.DEPOSIT_DEMAND: "deposit demand",
    }
    with reading(stage.sessions) as session:
        printed = notices.notices(
            session, channel=Channel.PAPER, states=[State.PRINTED], limit=2_000
        )
    for kind, title in wanted.items():
        number = next((one.number for one in printed if one.kind is kind), None)
        if number is not None:
            path = folder / f"{title.replace(' ', '-')}.pdf"
            path.write_bytes(printing.letter(stage.sessions, number))
            yield title, path


def _batches(stage: Stage) -> Iterator[tuple[str, Path]]:
    with reading(stage.sessions) as session:
        batches = notices.batches(session, limit=1_000)
    if batches:
        largest = max(batches[:60], key=lambda one: (one.letters, one.id))
        yield f"print batch, {largest.letters} letters", stage.folder / "print" / largest.file_name
