"""The database itself: what a licence says changes with its edition alone, what was asked is kept, and an extended
licence holds only where it was consented to."""

from django.db import migrations

KEEP = """
CREATE FUNCTION licensing_keep_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.edition < OLD.edition OR (NEW.edition = OLD.edition AND (
        NEW.parties <> OLD.parties OR NEW.destinations <> OLD.destinations OR NEW.territory <> OLD.territory
        OR NEW.conditions <> OLD.conditions OR NEW.national_reference <> OLD.national_reference
        OR NEW.valid_from <> OLD.valid_from OR NEW.valid_until <> OLD.valid_until))
    THEN
        RAISE EXCEPTION 'what a licence says changes with its edition'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'licence_says_by_edition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_licence_edition BEFORE UPDATE ON licensing_licence
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_edition();

CREATE FUNCTION licensing_keep_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status NOT IN ('asked', 'recommended')
        OR NEW.licence_id <> OLD.licence_id OR NEW.kind <> OLD.kind OR NEW.changes <> OLD.changes
        OR NEW.reason <> OLD.reason OR NEW.asked_by_id <> OLD.asked_by_id OR NEW.asked_at <> OLD.asked_at
        OR NEW.revision_id IS DISTINCT FROM OLD.revision_id
    THEN
        RAISE EXCEPTION 'what was asked of a licence is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_licencechange_kept BEFORE UPDATE OR DELETE ON licensing_licencechange
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_change();

CREATE FUNCTION licensing_extended_where_consented() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM licensing_licence licence, jsonb_array_elements_text(licence.territory) member
        WHERE licence.id = NEW.licence_id AND member <> licence.issued_by_id AND NOT EXISTS (
            SELECT 1 FROM licensing_changeconsent consent
            WHERE consent.change_id = NEW.id AND consent.jurisdiction_id = member AND consent.status = 'given')
    ) THEN
        RAISE EXCEPTION 'an extended licence holds where it was consented to'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extended_where_consented';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER licensing_licencechange_consented AFTER UPDATE ON licensing_licencechange
    FOR EACH ROW WHEN (NEW.status = 'granted' AND NEW.kind = 'extension')
    EXECUTE FUNCTION licensing_extended_where_consented();

CREATE FUNCTION licensing_keep_change_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'asked' OR NEW.change_id <> OLD.change_id
        OR NEW.jurisdiction_id <> OLD.jurisdiction_id
    THEN
        RAISE EXCEPTION 'what a member said to a change is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_changeconsent_kept BEFORE UPDATE OR DELETE ON licensing_changeconsent
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_change_consent();
"""

LET_GO = """
DROP TRIGGER licensing_changeconsent_kept ON licensing_changeconsent;
DROP FUNCTION licensing_keep_change_consent();
DROP TRIGGER licensing_licencechange_consented ON licensing_licencechange;
DROP FUNCTION licensing_extended_where_consented();
DROP TRIGGER licensing_licencechange_kept ON licensing_licencechange;
DROP FUNCTION licensing_keep_change();
DROP TRIGGER licensing_licence_edition ON licensing_licence;
DROP FUNCTION licensing_keep_edition();
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0036_licence_changes")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
