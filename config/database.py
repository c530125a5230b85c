"""Two roles in one database: the owner, who migrates, and `entente_app`, who works."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

APP_ROLE = "entente_app"


def parse_url(url: str, *, role: str = "") -> dict[str, Any]:
    """Turn `postgresql://user:password@host/name?host=/socket/folder` into Django's form.

    With `role` each connection starts as that role instead of the user who signs in.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", parts.hostname or "")
    port = str(parts.port or query.pop("port", ""))
    if role:
        query["options"] = f"{query.get('options', '')} -c role={role}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


@contextmanager
def as_owner() -> Iterator[None]:
    """Let the default connection be the owner's for a while: migrations and test databases only."""
    from django.conf import settings
    from django.db import connection

    if connection.in_atomic_block:
        raise RuntimeError("The owner cannot take over inside a transaction.")
    own = connection.settings_dict
    connection.close()
    connection.settings_dict = {**own, **settings.DATABASE_OWNER, "NAME": own["NAME"]}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = own


def prepare_app_role(cursor: Any) -> None:
    """Make `entente_app` if it is missing and let it read and write whatever tables the owner makes.

    A migration takes away again what must not be changed (`REVOKE UPDATE, DELETE ON ...`).
    """
    make_app_role(cursor)
    cursor.execute(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public"
        f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE}"
    )
    cursor.execute(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP_ROLE}"
    )


def make_app_role(cursor: Any) -> None:
    """Make `entente_app` without any right: a restored backup brings its own grants."""
    cursor.execute(
        f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
                CREATE ROLE {APP_ROLE} NOLOGIN;
            END IF;
            IF NOT pg_has_role(current_user, '{APP_ROLE}', 'SET') THEN
                EXECUTE format('GRANT {APP_ROLE} TO %I', current_user);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- someone else made it at the same moment: roles belong to the whole cluster
        END $$
        """
    )


def let_app_role_sign_in(cursor: Any) -> None:
    """Give `entente_app` the password of DATABASE_URL if it signs in itself and has none yet."""
    from django.conf import settings

    app = settings.DATABASES["default"]
    if app["USER"] != APP_ROLE or not app["PASSWORD"]:
        return
    cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [APP_ROLE])
    if cursor.fetchone() != (True,):
        cursor.execute(f"ALTER ROLE {APP_ROLE} LOGIN PASSWORD %s", [app["PASSWORD"]])
