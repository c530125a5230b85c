"""The database itself refuses to change an instrument once its bundle is loaded."""

from django.db import migrations

REFUSE = """
CREATE TRIGGER alliance_instrument_kept BEFORE UPDATE OR DELETE ON alliance_instrument
    FOR EACH ROW EXECUTE FUNCTION alliance_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON alliance_instrument FROM entente_app;
    END IF;
END $$;
"""

ALLOW = """
DROP TRIGGER alliance_instrument_kept ON alliance_instrument;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT UPDATE, DELETE ON alliance_instrument TO entente_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("alliance", "0013_instruments")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
