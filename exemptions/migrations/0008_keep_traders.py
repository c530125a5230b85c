"""The database itself refuses to trust without an audit that another person decided on, and keeps what was found."""

from django.db import migrations

KEEP = """
CREATE FUNCTION exemptions_keep_trader() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'a standing begins as a draft' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
        OR NEW.reference <> OLD.reference
        OR NEW.organisation_id <> OLD.organisation_id
        OR (OLD.status NOT IN ('draft', 'refused', 'ended') AND (
            NEW.answers <> OLD.answers
            OR NEW.questions_version <> OLD.questions_version
            OR NEW.aeo_number <> OLD.aeo_number))
    THEN
        RAISE EXCEPTION 'what a trader said is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.status = 'granted'
        AND (OLD.status <> 'granted' OR NEW.granted_at IS DISTINCT FROM OLD.granted_at
            OR NEW.level <> OLD.level OR NEW.valid_until IS DISTINCT FROM OLD.valid_until)
        AND NOT EXISTS (
            SELECT 1 FROM exemptions_traderaudit AS audit
            WHERE audit.trader_id = NEW.id AND audit.decision = 'granted' AND audit.level = NEW.level
                AND audit.decided_by_id = NEW.granted_by_id AND audit.decided_at >= NEW.granted_at
                AND (OLD.granted_at IS NULL OR audit.decided_at > OLD.granted_at))
    THEN
        RAISE EXCEPTION 'a trader is trusted on an audit that was decided on, not without'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_trustedtrader_kept BEFORE INSERT OR UPDATE OR DELETE ON exemptions_trustedtrader
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_trader();
CREATE FUNCTION exemptions_keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.trader_id <> OLD.trader_id
        OR NEW.number <> OLD.number
        OR NEW.inspector_id <> OLD.inspector_id
        OR NEW.visited_on <> OLD.visited_on
        OR NEW.questions_version <> OLD.questions_version
        OR NEW.findings <> OLD.findings
        OR NEW.score <> OLD.score
        OR NEW.summary <> OLD.summary
        OR NEW.reported_at <> OLD.reported_at
        OR OLD.decision <> ''
    THEN
        RAISE EXCEPTION 'what an audit found is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_traderaudit_kept BEFORE UPDATE OR DELETE ON exemptions_traderaudit
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_audit();
"""

LET_GO = """
DROP TRIGGER exemptions_traderaudit_kept ON exemptions_traderaudit;
DROP FUNCTION exemptions_keep_audit();
DROP TRIGGER exemptions_trustedtrader_kept ON exemptions_trustedtrader;
DROP FUNCTION exemptions_keep_trader();
"""


class Migration(migrations.Migration):
    dependencies = [("exemptions", "0007_trusted_traders")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
