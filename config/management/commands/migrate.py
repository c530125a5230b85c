"""Migrate as the owner of the database, never as the role the platform works with."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from config.database import APP_ROLE, as_owner, let_app_role_sign_in, prepare_app_role


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
                prepare_app_role(cursor)
                let_app_role_sign_in(cursor)
            super().handle(*args, **options)
            if "django_migrations" in connection.introspection.table_names():
                with connection.cursor() as cursor:
                    cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APP_ROLE}")
