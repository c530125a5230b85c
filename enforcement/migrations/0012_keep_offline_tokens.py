"""The database itself keeps tokens and what was told of their use, lets a token cover only what was drawn of its own
reservation in its time, and lets nobody settle what they proposed."""

from django.db import migrations

KEEP = """
CREATE FUNCTION enforcement_keep_offline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tokens and what was told of their use are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER enforcement_offlinetoken_kept BEFORE UPDATE OR DELETE ON enforcement_offlinetoken
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_offline();
CREATE TRIGGER enforcement_offlineuse_kept BEFORE UPDATE OR DELETE ON enforcement_offlineuse
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_offline();

CREATE FUNCTION enforcement_count_offlinetoken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM enforcement_reservation WHERE id = NEW.reservation_id AND status = 'reserved'
            AND shipment_id IS NULL AND expires_at >= NEW.valid_until
    ) THEN
        RAISE EXCEPTION 'a token is a quantity that is reserved for as long as it is valid'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offline_token_is_reserved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_offlinetoken_counted BEFORE INSERT ON enforcement_offlinetoken
    FOR EACH ROW EXECUTE FUNCTION enforcement_count_offlinetoken();

CREATE FUNCTION enforcement_count_offlineuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.confirmed > 0 AND NOT EXISTS (
        SELECT 1 FROM enforcement_offlinetoken token
        JOIN enforcement_reservation reserved ON reserved.id = token.reservation_id
        WHERE token.id = NEW.token_id AND reserved.status = 'confirmed'
            AND reserved.jurisdiction_id = NEW.jurisdiction_id AND reserved.office = NEW.office
            AND reserved.licence_id = NEW.licence_id
            AND NEW.used_at >= date_trunc('minute', token.made_at) AND NEW.used_at < token.valid_until
            AND NEW.confirmed = (
                SELECT SUM(quantity) FROM enforcement_drawdownline WHERE reservation_id = reserved.id
            )
    ) THEN
        RAISE EXCEPTION 'a token covers what was drawn of its reservation, at its office and in its time'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offline_use_was_drawn';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_offlineuse_counted BEFORE INSERT ON enforcement_offlineuse
    FOR EACH ROW EXECUTE FUNCTION enforcement_count_offlineuse();

CREATE FUNCTION enforcement_keep_offlineconflict() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' OR NEW.quantity <> (
            SELECT quantity - confirmed FROM enforcement_offlineuse WHERE id = NEW.use_id
        ) THEN
            RAISE EXCEPTION 'a conflict is about all that a token did not cover'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'offline_conflict_is_the_rest';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
        OR OLD.status IN ('accepted', 'dismissed', 'referred')
        OR NEW.uid <> OLD.uid
        OR NEW.use_id <> OLD.use_id
        OR NEW.reason <> OLD.reason
        OR NEW.detail <> OLD.detail
        OR NEW.quantity <> OLD.quantity
        OR (OLD.status, NEW.status) NOT IN (
            ('open', 'proposed'), ('open', 'referred'), ('proposed', 'open'), ('proposed', 'accepted'),
            ('proposed', 'dismissed'), ('proposed', 'referred'))
    THEN
        RAISE EXCEPTION 'conflicts are kept as they were found and settled: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enforcement_offlineconflict_kept BEFORE INSERT OR UPDATE OR DELETE ON enforcement_offlineconflict
    FOR EACH ROW EXECUTE FUNCTION enforcement_keep_offlineconflict();
"""

LET_GO = """
DROP TRIGGER enforcement_offlineconflict_kept ON enforcement_offlineconflict;
DROP FUNCTION enforcement_keep_offlineconflict();
DROP TRIGGER enforcement_offlineuse_counted ON enforcement_offlineuse;
DROP FUNCTION enforcement_count_offlineuse();
DROP TRIGGER enforcement_offlinetoken_counted ON enforcement_offlinetoken;
DROP FUNCTION enforcement_count_offlinetoken();
DROP TRIGGER enforcement_offlineuse_kept ON enforcement_offlineuse;
DROP TRIGGER enforcement_offlinetoken_kept ON enforcement_offlinetoken;
DROP FUNCTION enforcement_keep_offline();
"""


class Migration(migrations.Migration):
    dependencies = [("enforcement", "0011_offline_tokens")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
