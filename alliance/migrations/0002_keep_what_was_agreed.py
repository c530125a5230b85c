"""The database itself refuses to change a bundle once it is loaded: a change is a version of its own."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION alliance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was agreed is kept: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER alliance_bundle_kept BEFORE UPDATE OR DELETE ON alliance_bundle
    FOR EACH ROW EXECUTE FUNCTION alliance_refuse_change();
CREATE TRIGGER alliance_controlentry_kept BEFORE UPDATE OR DELETE ON alliance_controlentry
    FOR EACH ROW EXECUTE FUNCTION alliance_refuse_change();
CREATE TRIGGER alliance_charter_kept BEFORE UPDATE OR DELETE ON alliance_charter
    FOR EACH ROW EXECUTE FUNCTION alliance_refuse_change();
CREATE TRIGGER alliance_criterion_kept BEFORE UPDATE OR DELETE ON alliance_criterion
    FOR EACH ROW EXECUTE FUNCTION alliance_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE
            ON alliance_bundle, alliance_controlentry, alliance_charter, alliance_criterion FROM entente_app;
    END IF;
END $$;
"""

ALLOW = """
DROP TRIGGER alliance_criterion_kept ON alliance_criterion;
DROP TRIGGER alliance_charter_kept ON alliance_charter;
DROP TRIGGER alliance_controlentry_kept ON alliance_controlentry;
DROP TRIGGER alliance_bundle_kept ON alliance_bundle;
DROP FUNCTION alliance_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT UPDATE, DELETE
            ON alliance_bundle, alliance_controlentry, alliance_charter, alliance_criterion TO entente_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("alliance", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
