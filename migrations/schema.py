"""The schema as a whole: every table of every room, and how a database is brought up to date."""

import importlib
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, MetaData, inspect, text

from config.database import Base, create_all, engine_for

HERE = Path(__file__).parent
VERSIONS = HERE / "versions"
if TYPE_CHECKING:
    from alembic.config import Config

# Every module that declares tables; a new one is added here.
MODULES = (
    "config.approval",
    "config.batch",
    "config.business_day",
    "config.dated",
    "config.day_events",
    "config.journal",
    "config.people",
    "config.seal",
    "meters.tables",
    "billing.book_tables",
    "billing.deposit_tables",
    "billing.tables",
    "billing.till_tables",
    "arrears.credit_tables",
    "arrears.tables",
    "notices.tables",
    "web.tables",
)


def metadata() -> MetaData:
    """Return the tables of every room."""
    for name in MODULES:
        importlib.import_module(name)
    return Base.metadata


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to the revision; one that is there already is left as it is."""
    from alembic import command  # Here, for every command asks `current` and few upgrade.

    with engine.begin() as connection:
        command.upgrade(_settings(connection=connection), revision)


def create(engine: Engine) -> None:
    """Make every table at once, for tests and scratch databases; it counts as up to date."""
    from alembic import command

    metadata()
    create_all(engine)
    with engine.begin() as connection:
        command.stamp(_settings(connection=connection), "head")


def current(engine: Engine) -> str | None:
    """Return the revision the database is at, or none if it was never upgraded."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def newest() -> str | None:
    """Return the revision that this program expects: the one with the highest number."""
    return max((path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py")), default=None)


def revise(message: str, *, folder: Path = VERSIONS) -> Path | None:
    """
    Write the revision that leads from the newest one to the tables as they are now.

    Returns the file to read and mend, or none if there is nothing to change.
    """
    from alembic import command

    number = len(list(folder.glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as scratch:
        engine = engine_for(f"sqlite:///{scratch}/empty.db")
        upgrade(engine)
        with engine.begin() as connection:
            written = command.revision(
                _settings(connection=connection),
                message,
                autogenerate=True,
                rev_id=f"{number:04}",
                version_path=str(folder),
            )
        engine.dispose()
    scripts = written if isinstance(written, list) else [written]
    paths = [Path(script.path) for script in scripts if script is not None]
    for path in paths:
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "# ###" not in line), "utf-8")
    return paths[0] if paths else None


def _settings(**attributes: object) -> "Config":
    """Return Alembic's settings, which need no file of their own."""
    from alembic.config import Config

    settings = Config(attributes=attributes, stdout=io.StringIO())
    settings.set_main_option("script_location", str(HERE).replace("%", "%%"))
    settings.set_main_option("path_separator", "newline")
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.set_main_option("truncate_slug_length", "60")
    return settings
