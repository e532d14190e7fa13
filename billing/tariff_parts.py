"""Read the parts of a tariff file, each from its own table, and report all that is wrong."""

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import TypeVar

from billing.component import (
    Block,
    Capacity,
    DayBasis,
    Demand,
    DemandBasis,
    Energy,
    Fixed,
    HighUse,
    Household,
    Label,
    LimitsPer,
    Minimum,
    NewCustomer,
    Overrun,
    Per,
    Percent,
    PowerFactor,
    Rate,
    Season,
    Sharing,
    Steps,
    Vat,
)
from config.table import TableReader
from meters.reading import RegisterCode

PRICE_PLACES = 8
PRICE_LEAST = -1_000_000
"""Prices may be negative: an adjustment can lower a bill."""

REGISTER_WORDS: Mapping[RegisterCode, tuple[str, str]] = {
    RegisterCode.SHARP: ("sharp", "尖"),
    RegisterCode.PEAK: ("peak", "峰"),
    RegisterCode.FLAT: ("flat", "平"),
    RegisterCode.VALLEY: ("valley", "谷"),
    RegisterCode.DEEP_VALLEY: ("deep valley", "深谷"),
}
"""The registers that may have prices of their own, and what their lines call them."""

_NUMERALS = "〇一二三四五六七八九十"
Part = TypeVar("Part")


def each(reader: TableReader, key: str, read: Callable[[TableReader], Part]) -> list[Part]:
    """Return every part of a kind that the file has."""
    return [_finished(part, read) for part in reader.tables(key, named_by="code")]


def optional(reader: TableReader, key: str, read: Callable[[TableReader], Part]) -> Part | None:
    """Return the one part of a kind that the file may have, or none."""
    table = reader.table(key, required=False)
    return _finished(table, read) if key in reader else None


def _finished(part: TableReader, read: Callable[[TableReader], Part]) -> Part:
    value = read(part)
    part.finish()
    return value


def _label(reader: TableReader, code: str | None = None) -> Label:
    return Label(reader.text("code", code), reader.text("en"), reader.text("zh"))


def _price(reader: TableReader, key: str = "price") -> Decimal:
    price = reader.number(key, least=PRICE_LEAST)
    return _at_most(reader, key, price, PRICE_PLACES)


def _at_most(reader: TableReader, key: str, value: Decimal, places: int) -> Decimal:
    if value != round(value, places):
        reader.wrong(key, f"has {value}", f"at most {places} decimals are kept")
    return value


def rate(reader: TableReader) -> Rate:
    """Return a price with the label of its line."""
    return Rate(_label(reader), _price(reader))


def seasons(reader: TableReader) -> dict[str, Season]:
    """Return the seasons of a tariff by name; a month is in one at most."""
    named = reader.table("seasons", required=False)
    found = {name: Season(name, frozenset(named.wholes(name))) for name in named}
    for season in found.values():
        if not season.months or not season.months <= set(range(1, 13)):
            named.wrong(season.name, f"has {sorted(season.months)}", "months are 1 to 12")
    twice = Counter(month for season in found.values() for month in season.months)
    if any(count > 1 for count in twice.values()):
        months = [month for month, count in twice.items() if count > 1]
        named.wrong("months", f"{months} are in two seasons", "put each month in one season")
    return found


def _season(reader: TableReader, known: Mapping[str, Season]) -> Season | None:
    if "season" not in reader:
        return None
    name = reader.text("season")
    if name not in known:
        names = ", ".join(known) or "none"
        reader.wrong("season", f"{name!r} is not under [seasons]", f"known there: {names}")
    return known.get(name)


def fixed(reader: TableReader, known: Mapping[str, Season]) -> Fixed:
    """Return a fixed charge."""
    return Fixed(rate(reader), reader.choice("per", Per), _season(reader, known))


def energy(reader: TableReader, known: Mapping[str, Season]) -> Energy:
    """Return an energy charge: flat, by register, in blocks, or several of these."""
    label = _label(reader)
    base = _rates(reader, label)
    blocks = tuple(
        _finished(part, partial(_block, label=label, at=at, base=base))
        for at, part in enumerate(reader.tables("block", named_by=""), start=1)
    )
    by_register = any(one.register for block in blocks for one in block.rates)
    charge = Energy(
        label=label,
        season=_season(reader, known),
        base=base,
        blocks=blocks,
        limits_per=reader.choice("limits_per", LimitsPer, _or_needed(blocks, LimitsPer.PERIOD)),
        sharing=_sharing(reader, by_register=by_register),
        new_customer=reader.choice("new_customer", NewCustomer, NewCustomer.PRO_RATA),
        household=optional(reader, "household", _household),
        remainder=reader.choice("remainder", RegisterCode) if "remainder" in reader else None,
    )
    _check_blocks(reader, blocks, "up_to_kwh")
    _check_energy(reader, charge)
    return charge


def _check_energy(reader: TableReader, charge: Energy) -> None:
    if not charge.base and not charge.blocks:
        reader.wrong("price", "is missing", "give price, prices by register, or [[energy.block]]")
    if charge.remainder is not None and charge.remainder not in charge.registers:
        reader.wrong("remainder", f"{charge.remainder} has no price", "name one that has a price")
    if charge.sharing is Sharing.EACH and charge.limits_per is LimitsPer.YEAR:
        right = "only the year's total is known: share the blocks"
        reader.wrong("blocks_and_registers", "'each' cannot go with limits per year", right)


def _or_needed(blocks: tuple[Block, ...], harmless: LimitsPer) -> LimitsPer | None:
    # Blocks whose limits count over nothing in particular are the commonest mistake: no default.
    return None if blocks else harmless


def _sharing(reader: TableReader, *, by_register: bool) -> Sharing | None:
    if by_register:
        return reader.choice("blocks_and_registers", Sharing)
    if "blocks_and_registers" in reader:
        reader.text("blocks_and_registers")
        reader.wrong(
            "blocks_and_registers", "isn't needed", "it is for blocks with prices by register"
        )
    return None


def _rates(
    reader: TableReader, label: Label, *, block: int | None = None, increment: bool = False
) -> tuple[Rate, ...]:
    """Read `price`, or `prices` by register; none if the table has neither."""
    if "price" in reader and "prices" in reader:
        reader.wrong("price", "stands beside prices", "give one of them")
    if "price" in reader:
        return (Rate(_named(label, block, None, increment=increment), _price(reader)),)
    prices = reader.table("prices", required=False)
    rates = []
    for word in prices:
        if word in REGISTER_WORDS:
            register = RegisterCode(word)
            named = _named(label, block, register, increment=increment)
            rates.append(Rate(named, _price(prices, word), register))
        else:
            prices.wrong(word, "is no register", f"known are {', '.join(REGISTER_WORDS)}")
    return tuple(rates)


def _named(
    label: Label, block: int | None, register: RegisterCode | None, *, increment: bool
) -> Label:
    code, en, zh = label.code, [label.en], ""
    if block is not None:
        code += f".{block}"
        en.append(f"increment of block {block}" if increment else f"block {block}")
        numeral = _NUMERALS[block] if block < len(_NUMERALS) else str(block)
        zh += f"第{numeral}档{'加价' if increment else ''}"
    if register is not None:
        word_en, word_zh = REGISTER_WORDS[register]
        code += f".{register}"
        en.append(word_en)
        zh += f"{'·' if zh else ''}{word_zh}"
    return Label(code, ", ".join(en), f"{label.zh}（{zh}）" if zh else label.zh)


def _block(reader: TableReader, label: Label, at: int, base: tuple[Rate, ...]) -> Block:
    up_to = reader.number_or_none("up_to_kwh")
    if "add" in reader:
        if not base:
            reader.wrong("add", "has nothing to add to", "give the energy a base price or prices")
        named = _named(label, at, None, increment=True)
        return Block(up_to, (Rate(named, _price(reader, "add")),))
    if base and at > 1:
        reader.wrong("add", "is missing", "beside a base price, blocks say what they add to it")
    rates = _rates(reader, label, block=at)
    if not rates and not base:
        reader.wrong("price", "is missing", "give price, or prices by register")
    return Block(up_to, rates)


def _check_blocks(reader: TableReader, blocks: tuple[Block, ...], key: str) -> None:
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


def _household(reader: TableReader) -> Household:
    return Household(reader.whole("from_size", least=2), reader.number("extra_kwh_per_month"))


def demand(reader: TableReader, known: Mapping[str, Season]) -> Demand:
    """Return a demand charge."""
    label = _label(reader)
    rates = _rates(reader, label)
    blocks = tuple(
        _finished(part, partial(_demand_block, label=label, at=at))
        for at, part in enumerate(reader.tables("block", named_by=""), start=1)
    )
    charge = Demand(
        label=label,
        season=_season(reader, known),
        blocks=blocks or (Block(None, rates),),
        basis=reader.choice("basis", DemandBasis, DemandBasis.MEASURED),
        overrun=optional(reader, "overrun", _overrun),
        contract_share_min=reader.number_or_none("contract_share_of_capacity_min"),
        high_use=optional(reader, "high_use", _high_use),
    )
    if bool(rates) == bool(blocks):
        reader.wrong("price", "is missing or given twice", "give price, prices or [[demand.block]]")
    _check_blocks(reader, blocks, "up_to_kw")
    _check_demand(reader, charge)
    return charge


def _check_demand(reader: TableReader, charge: Demand) -> None:
    if charge.basis is DemandBasis.CONTRACT:
        if any(one.register for block in charge.blocks for one in block.rates):
            reader.wrong("prices", "by register have no contract value", "give one price")
    elif charge.overrun is not None:
        reader.wrong("overrun", "needs a contract value", 'say basis = "contract"')
    if charge.overrun is not None and len(charge.blocks) > 1:
        reader.wrong("overrun", "cannot go with blocks", "give one price")


def _demand_block(reader: TableReader, label: Label, at: int) -> Block:
    return Block(reader.number_or_none("up_to_kw"), _rates(reader, label, block=at))


def _overrun(reader: TableReader) -> Overrun:
    return Overrun(reader.number("above_share_of_contract", least=1), _label(reader))


def _high_use(reader: TableReader) -> HighUse:
    return HighUse(reader.number("from_kwh_per_kva"), reader.number("price_share"))


def capacity(reader: TableReader) -> Capacity:
    """Return a capacity charge."""
    basis = reader.choice("day_basis", DayBasis)
    return Capacity(rate(reader), basis, reader.whole("suspended_days_min", 15))


def power_factor(reader: TableReader) -> PowerFactor:
    """Return a power-factor adjustment."""
    standard = reader.number("standard")
    if not 0 < standard < 1 or standard != round(standard, 2):
        reader.wrong("standard", f"has {standard}", "a power factor such as 0.90 is wanted")
    return PowerFactor(
        label=_label(reader),
        standard=int(standard * 100),
        above=_steps(reader, "above"),
        below=_steps(reader, "below"),
        of=_of(reader),
    )


def _steps(reader: TableReader, key: str) -> tuple[Steps, ...]:
    return tuple(_finished(part, _step) for part in reader.tables(key, named_by=""))


def _step(reader: TableReader) -> Steps:
    return Steps(reader.number("percent_per_point"), reader.whole_or_none("points", least=1))


def _of(reader: TableReader) -> tuple[str, ...]:
    codes = reader.texts("of")
    if not codes:
        reader.wrong("of", "is missing", "list the codes of the components that take part")
    return codes


def percent(reader: TableReader) -> Percent:
    """Return a percentage of other components."""
    percent = reader.number("percent", least=-100)
    return Percent(
        _label(reader), _at_most(reader, "percent", percent, PRICE_PLACES - 2), _of(reader)
    )


def minimum(reader: TableReader) -> Minimum:
    """Return what a bill comes to at least."""
    rate = Rate(_label(reader, "minimum"), _price(reader))
    return Minimum(rate, reader.choice("per", Per))


def vat(reader: TableReader) -> Vat:
    """Return how value-added tax is charged."""
    rate = _at_most(reader, "rate", reader.number("rate"), PRICE_PLACES)
    return Vat(_label(reader, "vat"), rate, reader.flag("included"))
