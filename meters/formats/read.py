"""Recognize which format a file of readings has, by what is in it, and read it."""

from enum import StrEnum
from pathlib import Path

from config.file_type import FileType
from config.refusal import Problem
from config.table_file import File
from meters.formats import nem13, table
from meters.formats.raw import ReadFile


class Format(StrEnum):
    """A format of readings that can be taken in."""

    TABLE = "table"
    NEM13 = "nem13"


def read_file(
    file: File, *, layout: str | None, fmt: str | None, folder: Path | None = None
) -> ReadFile:
    """
    Read a file of readings.

    :param layout: the name of a table's layout; without it the headings tell.
    :param fmt: overrules what the content says: table or nem13.
    :raises RefusedFileError: if it can't be read.
    """
    if (fmt or _recognize(file, is_table=layout is not None)) == Format.NEM13:
        return nem13.read(file)
    return table.read(file, layout=layout, folder=folder)


def _recognize(file: File, *, is_table: bool) -> Format:
    if is_table or file.type is FileType.WORKBOOK:
        return Format.TABLE
    if file.type is FileType.XML:
        raise file.refuse(_wrong_xml(file.data))
    nem = nem13.is_nem(file.lines().readline(200))
    if nem == "NEM12":
        what = "this is NEM12 interval data"
        raise file.refuse(Problem(1, "format", what, "send register readings as NEM13 or CSV"))
    return Format.TABLE if nem is None else Format.NEM13


def _wrong_xml(data: bytes) -> Problem:
    start = data[:4096].upper()
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        remedy = "don't open it; ask who made it"
        return Problem(0, "xml_dtd", "the file declares its own entities", remedy)
    if b"UTF-7" in start:
        return Problem(0, "encoding", "XML in UTF-7 isn't read", "save it as UTF-8")
    remedy = "send the readings as .csv or .xlsx"
    return Problem(0, "wrong_type", "the file is XML or a web page", remedy)
