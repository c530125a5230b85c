"""The database itself counts shipments and customs' reservations together, under the lock of the licence's line; it
draws nothing of a licence that is not issued there, and keeps every line of the drawdown ledger."""

from django.db import migrations

KEEP = """
CREATE FUNCTION enforcement_taken(of_line bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT COALESCE((
        SELECT SUM(other.quantity) FROM enforcement_shipmentline other
        JOIN enforcement_shipment shipment ON shipment.id = other.shipment_id
        WHERE other.licence_line_id = of_line AND shipment.status NOT IN ('cancelled', 'stopped')
    ), 0) + COALESCE((
        SELECT SUM(reserved.quantity) FROM enforcement_reservation reserved
        WHERE reserved.licence_line_id = of_line AND reserved.shipment_id IS NULL AND reserved.status = 'reserved'
    ), 0) + COALESCE((
        SELECT SUM(drawn.quantity) FROM enforcement_drawdownline drawn
        JOIN enforcement_reservation reserved ON reserved.id = drawn.reservation_id
        WHERE reserved.licence_line_id = of_line AND reserved.shipment_id IS NULL
    ), 0);
$$;

CREATE FUNCTION enforcement_drawn_of_shipment(of_line bigint, of_shipment bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT COALESCE((
        SELECT SUM(reserved.quantity) FROM enforcement_reservation reserved
        WHERE reserved.licence_line_id = of_line AND reserved.shipment_id = of_shipment AND reserved.status = 'reserved'
    ), 0) + COALESCE((
        SELECT SUM(drawn.quantity) FROM enforcement_drawdownline drawn
        JOIN enforcement_reservation reserved ON reserved.id = drawn.reservation_id
        WHERE reserved.licence_line_id = of_line AND reserved.shipment_id = of_shipment
    ), 0);
$$;

CREATE OR REPLACE FUNCTION enforcement_count_line() RETURNS trigger LANGUAGE plpgsql AS $$
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
    SELECT enforcement_taken(NEW.licence_line_id) INTO taken;
    IF taken + NEW.quantity > licensed THEN
        RAISE EXCEPTION 'shipments take more than is licensed: % + % of %', taken, NEW.quantity, licensed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipments_within_licence';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION enforcement_within_licence(of_line bigint, of_shipment bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    most numeric;
    taken numeric;
BEGIN
    SELECT quantity INTO most FROM licensing_licenceline WHERE id = of_line FOR NO KEY UPDATE;
    SELECT enforcement_taken(of_line) INTO taken;
    IF taken > most THEN
        RAISE EXCEPTION 'customs draw more than is licensed: % of %', taken, most
            USING ERRCODE = 'check_violation', CONSTRAINT = 'drawdown_within_licence';
    END IF;
    IF of_shipment IS NOT NULL THEN
        SELECT COALESCE(SUM(quantity), 0) INTO most FROM enforcement_shipmentline
            WHERE shipment_id = of_shipment AND licence_line_id = of_line;
        SELECT enforcement_drawn_of_shipment(of_line, of_shipment) INTO taken;
        IF taken > most THEN
            RAISE EXCEPTION 'customs draw more than the shipment holds: % of %', taken, most
                USING ERRCODE = 'check_violation', CONSTRAINT = 'drawdown_within_shipment';
        END IF;
    END IF;
END $$;

CREATE FUNCTION enforcement_keep_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR NEW.uid <> OLD.uid
        OR NEW.licence_id <> OLD.licence_id
        OR NEW.licence_line_id <> OLD.licence_line_id
        OR NEW.shipment_id IS DISTINCT FROM OLD.shipment_id
        OR NEW.jurisdiction_id <> OLD.jurisdiction_id
        OR NEW.office <> OLD.office
        OR NEW.declaration <> OLD.declaration
        OR NEW.quantity <> OLD.quantity
        OR NEW.reserved_by_id <> OLD.reserved_by_id
        OR NEW.reserved_at <> OLD.reserved_at
        OR NEW.expires_at <> OLD.expires_at
        OR (OLD.status, NEW.status) NOT IN (
            ('reserved', 'reserved'), ('reserved', 'confirmed'), ('reserved', 'released'),
            ('reserved', 'expired'), ('expired', 'confirmed'), ('confirmed', 'cancelled'))
    THEN
        RAISE EXCEPTION 'what customs reserved is kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.status = 'confirmed' AND NEW.shipment_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM enforcement_shipment WHERE id = NEW.shipment_id AND status IN ('in_transit', 'delivered')
    ) THEN
        RAISE EXCEPTION 'what a shipment holds is drawn once it has left'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'drawdown_of_what_has_left';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_reservation_kept BEFORE UPDATE OR DELETE ON enforcement_reservation
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_reservation();

CREATE FUNCTION enforcement_count_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'reserved' OR NOT EXISTS (
        SELECT 1 FROM licensing_licence licence JOIN licensing_licenceline line ON line.licence_id = licence.id
        WHERE licence.id = NEW.licence_id AND line.id = NEW.licence_line_id
            AND licence.status = 'issued' AND licence.territory ? NEW.jurisdiction_id
    ) THEN
        RAISE EXCEPTION 'customs reserve of a line of a licence that is issued and holds in their member'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reservation_of_issued_licence';
    END IF;
    PERFORM enforcement_within_licence(NEW.licence_line_id, NEW.shipment_id);
    RETURN NULL;
END $$;
CREATE TRIGGER enforcement_reservation_counted AFTER INSERT ON enforcement_reservation
    FOR EACH ROW EXECUTE FUNCTION enforcement_count_reservation();

CREATE FUNCTION enforcement_count_drawdown() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken enforcement_reservation%ROWTYPE;
    own numeric;
BEGIN
    SELECT * INTO taken FROM enforcement_reservation WHERE id = NEW.reservation_id;
    SELECT SUM(quantity) INTO own FROM enforcement_drawdownline WHERE reservation_id = NEW.reservation_id;
    IF (NEW.kind = 'contra' AND (taken.status <> 'cancelled' OR own <> 0))
        OR (NEW.kind <> 'contra' AND (taken.status <> 'confirmed' OR own <= 0))
    THEN
        RAISE EXCEPTION 'a contra cancels the whole, every other line is of what is confirmed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'drawdown_zero_only_cancels';
    END IF;
    PERFORM enforcement_within_licence(taken.licence_line_id, taken.shipment_id);
    RETURN NULL;
END $$;
CREATE TRIGGER enforcement_drawdownline_counted AFTER INSERT ON enforcement_drawdownline
    FOR EACH ROW EXECUTE FUNCTION enforcement_count_drawdown();

CREATE FUNCTION enforcement_keep_drawdown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lines of the drawdown are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER enforcement_drawdownline_kept BEFORE UPDATE OR DELETE ON enforcement_drawdownline
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_drawdown();
"""

LET_GO = """
DROP TRIGGER enforcement_drawdownline_kept ON enforcement_drawdownline;
DROP FUNCTION enforcement_keep_drawdown();
DROP TRIGGER enforcement_drawdownline_counted ON enforcement_drawdownline;
DROP FUNCTION enforcement_count_drawdown();
DROP TRIGGER enforcement_reservation_counted ON enforcement_reservation;
DROP FUNCTION enforcement_count_reservation();
DROP TRIGGER enforcement_reservation_kept ON enforcement_reservation;
DROP FUNCTION enforcement_keep_reservation();
DROP FUNCTION enforcement_within_licence(bigint, bigint);
CREATE OR REPLACE FUNCTION enforcement_count_line() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP FUNCTION enforcement_drawn_of_shipment(bigint, bigint);
DROP FUNCTION enforcement_taken(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("enforcement", "0006_drawdown")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
