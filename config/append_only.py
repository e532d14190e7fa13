"""Tables to which rows are only added: the database itself refuses to change them."""

from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import Table, event
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.schema import DDL


def append_only(
    table: type[DeclarativeBase], *, but: Collection[str] = (), unless_kept: str = ""
) -> None:
    """
    Let the database itself refuse to change or delete rows of the table.

    :param but: the columns that may change after all; every other one is frozen.
    :param unless_kept: a condition on `OLD`, the row, by which another table keeps it word for
        word: then it may go.
    """
    columns = cast("Table", table.__table__).columns
    frozen = [column.name for column in columns if column.name not in but] if but else []
    for dialect in ("sqlite", "postgresql"):
        for statement in append_only_ddl(table.__tablename__, dialect, frozen, unless_kept):
            event.listen(
                cast("Table", table.__table__),
                "after_create",
                DDL(statement).execute_if(dialect=dialect),  # type: ignore[no-untyped-call]
            )


def append_only_ddl(
    table: str, dialect: str, frozen: Sequence[str] = (), unless_kept: str = ""
) -> list[str]:
    """
    Return the statements that make the table append-only; migrations run the same ones.

    :param frozen: the columns that may not change; without any, none may.
    :param unless_kept: the condition on `OLD` under which a row may be deleted after all.
    """
    refusal = f"{table} is append-only: add a reversal or a correction instead"
    update = f"UPDATE OF {', '.join(frozen)}" if frozen else "UPDATE"
    if dialect == "sqlite":
        when = f"WHEN NOT ({unless_kept}) " if unless_kept else ""
        return [
            f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} {condition}"
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            for name, act, condition in (("update", update, ""), ("delete", "DELETE", when))
        ]
    kept = f"IF TG_OP = 'DELETE' THEN IF {unless_kept} THEN RETURN OLD; END IF; END IF; "
    return [
        (
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {kept if unless_kept else ''}RAISE EXCEPTION '{refusal}'; END $$"
        ),
        (
            f"CREATE TRIGGER {table}_append_only BEFORE {update} OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
        ),
        (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
        ),
    ]
