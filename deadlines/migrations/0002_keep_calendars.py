"""The database itself refuses to change a calendar that deadlines were derived with."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION deadlines_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a calendar version is kept: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER deadlines_calendarversion_kept BEFORE UPDATE OR DELETE ON deadlines_calendarversion
    FOR EACH ROW EXECUTE FUNCTION deadlines_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON deadlines_calendarversion FROM entente_app;
        REVOKE DELETE, TRUNCATE ON deadlines_dueinstant FROM entente_app;
    END IF;
END $$;
"""

ALLOW = """
DROP TRIGGER deadlines_calendarversion_kept ON deadlines_calendarversion;
DROP FUNCTION deadlines_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT UPDATE, DELETE ON deadlines_calendarversion TO entente_app;
        GRANT DELETE ON deadlines_dueinstant TO entente_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0001_initial")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
