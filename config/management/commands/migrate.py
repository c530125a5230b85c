"""Migrate as the owner of the database, never as the role the platform works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Field
from django_fsm import FSMFieldMixin

from config.database import APP_ROLE, as_owner, let_app_role_sign_in, prepare_app_role


class Command(Migrate):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Take over before the system checks: they connect, and the working role may not exist yet."""
        with as_owner(), _past_states_have_no_transitions():
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


@contextmanager
def _past_states_have_no_transitions() -> Iterator[None]:
    """Let state fields of historical models be plain fields.

    Each would ask every model that is rendered after it for its transitions, until it is collected as garbage:
    forty million questions in one run, and no historical model has any.
    """
    whole = FSMFieldMixin.contribute_to_class

    def plain(field: Any, model: type, name: str, private_only: bool = False, **more: Any) -> None:
        if model.__module__ == "__fake__":
            Field.contribute_to_class(field, model, name, private_only=private_only)
        else:
            whole(field, model, name, private_only=private_only, **more)

    FSMFieldMixin.contribute_to_class = plain
    try:
        yield
    finally:
        FSMFieldMixin.contribute_to_class = whole


def _migrate_libraries() -> None:
    """Run the long histories of libraries while the schema is small: each of their steps renders it all."""
    floors = {app.label for app in apps.get_app_configs() if app.path.startswith(str(settings.BASE_DIR))}
    executor = MigrationExecutor(connection)
    executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in floors])
