"""Migrate as the owner of the database, never as the role the platform works with."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from config.database import APP_ROLE, as_owner, let_app_role_sign_in, prepare_app_role


class Command(Migrate):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Take over before the system checks: they connect, and the working role may not exist yet."""
        with as_owner():
            try:
                connection.ensure_connection()
            except OperationalError as error:
                raise CommandError(f"The database cannot be reached as its owner: {error}") from error
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
                prepare_app_role(cursor)
                let_app_role_sign_in(cursor)
            return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["app_label"] and not connection.introspection.table_names():
            _migrate_libraries()
        super().handle(*args, **options)
        if "django_migrations" in connection.introspection.table_names():
            with connection.cursor() as cursor:
                cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APP_ROLE}")


def _migrate_libraries() -> None:
    """Run the long histories of libraries while the schema is small: each of their steps renders it all."""
    floors = {app.label for app in apps.get_app_configs() if app.path.startswith(str(settings.BASE_DIR))}
    executor = MigrationExecutor(connection)
    executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in floors])
