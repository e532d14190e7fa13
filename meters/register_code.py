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
