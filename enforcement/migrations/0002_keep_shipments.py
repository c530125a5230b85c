"""The database itself counts what shipments take of a licence, lets none leave under one that is not issued, and
keeps what was declared, confirmed and found."""

from django.db import migrations

KEEP = """
CREATE FUNCTION enforcement_count_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    licensed numeric;
    taken numeric;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'lines of shipments are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT line.quantity INTO licensed FROM licensing_licenceline line
        JOIN enforcement_shipment shipment ON shipment.licence_id = line.licence_id
        WHERE line.id = NEW.licence_line_id AND shipment.id = NEW.shipment_id
        FOR NO KEY UPDATE OF line;
    IF licensed IS NULL THEN
        RAISE EXCEPTION 'a shipment takes of its own licence alone' USING ERRCODE = 'check_violation';
    END IF;
    SELECT COALESCE(SUM(other.quantity), 0) INTO taken FROM enforcement_shipmentline other
        JOIN enforcement_shipment shipment ON shipment.id = other.shipment_id
        WHERE other.licence_line_id = NEW.licence_line_id AND shipment.status NOT IN ('cancelled', 'stopped');
    IF taken + NEW.quantity > licensed THEN
        RAISE EXCEPTION 'shipments take more than is licensed: % + % of %', taken, NEW.quantity, licensed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipments_within_licence';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_shipmentline_counted BEFORE INSERT OR UPDATE OR DELETE ON enforcement_shipmentline
    FOR EACH ROW EXECUTE FUNCTION enforcement_count_line();

CREATE FUNCTION enforcement_keep_shipment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.reference <> OLD.reference
        OR NEW.licence_id <> OLD.licence_id
        OR NEW.leaves_from_id <> OLD.leaves_from_id
        OR NEW.via <> OLD.via
        OR NEW.destination <> OLD.destination
        OR NEW.planned_departure <> OLD.planned_departure
        OR NEW.planned_arrival <> OLD.planned_arrival
        OR NEW.verification <> OLD.verification
        OR NEW.declared_by_id <> OLD.declared_by_id
        OR NEW.declared_at <> OLD.declared_at
        OR (OLD.departed_at IS NOT NULL AND (
            NEW.departed_at IS DISTINCT FROM OLD.departed_at
            OR NEW.departed_by_id IS DISTINCT FROM OLD.departed_by_id
            OR NEW.verify_by IS DISTINCT FROM OLD.verify_by))
        OR (OLD.status IN ('cancelled', 'stopped') AND NEW.status <> OLD.status)
        OR (OLD.status = 'delivered' AND NEW.status <> OLD.status)
    THEN
        RAISE EXCEPTION 'what was declared is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.status = 'declared' AND NEW.status = 'in_transit' AND NOT EXISTS (
        SELECT 1 FROM licensing_licence WHERE id = NEW.licence_id AND status = 'issued'
    ) THEN
        RAISE EXCEPTION 'nothing leaves under a licence that is not issued'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_leaves_under_issued_licence';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_shipment_kept BEFORE UPDATE OR DELETE ON enforcement_shipment
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_shipment();

CREATE FUNCTION enforcement_keep_verification() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER enforcement_deliveryverification_kept BEFORE UPDATE OR DELETE ON enforcement_deliveryverification
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_verification();

CREATE FUNCTION enforcement_keep_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR OLD.status <> 'asked'
        OR NEW.reference <> OLD.reference
        OR NEW.member_id <> OLD.member_id
        OR NEW.licence_id IS DISTINCT FROM OLD.licence_id
        OR NEW.provider_id IS DISTINCT FROM OLD.provider_id
        OR NEW.destination <> OLD.destination
        OR NEW.asked_by_id <> OLD.asked_by_id
        OR NEW.asked_at <> OLD.asked_at
    THEN
        RAISE EXCEPTION 'what a check is of, and what it found, is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_preshipmentcheck_kept BEFORE UPDATE OR DELETE ON enforcement_preshipmentcheck
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_check();

CREATE FUNCTION enforcement_keep_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'parties and deliveries of shipments are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER enforcement_shipmentparty_kept BEFORE UPDATE OR DELETE ON enforcement_shipmentparty
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_row();
CREATE TRIGGER enforcement_deliveredline_kept BEFORE UPDATE OR DELETE ON enforcement_deliveredline
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_row();
"""

LET_GO = """
DROP TRIGGER enforcement_deliveredline_kept ON enforcement_deliveredline;
DROP TRIGGER enforcement_shipmentparty_kept ON enforcement_shipmentparty;
DROP FUNCTION enforcement_keep_row();
DROP TRIGGER enforcement_preshipmentcheck_kept ON enforcement_preshipmentcheck;
DROP FUNCTION enforcement_keep_check();
DROP TRIGGER enforcement_deliveryverification_kept ON enforcement_deliveryverification;
DROP FUNCTION enforcement_keep_verification();
DROP TRIGGER enforcement_shipment_kept ON enforcement_shipment;
DROP FUNCTION enforcement_keep_shipment();
DROP TRIGGER enforcement_shipmentline_counted ON enforcement_shipmentline;
DROP FUNCTION enforcement_count_line();
"""


class Migration(migrations.Migration):
    dependencies = [("enforcement", "0001_shipments")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
