"""The database itself refuses to change what was committed to, and what came of it."""

from django.db import migrations

KEEP = """
CREATE FUNCTION escalation_keep_deposit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.reference <> OLD.reference
        OR NEW.authority_id <> OLD.authority_id
        OR NEW.commitment <> OLD.commitment
        OR NEW.author_id <> OLD.author_id
        OR NEW.proposed_at <> OLD.proposed_at
        OR NEW.expires_at <> OLD.expires_at
        OR (OLD.countersigned_by_id IS NOT NULL AND NEW.countersigned_by_id IS DISTINCT FROM OLD.countersigned_by_id)
    THEN
        RAISE EXCEPTION 'what was deposited is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER escalation_preposition_kept BEFORE UPDATE OR DELETE ON escalation_preposition
    FOR EACH ROW EXECUTE FUNCTION escalation_keep_deposit();
CREATE FUNCTION escalation_keep_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'openings are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER escalation_opening_kept BEFORE UPDATE OR DELETE ON escalation_opening
    FOR EACH ROW EXECUTE FUNCTION escalation_keep_opening();
"""

LET_GO = """
DROP TRIGGER escalation_opening_kept ON escalation_opening;
DROP FUNCTION escalation_keep_opening();
DROP TRIGGER escalation_preposition_kept ON escalation_preposition;
DROP FUNCTION escalation_keep_deposit();
"""


class Migration(migrations.Migration):
    dependencies = [("escalation", "0002_prepositions")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
