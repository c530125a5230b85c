"""The database itself refuses to change a situation report once it is made."""

from django.db import migrations

KEEP = """
CREATE FUNCTION escalation_keep_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'situation reports are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER escalation_situationreport_kept BEFORE UPDATE OR DELETE ON escalation_situationreport
    FOR EACH ROW EXECUTE FUNCTION escalation_keep_report();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON escalation_situationreport FROM entente_app;
    END IF;
END $$;
"""

LET_GO = """
DROP TRIGGER escalation_situationreport_kept ON escalation_situationreport;
DROP FUNCTION escalation_keep_report();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT UPDATE, DELETE ON escalation_situationreport TO entente_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("escalation", "0008_situation_reports")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
