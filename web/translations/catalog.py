"""The catalogs of translations: extracted from the pages, completed by hand, compiled."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
WEB = HERE.parent
LANGUAGES = ("zh",)
METHODS = (
    ("templates/**.html", "jinja2"),
    ("cli/**", "ignore"),
    ("demo/**", "ignore"),
    ("**.py", "python"),
)
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "lazy": None, "ngettext": (1, 2)}
WIDTH = 100


def extracted() -> Catalog:
    """Return every text that the pages show, as a catalog without translations."""
    catalog = Catalog(project="wattledger", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        str(WEB), method_map=list(METHODS), options_map=OPTIONS, keywords=KEYWORDS
    )
    for name, _line, text, comments, context in found:
        catalog.add(text, None, [(name, 0)], auto_comments=comments, context=context)
    return catalog


def path(language: str, suffix: str) -> Path:
    """Return where a language's catalog is kept."""
    return HERE / language / "LC_MESSAGES" / f"messages.{suffix}"


def kept(language: str) -> Catalog:
    """Return a language's catalog as it is kept."""
    with path(language, "po").open("rb") as file:
        return _undated(read_po(file, locale=language))


def update(language: str) -> None:
    """Bring a language's catalog up to date, keep what is translated, and compile it."""
    found = extracted()
    target = path(language, "po")
    target.parent.mkdir(parents=True, exist_ok=True)
    old = kept(language) if target.exists() else Catalog(locale=language)
    fresh = Catalog(locale=language, project="wattledger", charset="utf-8", fuzzy=False)
    fresh.last_translator = fresh.language_team = fresh.msgid_bugs_address = "wattledger"
    fresh.header_comment = "# The pages' words. Update with: python -m web.translations"
    for message in _sorted(found):
        known = old.get(message.id)
        fresh.add(message.id, known.string if known else "", context=message.context)
    with target.open("wb") as file:
        write_po(file, _undated(fresh), width=WIDTH, no_location=True)
    with path(language, "mo").open("wb") as file:
        write_mo(file, kept(language))


def problems(language: str) -> list[str]:
    """Return what keeps a language from speaking everywhere: texts missing, gone or unequal."""
    here, wanted, compiled = kept(language), extracted(), _compiled(language)
    found = [
        f"{language}: lacks a translation of {message.id!r}"
        for message in _sorted(wanted)
        if not _is_translated(here.get(message.id))
    ]
    found += [
        f"{language}: {message.id!r} is no longer shown; run python -m web.translations"
        for message in _sorted(here)
        if wanted.get(message.id) is None
    ]
    found += [
        f"{language}: {problem} in {message.id!r}"
        for message in _sorted(here)
        for problem in message.check(here)
        if _is_translated(message)
    ]
    found += [
        f"{language}: compiled otherwise: {message.id!r}; run python -m web.translations"
        for message in _sorted(here)
        if _is_translated(message) and not _is_same(compiled.get(message.id), message)
    ]
    return found


def _compiled(language: str) -> Catalog:
    with path(language, "mo").open("rb") as file:
        return read_mo(file)


def _undated(catalog: Catalog) -> Catalog:
    # The same texts make the same bytes on every day.
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    return catalog


def _sorted(catalog: Catalog) -> Iterator[Message]:
    yield from sorted((one for one in catalog if one.id), key=lambda one: str(one.id))


def _is_same(one: Message | None, other: Message) -> bool:
    return one is not None and _texts(one) == _texts(other)


def _texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _is_translated(message: Message | None) -> bool:
    if message is None:
        return False
    texts = _texts(message)
    return bool(texts) and all(texts)
