"""The database itself keeps the containers that were declared."""

from django.db import migrations

KEEP = """
CREATE FUNCTION enforcement_keep_containers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.containers <> OLD.containers THEN
        RAISE EXCEPTION 'containers are kept as they were declared' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_shipment_containers_kept BEFORE UPDATE OF containers ON enforcement_shipment
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_containers();
"""

LET_GO = """
DROP TRIGGER enforcement_shipment_containers_kept ON enforcement_shipment;
DROP FUNCTION enforcement_keep_containers();
"""


class Migration(migrations.Migration):
    dependencies = [("enforcement", "0008_containers")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
