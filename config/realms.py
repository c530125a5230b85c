"""Realms of exercises: each its own database, cloned from a template that is prepared once."""

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
    source, name = _source(), f"{PREFIX}{os.getpid()}"
    kept = {f"{TEMPLATE}{source}_shipped", f"{TEMPLATE}{source}_bare"}
    template = f"{TEMPLATE}{source}_{'shipped' if shipped else 'bare'}"
    with closing(_owner("postgres")) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^({PREFIX}|{TEMPLATE})"])
        present = {row[0] for row in cursor.fetchall()}
        _drop(cursor, present - kept)
        if template not in present:
            _make(cursor, template, shipped=shipped)
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        _use(name)
        try:
            yield name
        finally:
            connection.close()
            _drop(cursor, {name})


def _make(cursor: Any, template: str, *, shipped: bool) -> None:
    cursor.execute(f'CREATE DATABASE "{template}"')
    try:
        _use(template)
        call_command("migrate", verbosity=0, interactive=False)
        if shipped:
            call_command("load_bundles", verbosity=0, stdout=io.StringIO())
    except BaseException:
        connection.close()
        _drop(cursor, {template})
        raise
    connection.close()


def _source() -> str:
    """Name the present set of migrations, grants and bundles."""
    digest = hashlib.sha256()
    files = [Path(settings.BASE_DIR, "config", "database.py"), *sorted(SHIPPED.glob("*.json"))]
    for app in apps.get_app_configs():
        files += sorted(Path(app.path, "migrations").glob("*.py"))
    for file in files:
        digest.update(f"{file.parent.parent.name}/{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _owner(name: str) -> Any:
    owner = settings.DATABASE_OWNER
    opened = psycopg2.connect(
        dbname=name, user=owner["USER"], password=owner["PASSWORD"], host=owner["HOST"], **owner["OPTIONS"]
    )
    opened.autocommit = True
    return opened


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _drop(cursor: Any, names: set[str]) -> None:
    for name in sorted(names):
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
