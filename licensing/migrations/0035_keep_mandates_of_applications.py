"""The database itself lets no application be filed under a mandate that its exporter did not give, and none be moved
to another."""

from django.db import migrations

KEEP = """
CREATE FUNCTION licensing_keep_mandate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.mandate_id IS DISTINCT FROM OLD.mandate_id THEN
        RAISE EXCEPTION 'an application stays under the mandate it was started under'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.mandate_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM members_mandate WHERE id = NEW.mandate_id AND principal_id = NEW.organisation_id
    ) THEN
        RAISE EXCEPTION 'the exporter of this application did not give this mandate'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'application_mandate_of_its_exporter';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_application_mandate_kept
    BEFORE INSERT OR UPDATE OF mandate_id, organisation_id ON licensing_application
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_mandate();
"""

LET_GO = """
DROP TRIGGER licensing_application_mandate_kept ON licensing_application;
DROP FUNCTION licensing_keep_mandate();
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0034_filed_under_mandates")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
