"""The database itself takes only members that may see the case as readers of a message, and changes none."""

from django.db import migrations

KEEP = """
CREATE FUNCTION licensing_name_participants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written record;
BEGIN
    SELECT m.case_id, m.sender_id, m.thread_id, c.lead_id INTO written
        FROM licensing_casemessage m JOIN licensing_case c ON c.id = m.case_id WHERE m.id = NEW.message_id;
    IF NEW.jurisdiction_id = written.sender_id THEN
        RAISE EXCEPTION 'a message names other members than its own' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.jurisdiction_id <> written.lead_id AND NOT EXISTS (
        SELECT FROM licensing_stake WHERE case_id = written.case_id AND jurisdiction_id = NEW.jurisdiction_id
    ) THEN
        RAISE EXCEPTION 'a message names members that may see its case: not %', NEW.jurisdiction_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF written.thread_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM licensing_casemessage root WHERE root.id = written.thread_id
            AND root.case_id = written.case_id AND root.thread_id IS NULL
            AND (root.sender_id = NEW.jurisdiction_id OR EXISTS (
                SELECT FROM licensing_messageaddressee one
                    WHERE one.message_id = root.id AND one.jurisdiction_id = NEW.jurisdiction_id))
    ) THEN
        RAISE EXCEPTION 'a reply names members of its thread: not %', NEW.jurisdiction_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_messageaddressee_participant BEFORE INSERT ON licensing_messageaddressee
    FOR EACH ROW EXECUTE FUNCTION licensing_name_participants();

CREATE FUNCTION licensing_receive_at_addressee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.authority_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM licensing_messageaddressee named JOIN members_authority its
            ON its.jurisdiction_id = named.jurisdiction_id
            WHERE named.id = NEW.addressee_id AND its.id = NEW.authority_id
    ) THEN
        RAISE EXCEPTION 'a message is received by authorities of the member it names' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER licensing_messagereceipt_at_addressee BEFORE INSERT ON licensing_messagereceipt
    FOR EACH ROW EXECUTE FUNCTION licensing_receive_at_addressee();

CREATE TRIGGER licensing_casemessage_kept BEFORE UPDATE OR DELETE ON licensing_casemessage
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_signed();
CREATE TRIGGER licensing_messageaddressee_kept BEFORE UPDATE OR DELETE ON licensing_messageaddressee
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_signed();
CREATE TRIGGER licensing_messagereceipt_kept BEFORE UPDATE OR DELETE ON licensing_messagereceipt
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_signed();
CREATE TRIGGER licensing_messagesignature_kept BEFORE UPDATE OR DELETE ON licensing_messagesignature
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_signed();
"""

LET_GO = """
DROP TRIGGER licensing_messagesignature_kept ON licensing_messagesignature;
DROP TRIGGER licensing_messagereceipt_kept ON licensing_messagereceipt;
DROP TRIGGER licensing_messageaddressee_kept ON licensing_messageaddressee;
DROP TRIGGER licensing_casemessage_kept ON licensing_casemessage;
DROP TRIGGER licensing_messagereceipt_at_addressee ON licensing_messagereceipt;
DROP FUNCTION licensing_receive_at_addressee();
DROP TRIGGER licensing_messageaddressee_participant ON licensing_messageaddressee;
DROP FUNCTION licensing_name_participants();
"""


class Migration(migrations.Migration):
    dependencies = [("licensing", "0030_messages")]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
