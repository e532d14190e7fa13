"""The one place that knows which database this house stands on."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Annotated, Any, ClassVar, TypeVar, cast

from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    Select,
    Table,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker

from config.among import among as among  # noqa: PLC0414
from config.among import with_ids as with_ids  # noqa: PLC0414
from config.append_only import append_only as append_only  # noqa: PLC0414
from config.append_only import append_only_ddl as append_only_ddl  # noqa: PLC0414
from config.column_types import Instant, Scaled
from config.column_types import Json as Json  # noqa: PLC0414
from config.column_types import canonical as canonical  # noqa: PLC0414

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

# How long a SQLite writer waits for another before it gives up, in milliseconds.
BUSY_MS = 30_000
# How much of a SQLite database a connection may keep in memory; by itself it keeps 2 MiB, too
# little for a question that goes through a year of entries account by account.
CACHE_KIB = 32 * 1024
# SQLite takes at most 32,766 bound values in a statement; a list of ids stays far below it.
IDS_AT_ONCE = 5_000
# Rows built in memory before they are written.
_ROWS_AT_ONCE = 50_000
_FETCHED_AT_ONCE = 5_000
_READING = "wattledger_reading"

T = TypeVar("T")


class Base(DeclarativeBase):
    """Every table of the house."""

    metadata = MetaData(naming_convention=NAMES)
    # A number that refers to an id must be as wide as the id, and money and counts never narrower.
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger().with_variant(Integer, "sqlite")
    }


Id = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
Minor = Annotated[int, mapped_column(BigInteger)]
Kwh = Annotated[Decimal, mapped_column(Scaled(6))]
Price = Annotated[Decimal, mapped_column(Scaled(8))]
Percent = Annotated[Decimal, mapped_column(Scaled(2))]
At = Annotated[datetime, mapped_column(Instant)]
Facts = Annotated[dict[str, Any], mapped_column(Json)]


def engine_for(url: str) -> Engine:
    """Return an engine on the database at the URL, set up so that no update can be lost."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed)
        event.listen(engine, "connect", _settle_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_pre_ping=True)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def sessions(url: str) -> sessionmaker[Session]:
    """
    Return a maker of sessions on the database at the URL.

    `sessions.begin()` opens a writing transaction; use `reading(sessions)` to look only.
    """
    return sessionmaker(engine_for(url), expire_on_commit=False)


def engine_of(sessions: sessionmaker[Session]) -> Engine:
    """Return the engine that a maker's sessions use."""
    return cast("Engine", sessions.kw["bind"])


@contextmanager
def reading(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """Open a session that only looks: one unchanging view, and no writer waits for it."""
    with sessions() as session:
        session.connection(execution_options={_READING: True})
        yield session
        session.rollback()


def _settle_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # The begin event says how a transaction begins.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
        f"cache_size=-{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # Stock SQLite lets two writers read the same balance and then loses one of their updates, in
    # silence. A writer takes the lock before it reads; one that only looks needs none.
    looks = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("BEGIN" if looks else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(_READING):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def add_rows(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Add many rows at once: by COPY on PostgreSQL, by one prepared statement on SQLite.

    Every row has the same keys, the attribute names of the table's columns; a column left out
    gets what the database gives it (an id, NULL). Python-side defaults are not applied.
    """
    if not rows:
        return
    keys = list(rows[0])
    columns = [cast("Table", table.__table__).c[key] for key in keys]
    dialect = session.get_bind().dialect
    processors = [_fitting(column.type, dialect) for column in columns]
    _add(session, columns, _values(rows, keys, processors))


def add_columns(
    session: Session, table: type[Base], columns: Mapping[str, Iterable[Any]], count: int
) -> None:
    """
    Add many rows that are given by columns, as `add_rows` does, at half its cost.

    :param columns: what the rows have by the attribute's name, scaled numbers as whole ones; of
        one that is the same in all rows, `itertools.repeat` will do.
    :param count: how many rows they are.
    """
    names = [cast("Table", table.__table__).c[key] for key in columns]
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    values = [
        map(_iso, column) if is_sqlite and isinstance(name.type, Date) else iter(column)
        for name, column in zip(names, columns.values(), strict=True)
    ]
    for start in range(0, count, _ROWS_AT_ONCE):
        some = min(_ROWS_AT_ONCE, count - start)
        _add(session, names, zip(*(islice(each, some) for each in values), strict=True))


def _fitting(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what makes a value one that the driver takes; none if it is one."""
    if dialect.name == "sqlite" and isinstance(kind, Date):
        return _iso
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return process


@lru_cache(maxsize=4096)
def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _add(session: Session, columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows whose values are as the driver takes them."""
    session.flush()
    connection = session.connection()
    table = columns[0].table.name
    names = ", ".join(f'"{column.name}"' for column in columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table} ({names}) FROM STDIN", rows)
    else:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        connection.exec_driver_sql(statement, list(map(tuple, rows)))


def _values(
    rows: Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    processors: Sequence[Callable[[Any], Any] | None],
) -> Iterator[tuple[Any, ...]]:
    """Yield each row's values in the order of the keys, made fit for the database."""
    columns: list[Iterable[Any]] = []
    for key, process in zip(keys, processors, strict=True):
        column = map(itemgetter(key), rows)
        columns.append(column if process is None else map(process, column))
    return zip(*columns, strict=True)


def _copy(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    cursor = cast("Any", connection.connection.driver_connection).cursor()
    driver = cast("Any", connection.dialect).dbapi
    try:
        with cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:
        # COPY goes past SQLAlchemy: give its errors the form that every other statement's have.
        raise DBAPIError.instance(
            statement, None, error, driver.Error, dialect=connection.dialect
        ) from error


def next_ids(
    session: Session,
    table: type[Base],
    count: int,
    *,
    gone: Select[Any] | None = None,
) -> list[int]:
    """
    Return so many ids that nobody else will get, so that rows can name each other.

    :param gone: finds the newest id that a row of the table had which has been let go, so that no
        other row is given it on SQLite.
    """
    if not count:
        return []
    name = table.__tablename__
    if session.get_bind().dialect.name == "postgresql":
        query = text(
            "SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"
        )
        return sorted(session.scalars(query, {"name": name, "count": count}))
    # SQLite has one writer at a time, and this session is it; remember what was handed out but
    # not yet inserted.
    handed = session.info.setdefault("ids_handed_out", {})
    newest = session.scalar(select(func.max(cast("Table", table.__table__).c.id))) or 0
    if gone is not None:
        newest = max(newest, session.scalar(gone) or 0)
    first = max(newest, handed.get(name, 0)) + 1
    handed[name] = first + count - 1
    return list(range(first, first + count))


def rows_of(
    session: Session, statement: Executable, ids: Collection[Any], **values: Any
) -> Iterator[Any]:
    """
    Yield the rows that a statement with the condition `with_ids` has for the ids.

    A statement that is written once, beside its function, costs less than half of one that is put
    together anew for each question; so what is asked often is asked by this.

    :param values: what the statement's other bound names stand for.
    """
    for some in in_chunks(sorted(ids)):
        yield from session.execute(statement, {"ids": some, **values})


def plain_rows(
    session: Session, query: Select[*tuple[Any, ...]], **values: Any
) -> Iterator[tuple[Any, ...]]:
    """
    Yield the rows of a query as the driver gives them, each value as its column's type has it.

    A session makes each row anew to look for entities in it; where columns alone are asked for,
    and many of them, that costs as much as the question itself.

    :param values: what the query's bound names stand for, such as the `ids` of `with_ids`.
    """
    session.flush()
    connection = session.connection()
    cursor = cast("Any", connection.execute(query, values).cursor)
    processors = [
        (at, process)
        for at, (column, about) in enumerate(
            zip(query.selected_columns, cursor.description, strict=True)
        )
        if (process := _processor(column.type, connection.dialect, about[1])) is not None
    ]
    while some := cursor.fetchmany(_FETCHED_AT_ONCE):
        columns = list(zip(*some, strict=True))
        for at, process in processors:
            columns[at] = tuple(map(process, columns[at]))
        yield from zip(*columns, strict=True)
    cursor.close()


def _processor(kind: Any, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:
    """Return what makes a value of the driver one of a column's type; none if it is one."""
    if dialect.name == "sqlite" and isinstance(kind, Date):
        return _day
    if isinstance(kind, Scaled):
        return _scaled(kind.places)
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).result_processor(
        dialect, coltype
    )
    return process


@lru_cache
def _scaled(places: int) -> Callable[[int | None], Decimal | None]:
    """Return what makes whole numbers decimals of so many places, without a look at each type."""
    step = Decimal(1).scaleb(-places)
    return lambda value: None if value is None else step * value


# SQLite keeps days as texts, and of a few different ones many times.
@lru_cache(maxsize=4096)
def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def in_chunks(items: Sequence[T], size: int = IDS_AT_ONCE) -> Iterator[Sequence[T]]:
    """Yield the items in slices of at most the size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def lock(session: Session, table: type[Base], ids: Collection[int]) -> None:
    """
    Lock the rows until the transaction ends, in the order of their ids so that none deadlock.

    On SQLite there is nothing to do: a transaction that writes has the whole database to itself.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    column = cast("Table", table.__table__).c.id
    for some in in_chunks(sorted(ids)):
        session.execute(select(column).where(column.in_(some)).order_by(column).with_for_update())


def create_all(engine: Engine) -> None:
    """Create every table that has been imported; for tests and scratch databases."""
    Base.metadata.create_all(engine)
