"""The database itself refuses to let what asks for two keys go unless that was told to whoever reads the case."""

from django.db import migrations

KEEP = """
CREATE FUNCTION licensing_keep_two_keys() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    IF TG_OP = 'DELETE'
        OR to_jsonb(NEW) - 'because' - 'ended_at' <> to_jsonb(OLD) - 'because' - 'ended_at'
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT NULL
            AND to_jsonb(NEW) <> to_jsonb(OLD))
    THEN
        RAISE EXCEPTION 'what asks for two keys is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
        SELECT type INTO told FROM ledger_event
            WHERE subject_type = 'twokeys' AND subject_id = OLD.id::text
                AND type IN ('keys.asked', 'keys.ended')
            ORDER BY id DESC LIMIT 1;
        IF told IS DISTINCT FROM 'keys.ended' THEN
            RAISE EXCEPTION 'two keys end only as the ledger tells' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_twokeys_kept BEFORE UPDATE OR DELETE ON licensing_twokeys
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_two_keys();
"""

LET_GO = """
DROP TRIGGER licensing_twokeys_kept ON licensing_twokeys;
DROP FUNCTION licensing_keep_two_keys();
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0020_silence_grants_nothing_critical")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
