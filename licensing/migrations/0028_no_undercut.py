"""The database itself lets no licence be issued while a denial the case resembles waits for its answer, keeps what was
asked and answered, and refuses a grant all the same that nobody explained."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION licensing_let_licence_wait_for_denials() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM licensing_undercutcheck
        WHERE case_id = NEW.case_id AND (status = 'asked' OR (status = 'identical' AND explanation = ''))
    ) THEN
        RAISE EXCEPTION 'no licence while a denial of an essentially identical transaction is open'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_licence_undercuts_nothing BEFORE INSERT ON licensing_licence
    FOR EACH ROW EXECUTE FUNCTION licensing_let_licence_wait_for_denials();
CREATE TRIGGER licensing_decision_undercuts_nothing BEFORE INSERT OR UPDATE OF status ON licensing_decision
    FOR EACH ROW WHEN (NEW.status = 'countersigned' AND NEW.kind IN ('grant', 'grant_in_part'))
    EXECUTE FUNCTION licensing_let_licence_wait_for_denials();

CREATE FUNCTION licensing_keep_undercut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.case_id, NEW.denial_id) IS DISTINCT FROM (OLD.case_id, OLD.denial_id)
        OR (OLD.told_at IS NOT NULL AND NEW IS DISTINCT FROM OLD)
    THEN
        RAISE EXCEPTION 'what was asked about a denial is kept: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_undercutcheck_kept BEFORE UPDATE OR DELETE ON licensing_undercutcheck
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_undercut();
"""

LET_GO = """
DROP TRIGGER licensing_undercutcheck_kept ON licensing_undercutcheck;
DROP FUNCTION licensing_keep_undercut();
DROP TRIGGER licensing_decision_undercuts_nothing ON licensing_decision;
DROP TRIGGER licensing_licence_undercuts_nothing ON licensing_licence;
DROP FUNCTION licensing_let_licence_wait_for_denials();
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0027_undercut_checks")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE, LET_GO),
    ]
