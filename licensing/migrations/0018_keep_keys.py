"""The database itself refuses a grant without both keys, and to change what was signed or ruled."""

from django.db import migrations

KEEP = """
CREATE FUNCTION licensing_ask_for_two_keys() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked bigint;
    signed integer;
BEGIN
    SELECT id INTO asked FROM licensing_twokeys WHERE revision_id = NEW.revision_id AND ended_at IS NULL;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    SELECT count(DISTINCT (interest, signed_by_id)) INTO signed FROM licensing_key
        WHERE two_keys_id = asked AND taken_back_at IS NULL;
    IF signed < 2 THEN
        RAISE EXCEPTION 'a grant takes a humanitarian and a security key: % of 2 signed', signed
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_decision_two_keys BEFORE INSERT OR UPDATE OF status ON licensing_decision
    FOR EACH ROW WHEN (NEW.status = 'countersigned' AND NEW.kind IN ('grant', 'grant_in_part'))
    EXECUTE FUNCTION licensing_ask_for_two_keys();

CREATE FUNCTION licensing_keep_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'licensing_key' THEN
        IF OLD.taken_back_at IS NULL AND NEW.taken_back_at IS NOT NULL
            AND to_jsonb(NEW) - 'taken_back_at' = to_jsonb(OLD) - 'taken_back_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what was signed is kept: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER licensing_key_kept BEFORE UPDATE OR DELETE ON licensing_key
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_signed();
CREATE TRIGGER licensing_groundruling_kept BEFORE UPDATE OR DELETE ON licensing_groundruling
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_signed();
"""

LET_GO = """
DROP TRIGGER licensing_groundruling_kept ON licensing_groundruling;
DROP TRIGGER licensing_key_kept ON licensing_key;
DROP FUNCTION licensing_keep_signed();
DROP TRIGGER licensing_decision_two_keys ON licensing_decision;
DROP FUNCTION licensing_ask_for_two_keys();
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0017_aid_filled")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
