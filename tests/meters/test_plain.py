"""Readings by columns say what they say one by one."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from config.rows import Block
from config.table_file import open_file, read_table
from meters.formats import table
from meters.formats.raw import Columns, RawReading
from meters.plain import Shown, Standing, Usual, by_meter, find_plain
from meters.reading import ReadingKind, RegisterCode
from tests.meters.supplier import TODAY, shipped_rules

HEADING = "meter_id,register,reading_date,reading,quality\n"
DAY = date(2026, 11, 1)

numbers = st.one_of(
    st.decimals(-(10**20), 10**20, places=9),
    st.decimals(0, 10**6, places=2),
    st.decimals(0, 1, places=28),
)


@given(st.lists(st.tuples(st.integers(2, 10**6), st.text(max_size=5), st.dates(), numbers)))
def test_columns_give_back_every_reading_whatever_its_value(
    some: list[tuple[int, str, date, Decimal]],
) -> None:
    columns = Columns()
    kind, code = ReadingKind.ACTUAL, RegisterCode.PEAK
    for row, serial, day, value in some:
        columns.extend([row], [serial], [day], [value], [kind], [code])
    assert list(columns) == [RawReading(*one, kind, code) for one in some]


def test_a_bad_row_is_read_alone_and_the_rows_before_and_behind_it_by_columns(
    tmp_path: Path,
) -> None:
    rows = [f"M{at},total,2026-11-01,{at}.5,A" for at in range(1800)]
    rows[700] = "M700,total,2026-11-01,twelve,A"
    path = tmp_path / "readings.csv"
    path.write_text(HEADING + "\n".join(rows), "utf-8")
    found = read_table(open_file(path), kind=table.KIND, layout=None)
    blocks = [one for one in found.blocks() if isinstance(one, Block)]
    assert [one.numbers[0] for one in blocks] == [2, 1002, 1502]
    read = table.read(open_file(path), layout=None, zone="Asia/Shanghai")
    assert (read.rows, len(read.readings), [bad.row for bad in read.bad_rows]) == (
        1800,
        1799,
        [702],
    )
    last = read.readings[-1]
    assert (last.row, last.serial, last.value) == (1801, "M1799", Decimal("1799.5"))


def plain_ones(*shown: tuple[str, str, str]) -> list[int]:
    """Return which readings of a meter with a peak and a valley register are plain."""
    columns = Columns()
    for row, (code, day, value) in enumerate(shown):
        own = [RegisterCode(code)]
        kinds = [ReadingKind.ACTUAL]
        columns.extend([row], ["A"], [date.fromisoformat(day)], [Decimal(value)], kinds, own)
    on = [
        Standing("A", id_, code, 6, 2, 10**6, date(2026, 1, 1), None, 100 * 10**6)
        for id_, code in ((1, "peak"), (2, "valley"))
    ]
    lately = {id_: [Shown(id_, date(2026, 10, 1), 0, 50 * 10**6, "actual")] for id_ in (1, 2)}
    found = find_plain(
        columns, range(len(columns)), by_meter(on), lately, Usual(shipped_rules(), TODAY)
    )
    return [id_ for id_, _ in found]


def test_a_meter_is_told_plain_if_each_of_its_registers_is() -> None:
    valley = ("valley", "2026-11-01", "60")
    assert plain_ones(("peak", "2026-11-01", "70"), valley) == [1, 2]
    assert plain_ones(valley) == []
    assert plain_ones(("peak", "2026-11-01", "40"), valley) == []
    assert plain_ones(("peak", "2026-11-02", "70"), valley) == []
    assert plain_ones(valley, valley) == []
