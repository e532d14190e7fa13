"""Find out in which characters a text file is written, strictly: what cannot be read is refused."""

import codecs
import re

from config.refusal import Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STEP = 1024 * 1024
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# How an XML without a mark begins if each character has two bytes (XML 1.0, appendix F).
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))


def encoding_of(data: bytes) -> str | Problem:
    """
    Return the encoding of a text: by its mark, else UTF-8, else GB18030, each read strictly.

    A text that begins in UTF-8 and goes on in something else is two files joined, and GB18030
    would read it as nonsense without complaint.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            failed = _failure(data, name)
            return name if failed is None else _unreadable(data, failed)
    if b"\0" in data:
        return Problem(
            _line(data, data.index(b"\0")),
            "control_characters",
            "there is a NUL character in the file",
            "it isn't a text file, or was damaged on its way; export it again",
        )
    failed = _failure(data, "utf-8")
    if failed is None:
        return "utf-8"
    if not _is_begun_in_utf8(data[:failed]) and _failure(data, "gb18030") is None:
        return "gb18030"
    return _unreadable(data, failed)


def xml_encoding_of(data: bytes) -> str | Problem:
    """Return the encoding of an XML: by its mark, else as it declares, else as that of a text."""
    if any(data.startswith(mark) for mark, _ in _MARKS):
        return encoding_of(data)
    found = _DECLARED.match(data[:512])
    wide = next((name for start, name in _WIDE if data.startswith(start)), None)
    name = wide or (found[1].decode("ascii") if found is not None else "utf-8")
    try:
        "a".encode(name)  # raises for what is no encoding of texts
        codecs.getincrementaldecoder(name)
    except (LookupError, UnicodeError):
        what = f"the file declares the characters {name!r}, which nobody knows"
        return Problem(1, "encoding", what, "save the file as UTF-8")
    if name.lower() in ("utf-8", "utf8", "us-ascii", "ascii"):
        return encoding_of(data)
    failed = _failure(data, name)
    if failed is None:
        return name
    what = f"the character at byte {failed + 1} isn't {name}, as the file declares"
    return Problem(_line(data, failed), "encoding", what, "save the file as UTF-8")


def _failure(data: bytes, name: str) -> int | None:
    """Return where the text can't be read in the encoding, or none if all of it can."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    view = memoryview(data)
    for start in range(0, max(len(data), 1), _STEP):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(view[start : start + _STEP], final=start + _STEP >= len(data))
        except UnicodeDecodeError as problem:
            return start - held + problem.start
    return None


def _is_begun_in_utf8(prefix: bytes) -> bool:
    # Two bytes of a GBK text look like a letter of UTF-8 now and then; two whole Chinese
    # characters by accident do not happen.
    text = prefix.decode("utf-8", "ignore")
    return sum(letter >= "\u0800" for letter in text) >= 2


def _unreadable(data: bytes, at: int) -> Problem:
    return Problem(
        _line(data, at),
        "encoding",
        f"the character at byte {at + 1} is neither UTF-8 nor GB18030",
        "save the file as UTF-8; if two files were joined, send them one by one",
    )


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
