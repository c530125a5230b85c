"""The database itself refuses to change what was recorded, and queues every event for its seal."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_event_append_only BEFORE UPDATE OR DELETE ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_event_no_truncate BEFORE TRUNCATE ON ledger_event
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_leaf_append_only BEFORE UPDATE OR DELETE ON ledger_leaf
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_leaf_no_truncate BEFORE TRUNCATE ON ledger_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE FUNCTION ledger_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_unsealed (event_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_event_awaits_seal AFTER INSERT ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_await_seal();

CREATE FUNCTION ledger_position_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.position IS NOT NULL OR NEW.audience <> OLD.audience OR NEW.event_id <> OLD.event_id THEN
        RAISE EXCEPTION 'the place of a feed entry is given once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_feedentry_once BEFORE UPDATE ON ledger_feedentry
    FOR EACH ROW EXECUTE FUNCTION ledger_position_once();
CREATE TRIGGER ledger_feedentry_kept BEFORE DELETE ON ledger_feedentry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_feedentry_no_truncate BEFORE TRUNCATE ON ledger_feedentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_eventdetail_unchanged BEFORE UPDATE ON ledger_eventdetail
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON ledger_event, ledger_leaf FROM entente_app;
        REVOKE DELETE, TRUNCATE ON ledger_feedentry FROM entente_app;
        REVOKE UPDATE, TRUNCATE ON ledger_eventdetail FROM entente_app;
    END IF;
END $$;
"""

ALLOW = """
DROP TRIGGER ledger_eventdetail_unchanged ON ledger_eventdetail;
DROP TRIGGER ledger_feedentry_no_truncate ON ledger_feedentry;
DROP TRIGGER ledger_feedentry_kept ON ledger_feedentry;
DROP TRIGGER ledger_feedentry_once ON ledger_feedentry;
DROP TRIGGER ledger_leaf_no_truncate ON ledger_leaf;
DROP TRIGGER ledger_leaf_append_only ON ledger_leaf;
DROP TRIGGER ledger_event_no_truncate ON ledger_event;
DROP TRIGGER ledger_event_append_only ON ledger_event;
DROP TRIGGER ledger_event_awaits_seal ON ledger_event;
DROP FUNCTION ledger_await_seal();
DROP FUNCTION ledger_position_once();
DROP FUNCTION ledger_refuse_change();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
        GRANT UPDATE, DELETE ON ledger_event, ledger_leaf, ledger_feedentry, ledger_eventdetail TO entente_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
