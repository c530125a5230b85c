"""The role the platform works with can do its work and nothing else."""

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection

from config.database import as_owner, parse_url


def ask(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else None


def test_a_url_with_a_socket_folder_and_quoted_parts_is_understood():
    found = parse_url("postgresql://some%40one:pass%2Fword@/entente?host=%2Ftmp%2Fsocket&connect_timeout=3")
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("some@one", "pass/word", "entente")
    assert found["HOST"] == "/tmp/socket"
    assert found["OPTIONS"] == {"connect_timeout": "3"}


def test_a_url_with_host_and_port_is_understood():
    found = parse_url("postgresql://me@db.example.org:5433/entente?sslmode=verify-full")
    assert (found["HOST"], found["PORT"]) == ("db.example.org", "5433")
    assert found["OPTIONS"] == {"sslmode": "verify-full"}


def test_a_role_is_taken_on_beside_other_options():
    found = parse_url("postgresql:///x?options=-c%20statement_timeout=5s", role="entente_app")
    assert found["OPTIONS"]["options"] == "-c statement_timeout=5s -c role=entente_app"


@pytest.mark.django_db
def test_the_platform_works_as_a_role_that_neither_rules_nor_sees_past_row_security():
    assert ask("SELECT current_user") == "entente_app"
    assert (
        ask("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        is False
    )
    assert ask("SELECT count(*) FROM pg_class WHERE relowner = 'entente_app'::regrole") == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (id int)",
        "TRUNCATE members_user CASCADE",
        "ALTER TABLE members_user DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DELETE FROM django_migrations",
        "DROP TABLE members_user",
    ],
)
def test_the_platforms_role_may_not(sql):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        ask(sql)


@pytest.mark.django_db(transaction=True)
def test_the_owner_takes_over_for_a_while_only():
    with as_owner():
        assert ask("SELECT current_user") == (settings.DATABASE_OWNER["USER"] or ask("SELECT session_user"))
        assert ask("SELECT current_database()") == settings.DATABASES["default"]["NAME"]
    assert ask("SELECT current_user") == "entente_app"


@pytest.mark.django_db
def test_the_owner_does_not_take_over_inside_a_transaction():
    with pytest.raises(RuntimeError, match="inside a transaction"), as_owner():
        pass
