"""The database itself keeps what allowance a provisional grant was made by."""

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION licensing_keep_provisional() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (SELECT critical FROM licensing_case WHERE id = NEW.case_id) THEN
            RAISE EXCEPTION 'silence grants nothing critical' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.status <> 'standing'
        OR (NEW.case_id, NEW.licence_id, NEW.charter_key, NEW.charter_version, NEW.tier, NEW.share,
            NEW.allowance, NEW.lines, NEW.granted_at)
        IS DISTINCT FROM (OLD.case_id, OLD.licence_id, OLD.charter_key, OLD.charter_version, OLD.tier, OLD.share,
            OLD.allowance, OLD.lines, OLD.granted_at)
    THEN
        RAISE EXCEPTION 'a provisional grant is kept: it is confirmed or repealed once'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""

LET_GO = """
CREATE OR REPLACE FUNCTION licensing_keep_provisional() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (SELECT critical FROM licensing_case WHERE id = NEW.case_id) THEN
            RAISE EXCEPTION 'silence grants nothing critical' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.status <> 'standing'
        OR (NEW.case_id, NEW.licence_id, NEW.charter_key, NEW.charter_version, NEW.tier, NEW.share, NEW.lines,
            NEW.granted_at)
        IS DISTINCT FROM (OLD.case_id, OLD.licence_id, OLD.charter_key, OLD.charter_version, OLD.tier, OLD.share,
            OLD.lines, OLD.granted_at)
    THEN
        RAISE EXCEPTION 'a provisional grant is kept: it is confirmed or repealed once'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0022_provisional_allowances")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
