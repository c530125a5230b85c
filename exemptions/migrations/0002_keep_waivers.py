"""The database itself refuses to change what a waiver grants and what a report said, and to take either away."""

from django.db import migrations

KEEP = """
CREATE FUNCTION exemptions_keep_waiver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.reference <> OLD.reference
        OR NEW.declaration_id <> OLD.declaration_id
        OR NEW.holder_id <> OLD.holder_id
        OR NEW.measures <> OLD.measures
        OR NEW.control_codes <> OLD.control_codes
        OR NEW.destinations <> OLD.destinations
        OR NEW.cap_of <> OLD.cap_of
        OR NEW.cap <> OLD.cap
        OR NEW.unit <> OLD.unit
        OR NEW.first_day <> OLD.first_day
        OR NEW.last_day <> OLD.last_day
        OR NEW.report_every_days <> OLD.report_every_days
        OR NEW.monitoring <> OLD.monitoring
        OR NEW.precondition <> OLD.precondition
        OR NEW.drafted_by_id <> OLD.drafted_by_id
    THEN
        RAISE EXCEPTION 'the terms of a waiver are kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_waiver_kept BEFORE UPDATE OR DELETE ON exemptions_waiver
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_waiver();
CREATE FUNCTION exemptions_keep_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.waiver_id <> OLD.waiver_id
        OR NEW.number <> OLD.number
        OR (OLD.filed_at IS NOT NULL AND (
            NEW.filed_at IS DISTINCT FROM OLD.filed_at
            OR NEW.filed_by_id IS DISTINCT FROM OLD.filed_by_id
            OR NEW.used IS DISTINCT FROM OLD.used
            OR NEW.found <> OLD.found
            OR NEW.sha256 <> OLD.sha256
            OR NEW.due_at <> OLD.due_at))
    THEN
        RAISE EXCEPTION 'what was reported is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_waiverreport_kept BEFORE UPDATE OR DELETE ON exemptions_waiverreport
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_report();
"""

LET_GO = """
DROP TRIGGER exemptions_waiverreport_kept ON exemptions_waiverreport;
DROP FUNCTION exemptions_keep_report();
DROP TRIGGER exemptions_waiver_kept ON exemptions_waiver;
DROP FUNCTION exemptions_keep_waiver();
"""


class Migration(migrations.Migration):
    dependencies = [("exemptions", "0001_waivers")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
