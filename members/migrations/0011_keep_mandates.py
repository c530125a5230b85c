"""The database itself keeps a mandate as it was given, and one that is over as it ended."""

from django.db import migrations

KEEP = """
CREATE FUNCTION members_keep_mandate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR OLD.status IN ('declined', 'ended')
        OR NEW.uid <> OLD.uid
        OR NEW.reference <> OLD.reference
        OR NEW.principal_id <> OLD.principal_id
        OR NEW.agent_id <> OLD.agent_id
        OR NEW.acts <> OLD.acts
        OR NEW.destinations <> OLD.destinations
        OR NEW.starts_on <> OLD.starts_on
        OR NEW.ends_on <> OLD.ends_on
        OR NEW.starts_at <> OLD.starts_at
        OR NEW.ends_at <> OLD.ends_at
        OR NEW.given_by_id <> OLD.given_by_id
        OR NEW.given_at <> OLD.given_at
        OR (OLD.answered_at IS NOT NULL AND NEW.answered_at IS DISTINCT FROM OLD.answered_at)
        OR (OLD.status = 'accepted' AND NEW.status = 'offered')
    THEN
        RAISE EXCEPTION 'mandates are kept as they were given: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER members_mandate_kept BEFORE UPDATE OR DELETE ON members_mandate
    FOR EACH ROW EXECUTE FUNCTION members_keep_mandate();
"""

LET_GO = """
DROP TRIGGER members_mandate_kept ON members_mandate;
DROP FUNCTION members_keep_mandate();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0010_mandates")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
