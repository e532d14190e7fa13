"""What registers and channels of meters count."""

from enum import StrEnum


class RegisterCode(StrEnum):
    """What a register counts."""

    TOTAL = "total"
    SHARP = "sharp"
    PEAK = "peak"
    FLAT = "flat"
    VALLEY = "valley"
    DEEP_VALLEY = "deep_valley"
    EXPORT = "export"
    EXPORT_SHARP = "export_sharp"
    EXPORT_PEAK = "export_peak"
    EXPORT_FLAT = "export_flat"
    EXPORT_VALLEY = "export_valley"
    EXPORT_DEEP_VALLEY = "export_deep_valley"
    REACTIVE = "reactive"
    DEMAND = "demand"


TIME_OF_USE = (
    RegisterCode.SHARP,
    RegisterCode.PEAK,
    RegisterCode.FLAT,
    RegisterCode.VALLEY,
    RegisterCode.DEEP_VALLEY,
)
CONSUMPTION = frozenset({RegisterCode.TOTAL, *TIME_OF_USE})
EXPORT_TIMES = {RegisterCode(f"export_{code}"): code for code in TIME_OF_USE}
"""Registers of what is fed in at a time of use, and that time."""

EXPORTS = frozenset({RegisterCode.EXPORT, *EXPORT_TIMES})
