"""Where this house stands: what differs between one supplier's machine and another's."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from zoneinfo import ZoneInfo

PREFIX = "WATTLEDGER_"
# Read by the tools around the product, not by the product.
_ELSEWHERE = {"CASES", "TEST_POSTGRES", "TRUST", "USER", "TODAY"}


class BadSettingsError(Exception):
    """The environment holds a setting that we do not know or cannot use."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The settings of one installation, each from the environment as WATTLEDGER_<NAME>.

    `config` is the supplier's own folder of tariffs, policies, layouts and wording; without it
    the packaged ones are used. `base_url` is the public address under which customers and the
    SMS provider reach us.
    """

    database: str = "sqlite:///wattledger.db"
    config: Path | None = None
    files: Path = Path("wattledger-files")
    market: str = "cn"
    time_zone: str = "Asia/Shanghai"
    base_url: str = "http://127.0.0.1:8000"
    secret_key: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_from: str = ""
    twilio_origin: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which business days begin and end."""
        return ZoneInfo(self.time_zone)


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """
    Return the settings that the environment asks for.

    :raises BadSettingsError: if a name is unknown (a typo would otherwise pass in silence).
    """
    environment = os.environ if environment is None else environment
    known = {field.name: field for field in fields(Settings)}
    values: dict[str, str | Path] = {}
    unknown = []
    for key, value in environment.items():
        name = key.removeprefix(PREFIX)
        if name == key or name in _ELSEWHERE:
            continue
        if name.lower() not in known:
            unknown.append(key)
        elif name.lower() in ("config", "files"):
            values[name.lower()] = Path(value)
        else:
            values[name.lower()] = value
    if unknown:
        raise BadSettingsError(
            f"unknown setting {', '.join(sorted(unknown))}; known are "
            f"{', '.join(PREFIX + name.upper() for name in known)}"
        )
    settings = Settings(**values)  # type: ignore[arg-type]
    try:
        _ = settings.zone
    except (KeyError, ValueError) as problem:
        raise BadSettingsError(
            f"{PREFIX}TIME_ZONE: {settings.time_zone!r} is no time zone; one is Asia/Shanghai"
        ) from problem
    return settings
