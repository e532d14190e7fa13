"""Read what a tariff file says of energy: base prices, blocks, registers, and how they meet."""

from functools import partial

from billing.component import (
    Block,
    Energy,
    Household,
    Label,
    LimitsPer,
    NewCustomer,
    Rate,
    Sharing,
)
from billing.tariff_calendar import MONTHS, Known
from billing.tariff_parts import (
    check_blocks,
    finished,
    if_used,
    label_of,
    named,
    optional,
    price_of,
    rates_of,
)
from config.table import TableReader


def energy(reader: TableReader, known: Known) -> Energy:
    """Return an energy charge: flat, by register, in blocks, or several of these."""
    label = label_of(reader)
    base = rates_of(reader, label, known)
    blocks = tuple(
        finished(part, partial(_block, label=label, at=at, base=base, known=known))
        for at, part in enumerate(reader.tables("block", named_by=""), start=1)
    )
    by_register = any(_registers((), blocks))
    charge = Energy(
        label=label,
        season=known.season(reader),
        base=base,
        blocks=blocks,
        limits_per=reader.choice("limits_per", LimitsPer, _or_needed(blocks, LimitsPer.PERIOD)),
        sharing=_sharing(reader, by_register=by_register),
        new_customer=reader.choice("new_customer", NewCustomer, NewCustomer.PRO_RATA),
        household=optional(reader, "household", _household),
        remainder=known.register(reader, "remainder") if "remainder" in reader else None,
        calendar=known.calendar(reader, _registers(base, blocks)),
        if_used=if_used(reader),
    )
    check_blocks(reader, blocks, "up_to_kwh")
    _check_energy(reader, charge)
    return charge


def _check_energy(reader: TableReader, charge: Energy) -> None:
    if not charge.base and not charge.blocks:
        reader.wrong("price", "is missing", "give price, prices by register, or [[energy.block]]")
    if charge.remainder is not None and charge.remainder not in charge.registers:
        reader.wrong("remainder", f"{charge.remainder} has no price", "name one that has a price")
    if charge.sharing is Sharing.EACH and charge.goes_on:
        right = f"only the {charge.limits_per}'s total is known: share the blocks"
        per = f"'each' cannot go with limits per {charge.limits_per}"
        reader.wrong("blocks_and_registers", per, right)
    if charge.limits_per is LimitsPer.SEASON:
        _check_season(reader, charge)


def _check_season(reader: TableReader, charge: Energy) -> None:
    if charge.season is None:
        reader.wrong("limits_per", "'season' wants a season", 'name it, such as season = "summer"')
    elif charge.season.months == MONTHS:
        reader.wrong("limits_per", "the season has all twelve months", "count over the 'year'")
    if charge.household is not None:
        right = "its allowance goes by months or by the year"
        reader.wrong("household", "cannot go with limits per season", right)


def _registers(base: tuple[Rate, ...], blocks: tuple[Block, ...]) -> tuple[str, ...]:
    rates = (*base, *(rate for block in blocks for rate in block.rates))
    return tuple(rate.register for rate in rates if rate.register is not None)


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


def _block(
    reader: TableReader, label: Label, at: int, base: tuple[Rate, ...], known: Known
) -> Block:
    up_to = reader.number_or_none("up_to_kwh")
    if "add" in reader:
        if not base:
            reader.wrong("add", "has nothing to add to", "give the energy a base price or prices")
        added = named(label, at, None, increment=True)
        return Block(up_to, (Rate(added, price_of(reader, "add")),))
    if base and at > 1:
        reader.wrong("add", "is missing", "beside a base price, blocks say what they add to it")
    rates = rates_of(reader, label, known, block=at)
    if not rates and not base:
        reader.wrong("price", "is missing", "give price, or prices by register")
    return Block(up_to, rates)


def _household(reader: TableReader) -> Household:
    return Household(reader.whole("from_size", least=2), reader.number("extra_kwh_per_month"))
