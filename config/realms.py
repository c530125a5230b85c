"""Realms of exercises and sandboxes: each its own database, cloned from a template that is prepared once."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from alliance.management.commands.load_bundles import SHIPPED

PREFIX = "realm_"
TEMPLATE = "realmtemplate_"


@contextmanager
def cloned(*, shipped: bool = True) -> Iterator[str]:
    """Point the default connection at a fresh clone; it is dropped afterwards. Yields its name.

    The template holds the schema and, unless told not to, everything shipped that is agreed: the database lets
    nobody take that away again. It is made once for each state of migrations and bundles and stays, so that the
    next exercise starts at once.
    """
    state, name = source(), f"{PREFIX}{os.getpid()}"
    kept = {f"{TEMPLATE}{state}_shipped", f"{TEMPLATE}{state}_bare"}
    template = f"{TEMPLATE}{state}_{'shipped' if shipped else 'bare'}"
    with closing(as_owner_of("postgres")) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^({PREFIX}|{TEMPLATE})"])
        present = {row[0] for row in cursor.fetchall()}
        drop(cursor, present - kept)
        if template not in present:
            make(cursor, template, shipped=shipped)
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        use(name)
        try:
            yield name
        finally:
            connection.close()
            drop(cursor, {name})


def make(cursor: Any, template: str, *, shipped: bool) -> None:
    """Make a template: the schema and, with `shipped`, everything that is agreed."""
    cursor.execute(f'CREATE DATABASE "{template}"')
    try:
        use(template)
        call_command("migrate", verbosity=0, interactive=False)
        if shipped:
            call_command("load_bundles", verbosity=0, stdout=io.StringIO())
    except BaseException:
        connection.close()
        drop(cursor, {template})
        raise
    connection.close()


def source() -> str:
    """Name the present set of migrations, grants and bundles."""
    digest = hashlib.sha256()
    files = [Path(settings.BASE_DIR, "config", "database.py"), *sorted(SHIPPED.glob("*.json"))]
    for app in apps.get_app_configs():
        files += sorted(Path(app.path, "migrations").glob("*.py"))
    for file in files:
        digest.update(f"{file.parent.parent.name}/{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def databases(cursor: Any) -> set[str]:
    """Return the names of the databases there are."""
    cursor.execute("SELECT datname FROM pg_database")
    return {row[0] for row in cursor.fetchall()}


def as_owner_of(name: str) -> Any:
    """Open an autocommitting connection of the cluster's owner, outside Django."""
    owner = settings.DATABASE_OWNER
    opened = psycopg2.connect(
        dbname=name, user=owner["USER"], password=owner["PASSWORD"], host=owner["HOST"], **owner["OPTIONS"]
    )
    opened.autocommit = True
    return opened


def use(name: str) -> None:
    """Point the default connection at another database of the same cluster."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def drop(cursor: Any, names: set[str]) -> None:
    """Drop databases, with whoever is connected to them."""
    for name in sorted(names):
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
