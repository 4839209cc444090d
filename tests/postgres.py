"""
A real PostgreSQL server for tests: started once, in a temporary folder, on a socket of its own.

With several workers the first process starts it and tells the others by the environment; each has a
database of its own. Whoever started it stops it at the end.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

SERVER = "LISTKEEPER_TEST_POSTGRES"
URL = "LISTKEEPER_DATABASE_URL"
USER = "listkeeper"
# Where Debian keeps the server's programs; the newest one counts.
DEBIAN = Path("/usr/lib/postgresql")
# A test's database lives as long as the test: nothing of it has to reach a disk. The order of a
# language, unlike SQLite's, would show a query that leans on the order of the server.
LANGUAGE = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=")
SAFE = ("listen_addresses=",)


def programs() -> Path | None:
    """The folder of initdb and postgres; None where there is no server."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(DEBIAN.glob("*/bin"))
    return next((one for one in reversed(folders) if (one / "postgres").exists()), None)


@contextmanager
def cluster(settings: tuple[str, ...] = QUICK) -> Iterator[str]:
    """A server of one's own; gives the folder of its socket."""
    bin_folder = programs()
    assert bin_folder, "there is no PostgreSQL server here"
    folder = Path(tempfile.mkdtemp(prefix="lk-pg-", dir="/tmp"))  # a socket's path is short
    who = _somebody()
    if "user" in who:
        os.chown(folder, who["user"], who["group"])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **who}
    data = str(folder / "data")
    initdb = [bin_folder / "initdb", "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8"]
    server = None
    try:
        subprocess.run([*initdb, "--no-sync", *LANGUAGE], check=True, **quiet)
        told = [
            part for one in (*settings, f"unix_socket_directories={folder}") for part in ("-c", one)
        ]
        server = subprocess.Popen([bin_folder / "postgres", "-D", data, *told], **quiet)
        _wait_for(folder)
        yield str(folder)
    finally:
        if server is not None:
            # At once: the usual signal waits for whoever is still connected.
            server.send_signal(signal.SIGINT)
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _somebody() -> dict:
    """The server refuses to run as root: then as Debian's user, or as nobody."""
    if os.getuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise AssertionError("no user to run PostgreSQL as")


def _wait_for(folder: Path) -> None:
    import time

    import psycopg

    for _ in range(600):
        try:
            psycopg.connect(_address(str(folder), "postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("PostgreSQL did not start")


def _address(folder: str, name: str) -> str:
    return f"postgresql://{USER}:a-password@/{name}?host={folder}"


def new_database(folder: str, like: str = "") -> str:
    """The address of a new database, empty or with all that another one holds."""
    name = f"lk_{uuid.uuid4().hex[:12]}"
    with closing(_admin(folder)) as admin:
        if like:
            old = like.partition("?")[0].rpartition("/")[2]
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [old]
            )
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{old}"')
        else:
            admin.execute(f'CREATE DATABASE "{name}"')
    return _address(folder, name)


def drop_database(url: str) -> None:
    name, _, folder = url.rpartition("/" if "?" not in url else "?host=")
    with closing(_admin(folder)) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name.rpartition("/")[2]}" WITH (FORCE)')


def _admin(folder: str):
    import psycopg

    return psycopg.connect(_address(folder, "postgres"), autocommit=True)


def emptied(url: str) -> None:
    """Every table empty, as after the first start, and row numbers from one again."""
    import psycopg

    from catalog.tables import metadata

    # Tables of a few rows are emptied faster than they are made anew, as TRUNCATE does.
    names = [name for name in metadata.tables if name != "properties"]
    emptying = [
        *(f'DELETE FROM "{name}"' for name in names),
        "DELETE FROM properties WHERE name <> 'application'",
        "SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence",
    ]
    try:
        _kept_connection(url).execute("; ".join(emptying))
    except psycopg.OperationalError:
        # A test has ended the connections of all.
        _kept_connection.cache_clear()
        _kept_connection(url).execute("; ".join(emptying))


@cache
def _kept_connection(url: str):
    """A connection takes as long as emptying all tables; it ends with its database."""
    import psycopg

    return psycopg.connect(url, autocommit=True)


def moved(path: Path, url: str) -> None:
    """All rows of an SQLite store, which stays, into an empty database of PostgreSQL."""
    from sqlalchemy import delete, insert, text

    from catalog.store import Store
    from catalog.tables import metadata, properties
    from config.secret import Secret

    every = _all_rows(path)
    with closing(Store(path, Secret(url))) as new, new._database.begin() as target:
        target.execute(delete(properties).where(properties.c.name != "application"))
        for table in metadata.sorted_tables:
            home = {"home": new._database.home} if "home" in table.c else {}
            if rows := [row | home for row in every[table.name]]:
                target.execute(insert(table), rows)
            if rows and "id" in table.c:
                target.execute(
                    text(f"SELECT setval('{table.name}_id_seq', max(id)) FROM {table.name}")
                )


# What was read of stores, by the bytes of their files: tests move copies of the same few.
_READ: dict[bytes, dict[str, list[dict]]] = {}


def _all_rows(path: Path) -> dict[str, list[dict]]:
    from sqlalchemy import select

    from catalog.store import Store
    from catalog.tables import metadata

    log = path.with_name(f"{path.name}-wal")
    held = path.read_bytes() + (log.read_bytes() if log.exists() else b"")
    read = hashlib.sha256(held).digest()
    if read not in _READ:
        with closing(Store(path)) as old, old._database.read() as source:
            _READ[read] = {
                table.name: [dict(row) for row in source.execute(select(table)).mappings()]
                for table in metadata.sorted_tables
            }
        kept = _READ[read]["properties"]
        _READ[read]["properties"] = [row for row in kept if row["name"] != "application"]
    return _READ[read]


def rows_of(url: str, query: str) -> list[tuple]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchall()
