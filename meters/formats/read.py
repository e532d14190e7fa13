"""Recognize which format a file of readings has, by what is in it, and read it."""

from enum import StrEnum
from pathlib import Path

from config.file_type import FileType
from config.table_file import File
from meters.formats import green_button, nem, nem12, nem13, table
from meters.formats.raw import ReadFile

ZONE = "Asia/Shanghai"
"""The clock that the settings begin with."""


class Format(StrEnum):
    """A format of readings that can be taken in."""

    TABLE = "table"
    NEM12 = "nem12"
    NEM13 = "nem13"
    GREEN_BUTTON = "green_button"


def read_file(
    file: File,
    *,
    layout: str | None,
    fmt: str | None,
    zone: str = ZONE,
    folder: Path | None = None,
) -> ReadFile:
    """
    Read a file of readings.

    :param layout: the name of a table's layout; without it the headings tell.
    :param fmt: overrules what the content says; see `Format`.
    :param zone: the supplier's clock: days of intervals begin by it where a file doesn't say.
    :raises RefusedFileError: if it can't be read.
    """
    match Format(fmt) if fmt else _recognize(file, is_table=layout is not None):
        case Format.NEM12:
            return nem12.read(file)
        case Format.NEM13:
            return nem13.read(file)
        case Format.GREEN_BUTTON:
            return green_button.read(file, zone=zone)
        case Format.TABLE:
            return table.read(file, layout=layout, zone=zone, folder=folder)


def _recognize(file: File, *, is_table: bool) -> Format:
    if is_table or file.type is FileType.WORKBOOK:
        return Format.TABLE
    if file.type is FileType.XML:
        return Format.GREEN_BUTTON if green_button.is_feed(file.data) else Format.TABLE
    version = nem.version_of(file.lines().read(200))
    return Format.TABLE if version is None else Format(version.lower())
