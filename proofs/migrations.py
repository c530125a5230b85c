"""The template of the test databases, whose migrations render only what they change, is as migrate makes it."""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from config.embedded.folder import DataFolder
from config.embedded.progress import step
from config.embedded.servers import Servers


def run(arguments: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="./entente prove migrations", description=__doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="entente-migrations-") as parent:
        folder = DataFolder(Path(parent) / "data")
        os.environ["REDIS_URL"] = ""
        servers = Servers(folder, durable=False)
        try:
            folder.hold("prove")
            servers.start()
            os.environ.update(folder.environment())
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
            ordinary, alone = _migrated()
        finally:
            servers.stop()
            folder.release()
    unlike = [pair for pair in zip(ordinary, alone, strict=False) if pair[0] != pair[1]]
    if unlike or len(ordinary) != len(alone):
        print(f"NOT PROVED: {len(ordinary)} and {len(alone)} lines, the first unlike: {unlike[:1]}")
        return 1
    print(f"Proved: {len(ordinary)} lines of schema and data are the same.")
    return 0


def _migrated() -> list[list[str]]:
    import django

    django.setup()
    from django.core.management import call_command

    from tests import databases

    dumps = []
    ways: list[tuple[str, Any]] = [("ordinary", nullcontext()), ("alone", databases.rendered_alone())]
    for name, way in ways:
        with closing(databases.connect_as_owner("postgres")) as owner, owner.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        databases.use(name)
        with step(f"migrate: {name}"), way:
            call_command("migrate", verbosity=0, interactive=False)
        dumps.append(_dump(name))
    return dumps


def _dump(name: str) -> list[str]:
    """Everything in a database but when each migration was applied, and the words that pg_dump makes up."""
    from django.conf import settings

    from config.embedded.servers import postgres_folder

    owner = settings.DATABASE_OWNER
    login = {"PGHOST": owner["HOST"], "PGPORT": owner["PORT"] or "5432", "PGUSER": owner["USER"]}
    told = subprocess.run(
        [str(postgres_folder() / "pg_dump"), "--exclude-table-data=django_migrations", name],
        env={**os.environ, **login, "PGPASSWORD": owner["PASSWORD"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [line for line in told.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
