"""Read the parts of a tariff file, each from its own table, and report all that is wrong."""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

from billing.component import (
    Benefit,
    Block,
    Each,
    Export,
    Fixed,
    Label,
    Minimum,
    Paid,
    Per,
    Percent,
    Rate,
    RoundTo,
    Settled,
    UsedBetween,
    Vat,
)
from billing.money import MINOR, show
from billing.tariff_calendar import Known
from config.table import TableReader

PRICE_PLACES = 8
PRICE_LEAST = -1_000_000
"""Prices may be negative: an adjustment can lower a bill."""

_NUMERALS = "〇一二三四五六七八九十"
Part = TypeVar("Part")


def each(reader: TableReader, key: str, read: Callable[[TableReader], Part]) -> list[Part]:
    """Return every part of a kind that the file has."""
    return [finished(part, read) for part in reader.tables(key, named_by="code")]


def optional(reader: TableReader, key: str, read: Callable[[TableReader], Part]) -> Part | None:
    """Return the one part of a kind that the file may have, or none."""
    table = reader.table(key, required=False)
    return finished(table, read) if key in reader else None


def finished(part: TableReader, read: Callable[[TableReader], Part]) -> Part:
    """Return what a table says, and report the words in it that nobody asked for."""
    value = read(part)
    part.finish()
    return value


def label_of(reader: TableReader, code: str | None = None) -> Label:
    """Return what a part's line is called."""
    return Label(reader.text("code", code), reader.text("en"), reader.text("zh"))


def price_of(reader: TableReader, key: str = "price") -> Decimal:
    """Return a price in major units."""
    price = reader.number(key, least=PRICE_LEAST)
    return at_most(reader, key, price, PRICE_PLACES)


def at_most(reader: TableReader, key: str, value: Decimal, places: int) -> Decimal:
    """Return a number, and report more decimals than are kept."""
    if value != round(value, places):
        reader.wrong(key, f"has {value}", f"at most {places} decimals are kept")
    return value


def rate(reader: TableReader) -> Rate:
    """Return a price with the label of its line."""
    return Rate(label_of(reader), price_of(reader))


def fixed(reader: TableReader, known: Known) -> Fixed:
    """Return a fixed charge."""
    return Fixed(
        rate(reader),
        reader.choice("per", Per),
        known.season(reader),
        reader.choice("each", Each) if "each" in reader else None,
        if_used(reader),
    )


def export(reader: TableReader, known: Known) -> Export:
    """Return a credit for what is fed in."""
    label = label_of(reader)
    rates = rates_of(reader, label, known)
    registers = tuple(rate.register for rate in rates if rate.register is not None)
    if not rates:
        reader.wrong("price", "is missing", "give price, or prices by register")
    return Export(label, rates, known.calendar(reader, registers))


def if_used(reader: TableReader) -> UsedBetween | None:
    """Return from and up to what use a part holds, or none if it holds for everybody."""
    return optional(reader, "if_used", _if_used)


def _if_used(reader: TableReader) -> UsedBetween:
    between = UsedBetween(
        above=reader.number("above_kwh", Decimal(0)),
        up_to=reader.number_or_none("up_to_kwh"),
        per=reader.choice("per", Per),
    )
    if between.up_to is not None and between.up_to <= between.above:
        reader.wrong("up_to_kwh", f"{between.up_to} isn't above {between.above}", "it is the end")
    return between


def benefit(reader: TableReader) -> Benefit:
    """Return free kWh."""
    return Benefit(
        rate(reader),
        reader.number("kwh_per_month"),
        reader.choice("settled", Settled, Settled.MONTH),
        reader.choice("paid", Paid, Paid.DEDUCTED),
    )


def rates_of(
    reader: TableReader, label: Label, known: Known, *, block: int | None = None
) -> tuple[Rate, ...]:
    """Return what `price` says, or `prices` by register; none if the table has neither."""
    if "price" in reader and "prices" in reader:
        reader.wrong("price", "stands beside prices", "give one of them")
    if "price" in reader:
        return (Rate(named(label, block, None), price_of(reader)),)
    prices = reader.table("prices", required=False)
    for word in prices:
        if word not in known.registers:
            prices.wrong(word, "is no register", f"known are {', '.join(known.registers)}")
    # In one order whatever the file's, so that the prices of one block face those of another.
    return tuple(
        Rate(named(label, block, (word, *texts)), price_of(prices, word), word)
        for word, texts in known.registers.items()
        if word in prices
    )


def named(
    label: Label,
    block: int | None,
    register: tuple[str, str, str] | None,
    *,
    increment: bool = False,
) -> Label:
    """Return the label of a line for a block or a register: its word, and what it is called."""
    code, en, zh = label.code, [label.en], ""
    if block is not None:
        code += f".{block}"
        en.append(f"increment of block {block}" if increment else f"block {block}")
        numeral = _NUMERALS[block] if block < len(_NUMERALS) else str(block)
        zh += f"第{numeral}档{'加价' if increment else ''}"
    if register is not None:
        word, word_en, word_zh = register
        code += f".{word}"
        en.append(word_en)
        zh += f"{'·' if zh else ''}{word_zh}"
    return Label(code, ", ".join(en), f"{label.zh}（{zh}）" if zh else label.zh)


def check_blocks(reader: TableReader, blocks: tuple[Block, ...], key: str) -> None:
    """Report blocks that don't rise, leave a gap, or name different registers."""
    edges = [block.up_to for block in blocks]
    if edges and edges[-1] is not None:
        reader.wrong(key, "the last block has an end", f"leave {key} out of the last block")
    for below, edge in pairwise([Decimal(0), *edges[:-1]]):
        if edge is None:
            reader.wrong(key, "a block before the last has no end", f"give it {key}")
        elif below is not None and edge <= below:
            reader.wrong(key, f"{edge} comes after {below}", "blocks rise from one to the next")
    registers = {tuple(rate.register for rate in block.rates) for block in blocks if block.rates}
    if len(registers) > 1:
        reader.wrong("prices", "blocks name different registers", "name the same in every block")


def codes_of(reader: TableReader) -> tuple[str, ...]:
    """Return the codes of the parts that take part."""
    codes = reader.texts("of")
    if not codes:
        reader.wrong("of", "is missing", "list the codes of the components that take part")
    return codes


def percent(reader: TableReader) -> Percent:
    """Return a percentage of other components."""
    percent = reader.number("percent", least=-100)
    return Percent(
        label_of(reader), at_most(reader, "percent", percent, PRICE_PLACES - 2), codes_of(reader)
    )


def minimum(reader: TableReader) -> Minimum:
    """Return what a bill comes to at least."""
    rate = Rate(label_of(reader, "minimum"), price_of(reader))
    return Minimum(rate, reader.choice("per", Per))


def vat(reader: TableReader) -> Vat:
    """Return how value-added tax is charged."""
    rate = at_most(reader, "rate", reader.number("rate"), PRICE_PLACES)
    if rate >= 1:
        right = "a share of the price below 1 is wanted, such as 0.13 for 13 %"
        reader.wrong("rate", f"has {rate}", right)
    return Vat(label_of(reader, "vat"), rate, reader.flag("included"))


def round_to(reader: TableReader) -> RoundTo:
    """Return to which multiple a bill is rounded."""
    step = reader.minor("amount", digits=MINOR)
    if step < 2:
        reader.wrong("amount", f"has {show(step)}", "more than the minor unit, such as 1.00")
    return RoundTo(label_of(reader, "rounding"), max(step, 1))
