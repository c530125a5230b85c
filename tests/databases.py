"""Test databases: a migrated template, one clone per process, and a flush by the owner."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import django
import psycopg2
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.state import ProjectState


def connect_as_owner(name: str) -> Any:
    """Open an autocommitting connection of the cluster's owner, outside Django."""
    owner = settings.DATABASE_OWNER
    opened = psycopg2.connect(
        dbname=name,
        user=owner["USER"] or None,
        password=owner["PASSWORD"] or None,
        host=owner["HOST"] or None,
        port=owner["PORT"] or None,
        **owner["OPTIONS"],
    )
    opened.autocommit = True
    return opened


def end_connection() -> None:
    """Cut the default connection from the server's side, as the death of its process would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with closing(connect_as_owner(connection.settings_dict["NAME"])) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone() == (True,)


def schema_hash() -> str:
    """Name the present set of migrations and grants."""
    digest = hashlib.sha256()
    files = [Path(settings.BASE_DIR, "config", "database.py")]
    for app in apps.get_app_configs():
        files += sorted(Path(app.path, "migrations").glob("*.py"))
    for file in files:
        digest.update(f"{file.parent.parent.name}/{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def rendered_alone() -> Iterator[None]:
    """Let each operation of a migration render the model it changes and not all that are related to it.

    Nine tenths of migrating is rendering models again that did not change. What an operation does to the database
    follows from its own model; code that migrates data is given all models afresh, because the state counts as
    delayed. `./entente prove migrations` holds the outcome against the ordinary way.
    """
    whole = ProjectState._find_reload_model  # type: ignore[attr-defined]

    def alone(state: Any, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        state.is_delayed = True
        return {(app_label, model_name)}

    ProjectState._find_reload_model = alone  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ProjectState._find_reload_model = whole  # type: ignore[attr-defined]


def ensure_template() -> None:
    """Migrate the template of the test databases, unless that was done with the present migrations."""
    with _template():
        pass


@contextmanager
def cloned_database(worker: str) -> Iterator[Any]:
    """Point the default connection at a fresh clone; yields an owner's connection to it.

    The template is migrated once per set of migrations and stays, so that the next run starts at once.
    """
    name = f"test_{settings.DATABASES['default']['NAME']}_{os.getpid()}_{worker}"
    with _template() as (cursor, template):
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    use(name)
    owner = connect_as_owner(name)
    try:
        _remember_reference_rows(owner)
        yield owner
    finally:
        owner.close()
        connection.close()
        with closing(connect_as_owner("postgres")) as admin, admin.cursor() as cursor:
            _drop(cursor, {name})


@contextmanager
def _template() -> Iterator[tuple[Any, str]]:
    """Hold on to the migrated template; yields an owner's cursor outside it, and its name."""
    base = settings.DATABASES["default"]["NAME"]
    prefix = f"template_{base}_"
    template = prefix + schema_hash()
    with closing(connect_as_owner("postgres")) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [prefix])
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [prefix + "%"])
        present = {row[0] for row in cursor.fetchall()}
        if template not in present:
            _drop(cursor, present)
            _drop(cursor, _abandoned(cursor, base))
            cursor.execute(f'CREATE DATABASE "{template}"')
            try:
                use(template)
                with rendered_alone():
                    call_command("migrate", verbosity=0, interactive=False)
            except BaseException:
                connection.close()
                _drop(cursor, {template})
                raise
            connection.close()
        yield cursor, template  # closing the connection lets others in


def rows_left_by(load: Callable[[], None]) -> dict[str, str]:
    """Return, table by table, what `load` adds to an empty database; nothing of it stays there."""
    rows: dict[str, str] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        load()
        cursor.execute(
            "SELECT table_name, string_agg(quote_ident(column_name), ',' ORDER BY ordinal_position)"
            " FROM information_schema.columns WHERE table_schema = 'public' AND is_generated = 'NEVER'"
            " AND table_name NOT IN (SELECT tablename FROM pg_tables WHERE schemaname = 'reference')"
            # the database itself adds the rows of ledger_unsealed with those of ledger_event
            " AND table_name NOT IN ('django_migrations', 'ledger_unsealed') GROUP BY table_name"
        )
        for name, columns in cursor.fetchall():
            out = io.StringIO()
            cursor.copy_expert(f'COPY (SELECT {columns} FROM "{name}") TO STDOUT', out)
            if out.tell():
                rows[f'"{name}" ({columns})'] = out.getvalue()
        transaction.set_rollback(True)
    return rows


def put_rows(rows: dict[str, str]) -> None:
    """Add rows as `rows_left_by` returned them."""
    with transaction.atomic(), connection.cursor() as cursor:
        for target, text in rows.items():
            cursor.copy_expert(f"COPY {target} FROM STDIN", io.StringIO(text))


def flush(owner: Any) -> None:
    """Empty every table as the owner, past triggers and grants, and put the migrated rows back."""
    with owner.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute("BEGIN; SET LOCAL session_replication_role = replica")
        cursor.execute(
            """
            DO $$ DECLARE tab record; filled boolean; BEGIN
                FOR tab IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                           AND relkind IN ('r', 'p') AND relname <> 'django_migrations' LOOP
                    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', tab.relname) INTO filled;
                    IF filled THEN EXECUTE format('DELETE FROM public.%I', tab.relname); END IF;
                END LOOP;
                FOR tab IN SELECT relname FROM pg_class
                           WHERE relnamespace = 'reference'::regnamespace AND relkind = 'r' LOOP
                    EXECUTE (SELECT format('INSERT INTO public.%I (%s) SELECT %s FROM reference.%I',
                                           tab.relname, columns, columns, tab.relname)
                             FROM (SELECT string_agg(quote_ident(attname), ',') AS columns
                                   FROM pg_attribute
                                   WHERE attrelid = format('public.%I', tab.relname)::regclass
                                   AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS listed);
                END LOOP;
            END $$
            """
        )
        cursor.execute("COMMIT")


def _remember_reference_rows(owner: Any) -> None:
    with owner.cursor() as cursor:
        cursor.execute("CREATE SCHEMA reference")
        cursor.execute(
            """
            DO $$ DECLARE tab record; filled boolean; BEGIN
                FOR tab IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                           AND relkind = 'r' AND relname <> 'django_migrations' LOOP
                    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', tab.relname) INTO filled;
                    IF filled THEN
                        EXECUTE format('CREATE TABLE reference.%1$I AS TABLE public.%1$I', tab.relname);
                    END IF;
                END LOOP;
            END $$
            """
        )


def use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _drop(cursor: Any, names: set[str]) -> None:
    for name in names:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _abandoned(cursor: Any, base: str) -> set[str]:
    """Return clones that a killed run left behind: nobody is connected to them."""
    cursor.execute(
        "SELECT datname FROM pg_database WHERE datname ~ %s"
        " AND datname NOT IN (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)",
        [f"^test_{base}_[0-9]+_"],
    )
    return {row[0] for row in cursor.fetchall()}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    ensure_template()
