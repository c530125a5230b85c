"""The database itself refuses to change what was granted, undertaken, reported or declared, and to take it away."""

from django.db import migrations

KEEP = """
CREATE FUNCTION exemptions_keep_authorisation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.reference <> OLD.reference
        OR NEW.instrument_id <> OLD.instrument_id
        OR NEW.declaration_id IS DISTINCT FROM OLD.declaration_id
        OR NEW.holder_id IS DISTINCT FROM OLD.holder_id
        OR NEW.control_codes <> OLD.control_codes
        OR NEW.destinations <> OLD.destinations
        OR NEW.recipients <> OLD.recipients
        OR NEW.cap_of <> OLD.cap_of
        OR NEW.cap <> OLD.cap
        OR NEW.unit <> OLD.unit
        OR NEW.first_day <> OLD.first_day
        OR NEW.last_day <> OLD.last_day
        OR NEW.report_every_days <> OLD.report_every_days
        OR NEW.drafted_by_id <> OLD.drafted_by_id
    THEN
        RAISE EXCEPTION 'the terms of an authorisation are kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_authorisation_kept BEFORE UPDATE OR DELETE ON exemptions_authorisation
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_authorisation();
CREATE FUNCTION exemptions_keep_registration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.reference <> OLD.reference
        OR NEW.organisation_id <> OLD.organisation_id
        OR NEW.instrument_id <> OLD.instrument_id
        OR NEW.key <> OLD.key
        OR NEW.authorisation_id IS DISTINCT FROM OLD.authorisation_id
        OR NEW.undertakings <> OLD.undertakings
        OR NEW.programme <> OLD.programme
        OR NEW.registered_by_id <> OLD.registered_by_id
        OR NEW.registered_at <> OLD.registered_at
    THEN
        RAISE EXCEPTION 'what was undertaken is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_registration_kept BEFORE UPDATE OR DELETE ON exemptions_registration
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_registration();
CREATE FUNCTION exemptions_keep_registration_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.filed_at IS NOT NULL AND (
        TG_OP = 'DELETE'
        OR NEW.filed_at IS DISTINCT FROM OLD.filed_at
        OR NEW.filed_by_id IS DISTINCT FROM OLD.filed_by_id
        OR NEW.exports IS DISTINCT FROM OLD.exports
        OR NEW.recorded IS DISTINCT FROM OLD.recorded
        OR NEW.found <> OLD.found
        OR NEW.sha256 <> OLD.sha256
        OR NEW.due_at <> OLD.due_at)
    THEN
        RAISE EXCEPTION 'what was reported is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_registrationreport_kept BEFORE UPDATE OR DELETE ON exemptions_registrationreport
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_registration_report();
CREATE FUNCTION exemptions_keep_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.reference <> OLD.reference
        OR NEW.registration_id <> OLD.registration_id
        OR NEW.instrument_id <> OLD.instrument_id
        OR NEW.answers <> OLD.answers
        OR NEW.destination <> OLD.destination
        OR NEW.value <> OLD.value
        OR NEW.currency <> OLD.currency
        OR NEW.amount IS DISTINCT FROM OLD.amount
        OR NEW.findings <> OLD.findings
        OR NEW.for_officers <> OLD.for_officers
        OR NEW.facts <> OLD.facts
        OR NEW.rules <> OLD.rules
        OR NEW.declared_by_id <> OLD.declared_by_id
        OR NEW.declared_at <> OLD.declared_at
        OR (OLD.status <> 'in_review' AND NEW.status <> OLD.status)
    THEN
        RAISE EXCEPTION 'what was declared is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_use_kept BEFORE UPDATE OR DELETE ON exemptions_use
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_use();
CREATE FUNCTION exemptions_keep_bar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.organisation_id <> OLD.organisation_id
        OR NEW.keys <> OLD.keys
        OR NEW.reason <> OLD.reason
        OR NEW.told <> OLD.told
        OR NEW.barred_by_id <> OLD.barred_by_id
        OR NEW.barred_at <> OLD.barred_at
        OR (OLD.lifted_at IS NOT NULL AND NEW.lifted_at IS DISTINCT FROM OLD.lifted_at)
    THEN
        RAISE EXCEPTION 'a bar is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exemptions_bar_kept BEFORE UPDATE OR DELETE ON exemptions_bar
    FOR EACH ROW EXECUTE FUNCTION exemptions_keep_bar();
"""

LET_GO = """
DROP TRIGGER exemptions_bar_kept ON exemptions_bar;
DROP FUNCTION exemptions_keep_bar();
DROP TRIGGER exemptions_use_kept ON exemptions_use;
DROP FUNCTION exemptions_keep_use();
DROP TRIGGER exemptions_registrationreport_kept ON exemptions_registrationreport;
DROP FUNCTION exemptions_keep_registration_report();
DROP TRIGGER exemptions_registration_kept ON exemptions_registration;
DROP FUNCTION exemptions_keep_registration();
DROP TRIGGER exemptions_authorisation_kept ON exemptions_authorisation;
DROP FUNCTION exemptions_keep_authorisation();
"""


class Migration(migrations.Migration):
    dependencies = [("exemptions", "0003_authorisations")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
