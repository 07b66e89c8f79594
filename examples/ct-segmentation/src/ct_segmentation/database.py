"""The database: which series there are, how far each has come, and what was measured."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import dict_row

import settings

SCHEMA = """
create table if not exists series (
    series_uid text primary key,
    patient    text not null,
    study_date date,
    slices     integer,
    state      text not null check (state in ('ingested', 'measured', 'rejected')),
    reason     text
);
create table if not exists measurement (
    series_uid text primary key references series,
    lung_ml    double precision not null,
    bone_ml    double precision not null
);
create index if not exists series_by_state on series (state, series_uid);
"""
LOCK = 7_203_411  # Any number; all programs that change the schema use this one.
WRONG_CREDENTIALS = ("28000", "28P01")


@contextmanager
def connect(*, patience: float | None = None, read_only: bool = False) -> Iterator[psycopg.Connection]:
    """A connection whose work is committed at the end, or undone by an error.

    A database that does not answer is asked again for as long as `patience` says, in seconds; without it, for as long
    as the setting `connect-seconds` says.
    """
    host, port = settings.variable("DATABASE_HOST"), int(settings.number("database", "port", 1, 65535))
    if patience is None:
        patience = settings.number("database", "connect-seconds", 0, 600)
    until = time.monotonic() + patience
    while True:
        try:
            connection = psycopg.connect(
                host=host,
                port=port,
                dbname=settings.text("database", "name"),
                user=settings.secret("database", "username"),
                password=settings.secret("database", "password"),
                connect_timeout=3,
                options="-c default_transaction_read_only=on" if read_only else "",
                row_factory=dict_row,
            )
            break
        except psycopg.OperationalError as error:
            # The message of the error names the user, so it is not passed on.
            if error.sqlstate in WRONG_CREDENTIALS or "authentication failed" in str(error):
                raise settings.WorldFailed(f"the database at {host}:{port} refuses the user or the password") from None
            if time.monotonic() >= until:
                raise settings.WorldFailed(f"the database at {host}:{port} does not answer") from None
            time.sleep(1)
    try:
        with connection:
            yield connection
    except psycopg.errors.UndefinedTable:
        raise settings.WorldFailed("the database has no tables yet") from None
    except psycopg.Error as error:
        raise settings.WorldFailed(f"the database failed: {error.sqlstate or type(error).__name__}") from None


def migrate() -> None:
    """Makes the tables that are not there. Several programs may try at once."""
    with connect() as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(SCHEMA)
