"""The database itself keeps to whom a link was sent, lets none be used twice or after it was revoked, and lets
nobody judge the monitor whom they named."""

from django.db import migrations

KEEP = """
CREATE FUNCTION enforcement_keep_monitorlink() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR OLD.used_at IS NOT NULL
        OR OLD.revoked_at IS NOT NULL
        OR NEW.uid <> OLD.uid
        OR NEW.shipment_id <> OLD.shipment_id
        OR NEW.person <> OLD.person
        OR NEW.organisation <> OLD.organisation
        OR NEW.email <> OLD.email
        OR NEW.by_holder <> OLD.by_holder
        OR NEW.asked_by_id <> OLD.asked_by_id
        OR NEW.asked_at <> OLD.asked_at
        OR (OLD.sent_at IS NOT NULL AND NEW.expires_at <> OLD.expires_at)
    THEN
        RAISE EXCEPTION 'links of monitors are kept as they were sent: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_monitorlink_kept BEFORE UPDATE OR DELETE ON enforcement_monitorlink
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_monitorlink();

CREATE OR REPLACE FUNCTION enforcement_keep_verification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR OLD.status <> 'confirmed'
        OR NEW.shipment_id <> OLD.shipment_id
        OR NEW.number <> OLD.number
        OR NEW.delivered_at <> OLD.delivered_at
        OR NEW.place <> OLD.place
        OR NEW.signed_by <> OLD.signed_by
        OR NEW.third_party <> OLD.third_party
        OR NEW.third_person <> OLD.third_person
        OR NEW.third_contact <> OLD.third_contact
        OR NEW.explanation <> OLD.explanation
        OR NEW.sha256 <> OLD.sha256
        OR NEW.confirmed_by_id IS DISTINCT FROM OLD.confirmed_by_id
        OR NEW.monitor_id IS DISTINCT FROM OLD.monitor_id
        OR NEW.confirmed_at <> OLD.confirmed_at
    THEN
        RAISE EXCEPTION 'what was confirmed is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (
        SELECT 1 FROM enforcement_monitorlink WHERE id = NEW.monitor_id AND asked_by_id = NEW.judged_by_id
    ) THEN
        RAISE EXCEPTION 'who named a monitor does not judge what they say'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'monitor_judged_by_another';
    END IF;
    RETURN NEW;
END $$;
"""

LET_GO = """
CREATE OR REPLACE FUNCTION enforcement_keep_verification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR OLD.status <> 'confirmed'
        OR NEW.shipment_id <> OLD.shipment_id
        OR NEW.number <> OLD.number
        OR NEW.delivered_at <> OLD.delivered_at
        OR NEW.place <> OLD.place
        OR NEW.signed_by <> OLD.signed_by
        OR NEW.third_party <> OLD.third_party
        OR NEW.third_person <> OLD.third_person
        OR NEW.third_contact <> OLD.third_contact
        OR NEW.explanation <> OLD.explanation
        OR NEW.sha256 <> OLD.sha256
        OR NEW.confirmed_by_id <> OLD.confirmed_by_id
        OR NEW.confirmed_at <> OLD.confirmed_at
    THEN
        RAISE EXCEPTION 'what was confirmed is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER enforcement_monitorlink_kept ON enforcement_monitorlink;
DROP FUNCTION enforcement_keep_monitorlink();
"""


class Migration(migrations.Migration):
    dependencies = [("enforcement", "0004_monitor_links")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
