"""The database itself keeps what was asked for under a waiver, its share, and which deliveries were expected."""

from django.db import migrations

KEEP = """
CREATE FUNCTION exemptions_keep_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.asked_cap IS DISTINCT FROM OLD.asked_cap OR NEW.share <> OLD.share THEN
        RAISE EXCEPTION 'the terms of a waiver are kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_waiver_share_kept BEFORE UPDATE ON exemptions_waiver
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_share();
CREATE FUNCTION exemptions_keep_expected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.holder_id <> OLD.holder_id
        OR NEW.source_ref <> OLD.source_ref
        OR NEW.due_at <> OLD.due_at
    THEN
        RAISE EXCEPTION 'which deliveries are expected is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_expecteddelivery_kept BEFORE UPDATE OR DELETE ON exemptions_expecteddelivery
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_expected();
"""

LET_GO = """
DROP TRIGGER exemptions_expecteddelivery_kept ON exemptions_expecteddelivery;
DROP FUNCTION exemptions_keep_expected();
DROP TRIGGER exemptions_waiver_share_kept ON exemptions_waiver;
DROP FUNCTION exemptions_keep_share();
"""


class Migration(migrations.Migration):
    dependencies = [("exemptions", "0005_allowances")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
