"""The database itself refuses to change what was voted on, and to call agreed what the votes do not carry."""

from django.db import migrations

KEEP = """
CREATE FUNCTION alliance_keep_threshold_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    spoken integer; yes integer; no integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a change of a threshold is kept' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.effective_from <= (NEW.closes_at AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'a threshold changes after the vote' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' THEN
            RAISE EXCEPTION 'a change begins with a vote' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'open' OR (OLD.reference, OLD.scenario, OLD.threshold, OLD.reason, OLD.minute_body,
            OLD.minute_date, OLD.minute_paragraph, OLD.document_sha256, OLD.quorum, OLD.majority,
            OLD.proposed_by_id, OLD.proposed_for_id, OLD.proposed_at, OLD.closes_at)
        IS DISTINCT FROM (NEW.reference, NEW.scenario, NEW.threshold, NEW.reason, NEW.minute_body,
            NEW.minute_date, NEW.minute_paragraph, NEW.document_sha256, NEW.quorum, NEW.majority,
            NEW.proposed_by_id, NEW.proposed_for_id, NEW.proposed_at, NEW.closes_at)
        OR (OLD.old_value, OLD.new_value) IS DISTINCT FROM (NEW.old_value, NEW.new_value) THEN
        RAISE EXCEPTION 'what is voted on is kept' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.status = 'agreed' THEN
        SELECT count(*), count(*) FILTER (WHERE choice = 'for'), count(*) FILTER (WHERE choice = 'against')
            INTO spoken, yes, no FROM alliance_thresholdvote WHERE change_id = NEW.id;
        IF yes < 2 OR yes <= no OR 100 * yes < NEW.majority * (yes + no)
            OR 100 * spoken < NEW.quorum * NEW.members
            OR NEW.members < (SELECT count(*) FROM members_jurisdiction) THEN
            RAISE EXCEPTION 'the votes do not carry it' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alliance_thresholdchange_kept BEFORE INSERT OR UPDATE OR DELETE ON alliance_thresholdchange
    FOR EACH ROW EXECUTE FUNCTION alliance_keep_threshold_change();

CREATE FUNCTION alliance_keep_threshold_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (SELECT status FROM alliance_thresholdchange WHERE id = NEW.change_id) <> 'open'
        OR (TG_OP = 'UPDATE'
            AND (OLD.change_id, OLD.jurisdiction_id) IS DISTINCT FROM (NEW.change_id, NEW.jurisdiction_id)) THEN
        RAISE EXCEPTION 'a vote on a threshold is kept' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alliance_thresholdvote_kept BEFORE INSERT OR UPDATE OR DELETE ON alliance_thresholdvote
    FOR EACH ROW EXECUTE FUNCTION alliance_keep_threshold_vote();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        REVOKE DELETE, TRUNCATE ON alliance_thresholdchange, alliance_thresholdvote FROM entente_app;
    END IF;
END $$;
"""

LET_GO = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT DELETE ON alliance_thresholdchange, alliance_thresholdvote TO entente_app;
    END IF;
END $$;
DROP TRIGGER alliance_thresholdvote_kept ON alliance_thresholdvote;
DROP FUNCTION alliance_keep_threshold_vote();
DROP TRIGGER alliance_thresholdchange_kept ON alliance_thresholdchange;
DROP FUNCTION alliance_keep_threshold_change();
"""


class Migration(migrations.Migration):
    dependencies = [("alliance", "0016_risk_appetite")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
