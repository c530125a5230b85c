"""The database itself lets no line of a licence shrink below what shipments and customs have taken of it."""

from django.db import migrations

KEEP = """
CREATE FUNCTION enforcement_keep_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF enforcement_taken(NEW.id) > NEW.quantity THEN
        RAISE EXCEPTION 'a line covers at least what is taken of it: % of %', enforcement_taken(NEW.id), NEW.quantity
            USING ERRCODE = 'check_violation', CONSTRAINT = 'line_above_what_is_taken';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_licenceline_taken BEFORE UPDATE OF quantity ON licensing_licenceline
    FOR EACH ROW WHEN (NEW.quantity < OLD.quantity) EXECUTE FUNCTION enforcement_keep_taken();
"""

LET_GO = """
DROP TRIGGER enforcement_licenceline_taken ON licensing_licenceline;
DROP FUNCTION enforcement_keep_taken();
"""


class Migration(migrations.Migration):
    dependencies = [("enforcement", "0009_keep_containers"), ("licensing", "0037_keep_changes")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
