"""The database itself refuses to change a bundle once it is loaded: a change is a version of its own."""

from django.db import migrations

TABLES = ("alliance_bundle", "alliance_controlentry", "alliance_charter", "alliance_criterion")

REFUSE = """
CREATE FUNCTION alliance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was agreed is kept: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION alliance_refuse_change();\n"
    for table in TABLES
) + f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(TABLES)} FROM entente_app;
    END IF;
END $$;
"""

ALLOW = "".join(f"DROP TRIGGER {table}_kept ON {table};\n" for table in TABLES) + f"""
DROP FUNCTION alliance_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT UPDATE, DELETE ON {", ".join(TABLES)} TO entente_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("alliance", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
