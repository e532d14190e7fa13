"""What a database knows of how full its tables are, when it plans how to answer."""

from sqlalchemy import Engine, text

_STALE = text(
    """
    SELECT quote_ident(schemaname) || '.' || quote_ident(relname) FROM pg_stat_user_tables
    WHERE schemaname = ANY (current_schemas(false))
      AND n_mod_since_analyze > :least AND n_mod_since_analyze > n_live_tup / 5
    ORDER BY relid
    """
)
_LEAST = 1_000
"""Fewer changed rows make no plan wrong enough to matter."""


def freshen(engine: Engine) -> list[str]:
    """
    Let PostgreSQL count the tables that changed much since it last did, and return their names.

    Its own autovacuum does so within a minute. A long run that begins sooner, as on a supplier's
    first day, would be planned for empty tables: one select took 98 s instead of one. SQLite plans
    by its indexes alone and has nothing to count.
    """
    if engine.dialect.name != "postgresql":
        return []
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        stale = list(connection.scalars(_STALE, {"least": _LEAST}))
        for name in stale:
            connection.exec_driver_sql(f"ANALYZE {name}")
    return stale
