"""A learnt card as the text of a file that people read."""

from collections.abc import Mapping
from typing import Any

_HEAD = """\
# A CANDIDATE, learnt from {source}: {customers} customers, of whom {failed} failed.
# On customers it had not seen (five folds): AUC {auc}, KS {ks}, Brier {brier};
# by tenths its probability is off by {calibration_error_mean} on average.
# It takes force only when one person proposes it and another activates it.
"""
_PLAIN = ("grades", "probability", "new_customer", "reassess_months")


def card_text(table: Mapping[str, Any], facts: Mapping[str, Any], source: str) -> str:
    """Return the text of a card's file: its tables, and in the head how it fared."""
    parts = [_HEAD.format(source=source, **facts), f"title = {_text(table['title'])}\n"]
    parts += [f"\n[{name}]\n" + _lines(table[name]) for name in _PLAIN]
    for one in table["indicator"]:
        bands = "".join(f"  {{ {_inline(band)} }},\n" for band in one["bands"])
        parts.append(
            f"\n[[indicator]]\nname = {_text(one['name'])}\nmissing = {one['missing']}\n"
            f"bands = [\n{bands}]\n"
        )
    parts += ["\n[[knock_out]]\n" + _lines(rule) for rule in table.get("knock_out", ())]
    return "".join(parts)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _inline(table: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {_value(value)}" for key, value in table.items())


def _value(value: object) -> str:
    return (
        _text(value) if isinstance(value, str) else format(value, "f" if _is_exact(value) else "")
    )


def _is_exact(value: object) -> bool:
    return not isinstance(value, int)


def _text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
