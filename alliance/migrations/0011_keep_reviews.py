"""The database itself refuses to change or take away a review once it is kept."""

from django.db import migrations

KEEP = """
CREATE TRIGGER alliance_review_kept BEFORE UPDATE OR DELETE ON alliance_review
    FOR EACH ROW EXECUTE FUNCTION alliance_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON alliance_review FROM entente_app;
    END IF;
END $$;
"""

LET_GO = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT UPDATE, DELETE ON alliance_review TO entente_app;
    END IF;
END $$;
DROP TRIGGER alliance_review_kept ON alliance_review;
"""


class Migration(migrations.Migration):
    dependencies = [("alliance", "0010_reviews")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
