"""The schema as a whole: every table of every room, and how a database is brought up to date."""

import importlib
import importlib.util
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData

from config.database import Base

# Every module that declares tables; a new one is added here.
MODULES = (
    "config.people",
    "config.approval",
    "config.journal",
    "config.dated",
    "config.batch",
    "config.lease",
    "meters.tables",
    "billing.tables",
    "arrears.tables",
    "notices.tables",
    "web.tables",
)


def metadata() -> MetaData:
    """Return the tables of every room."""
    for name in MODULES:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    return Base.metadata


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to the revision; one that is there already is left as it is."""
    with engine.begin() as connection:
        configuration = settings()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)


def current(engine: Engine) -> str | None:
    """Return the revision the database is at, or nothing if it was never upgraded."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the revision this program expects."""
    return ScriptDirectory.from_config(settings()).get_current_head()


def settings() -> Config:
    """Return Alembic's settings, which need no file of their own."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    configuration.set_main_option("path_separator", "os")
    return configuration
