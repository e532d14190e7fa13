"""The words for what registers count, and for where their readings come from."""

from collections.abc import Mapping
from typing import Any

from web.language import lazy as _

READING_WORDS: Mapping[str, Any] = {
    "total": _("total"),
    "sharp": _("sharp"),
    "peak": _("peak"),
    "flat": _("flat"),
    "valley": _("valley"),
    "deep_valley": _("deep valley"),
    "export": _("export"),
    "export_sharp": _("export, sharp"),
    "export_peak": _("export, peak"),
    "export_flat": _("export, flat"),
    "export_valley": _("export, valley"),
    "export_deep_valley": _("export, deep valley"),
    "reactive": _("reactive"),
    "demand": _("demand"),
    "actual": _("actual"),
    "estimated": _("estimated"),
    "customer": _("by the customer"),
}
