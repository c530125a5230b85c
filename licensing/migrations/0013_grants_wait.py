"""The database itself refuses a grant while something it has to wait for is open."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION licensing_let_grant_wait() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    waiting text;
BEGIN
    SELECT sentence INTO waiting FROM licensing_decisionrequirement
        WHERE case_id = NEW.case_id AND satisfied_at IS NULL ORDER BY id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a grant waits for what is required of it: %', waiting USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_decision_grant_waits BEFORE INSERT OR UPDATE OF status ON licensing_decision
    FOR EACH ROW WHEN (NEW.status = 'countersigned' AND NEW.kind IN ('grant', 'grant_in_part'))
    EXECUTE FUNCTION licensing_let_grant_wait();
"""

LET_GO = """
DROP TRIGGER licensing_decision_grant_waits ON licensing_decision;
DROP FUNCTION licensing_let_grant_wait();
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0012_keep_waiver_uses")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE, LET_GO),
    ]
