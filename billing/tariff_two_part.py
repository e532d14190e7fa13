"""Read what a tariff file says of demand, capacity and the power factor."""

from functools import partial

from billing.component import (
    Block,
    Capacity,
    DayBasis,
    Demand,
    DemandBasis,
    ExcessFrom,
    HighUse,
    Label,
    Overrun,
    PowerFactor,
    Ratchet,
    Rate,
    Steps,
)
from billing.tariff_calendar import Known
from billing.tariff_parts import (
    check_blocks,
    codes_of,
    finished,
    label_of,
    optional,
    rate,
    rates_of,
)
from config.table import TableReader


def demand(reader: TableReader, known: Known) -> Demand:
    """Return a demand charge."""
    label = label_of(reader)
    rates = rates_of(reader, label, known)
    blocks = tuple(
        finished(part, partial(_demand_block, label=label, at=at, known=known))
        for at, part in enumerate(reader.tables("block", named_by=""), start=1)
    )
    charge = Demand(
        label=label,
        season=known.season(reader),
        blocks=blocks or (Block(None, rates),),
        basis=reader.choice("basis", DemandBasis, DemandBasis.MEASURED),
        overrun=optional(reader, "overrun", _overrun),
        contract_share_min=reader.number_or_none("contract_share_of_capacity_min"),
        high_use=optional(reader, "high_use", _high_use),
        ratchet=optional(reader, "ratchet", lambda part: _ratchet(part, known)),
        calendar=known.calendar(
            reader,
            tuple(rate.register for rate in _all(rates, blocks) if rate.register is not None),
        ),
    )
    if bool(rates) == bool(blocks):
        reader.wrong("price", "is missing or given twice", "give price, prices or [[demand.block]]")
    check_blocks(reader, blocks, "up_to_kw")
    _check_demand(reader, charge)
    return charge


def _check_demand(reader: TableReader, charge: Demand) -> None:
    if charge.basis is DemandBasis.CONTRACT:
        if charge.registers:
            reader.wrong("prices", "by register have no contract value", "give one price")
    elif charge.overrun is not None:
        reader.wrong("overrun", "needs a contract value", 'say basis = "contract"')
    if charge.ratchet is not None and (charge.registers or charge.basis is DemandBasis.CONTRACT):
        reader.wrong("ratchet", "goes by the measured maximum", 'say basis = "measured", one price')
    if charge.overrun is not None and len(charge.blocks) > 1:
        reader.wrong("overrun", "cannot go with blocks", "give one price")


def _demand_block(reader: TableReader, label: Label, at: int, known: Known) -> Block:
    return Block(reader.number_or_none("up_to_kw"), rates_of(reader, label, known, block=at))


def _all(rates: tuple[Rate, ...], blocks: tuple[Block, ...]) -> tuple[Rate, ...]:
    return (*rates, *(rate for block in blocks for rate in block.rates))


def _overrun(reader: TableReader) -> Overrun:
    return Overrun(
        reader.number("above_share_of_contract", least=1),
        label_of(reader),
        reader.choice("excess_from", ExcessFrom, ExcessFrom.TOLERANCE),
    )


def _ratchet(reader: TableReader, known: Known) -> Ratchet:
    share = reader.number("share")
    if not 0 < share <= 1:
        reader.wrong("share", f"has {share}", "a share such as 0.80 is wanted")
    return Ratchet(share, reader.whole("months", least=1), known.season(reader))


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
        label=label_of(reader),
        standard=int(standard * 100),
        above=_steps(reader, "above"),
        below=_steps(reader, "below"),
        of=codes_of(reader),
    )


def _steps(reader: TableReader, key: str) -> tuple[Steps, ...]:
    return tuple(finished(part, _step) for part in reader.tables(key, named_by=""))


def _step(reader: TableReader) -> Steps:
    return Steps(reader.number("percent_per_point"), reader.whole_or_none("points", least=1))
