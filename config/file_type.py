"""Recognize what a file is from its first bytes, and refuse what pretends to be something else."""

from enum import StrEnum

from config.refusal import Problem

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The name of the stream that holds a workbook encrypted with a password, as OLE2 writes names.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class FileType(StrEnum):
    """What a file is, whatever it is called."""

    WORKBOOK = "workbook"
    TEXT = "text"
    XML = "xml"


_SUFFIXES = {
    FileType.WORKBOOK: (".xlsx", ".xlsm"),
    FileType.XML: (".xml",),
    FileType.TEXT: (".csv", ".txt", ".tsv", ".dat", ".asc", ""),
}
_SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")


def recognize(data: bytes, suffix: str) -> FileType | Problem:
    """Return what the file is, or what is wrong with it; the suffix is that of its name."""
    suffix = suffix.lower()
    foreign = _foreign(data)
    if foreign is not None:
        return foreign
    found = _content(data)
    if found is FileType.WORKBOOK or suffix not in _SPREADSHEETS:
        return _unless_misnamed(found, suffix)
    return Problem(
        0,
        "wrong_type",
        f"the name ends in {suffix} but the file isn't a workbook",
        "save it as a real .xlsx, or give it the ending of what it is, such as .csv",
    )


def _foreign(data: bytes) -> Problem | None:
    if data.startswith(_OLE2) and _ENCRYPTED in data:
        return Problem(
            0, "encrypted", "the workbook is locked with a password", "save it without one"
        )
    for start, what in ((_OLE2, "an old .xls workbook"), (b"%PDF", "a PDF"), (b"\x1f\x8b", "gzip")):
        if data.startswith(start):
            return Problem(
                0, "wrong_type", f"the file is {what}", "save it as .xlsx or .csv and try again"
            )
    return None


def _content(data: bytes) -> FileType:
    if data.startswith(b"PK"):
        return FileType.WORKBOOK
    # In UTF-16 there is a zero before or behind each of the first characters.
    head = data[:512].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lstrip()
    return FileType.XML if head.startswith(b"<") else FileType.TEXT


def _unless_misnamed(found: FileType, suffix: str) -> FileType | Problem:
    # A text table may have any ending of its own; a workbook or XML called .csv is a mistake.
    if found is FileType.TEXT or suffix in _SUFFIXES[found] or suffix == "":
        return found
    remedy = "unpack it and send what is in it" if suffix == ".zip" else _named(found)
    what = f"the name ends in {suffix} but the file is {_article(found)}"
    return Problem(0, "wrong_type", what, remedy)


def _named(found: FileType) -> str:
    return f"call it {_SUFFIXES[found][0]}"


def _article(found: FileType) -> str:
    return "a workbook or a zip" if found is FileType.WORKBOOK else "XML or a web page"
