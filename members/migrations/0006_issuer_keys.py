"""The keys members sign with; the database refuses to change what one is, to delete it and to undo its end."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

KEEP = """
CREATE FUNCTION members_keep_issuer_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{sealed,retired_at,revoked_at,revoked_on,revoked_because,revoked_by_id}'::text[]
            = to_jsonb(OLD) - '{sealed,retired_at,revoked_at,revoked_on,revoked_because,revoked_by_id}'::text[]
            AND (OLD.retired_at IS NULL OR NEW.retired_at IS NOT DISTINCT FROM OLD.retired_at)
            AND (OLD.revoked_at IS NULL OR (
                (NEW.revoked_at, NEW.revoked_on, NEW.revoked_because, NEW.revoked_by_id)
                IS NOT DISTINCT FROM
                (OLD.revoked_at, OLD.revoked_on, OLD.revoked_because, OLD.revoked_by_id))) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'keys that members sign with are kept: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER members_issuerkey_kept BEFORE UPDATE OR DELETE ON members_issuerkey
    FOR EACH ROW EXECUTE FUNCTION members_keep_issuer_key();
"""

LET_GO = """
DROP TRIGGER members_issuerkey_kept ON members_issuerkey;
DROP FUNCTION members_keep_issuer_key();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("members", "0005_humanitarian_adjudicators"),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='IssuerKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kid', models.CharField(max_length=16, unique=True)),
                ('algorithm', models.CharField(default='ES256', max_length=10)),
                ('public', models.JSONField()),
                ('sealed', models.TextField()),
                ('valid_from', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_on', models.DateTimeField(blank=True, null=True)),
                ('revoked_because', models.CharField(blank=True, max_length=500)),
                ('jurisdiction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issuer_keys', to='members.jurisdiction')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['jurisdiction', '-valid_from', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True), ('revoked_at__isnull', True)), fields=('jurisdiction',), name='issuer_key_one_signs'), models.CheckConstraint(condition=models.Q(('algorithm', 'ES256')), name='issuer_key_algorithm_known'), models.CheckConstraint(condition=models.Q(('retired_at__isnull', True), ('retired_at__gte', models.F('valid_from')), _connector='OR'), name='issuer_key_retired_later'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_because', ''), ('revoked_by__isnull', True), ('revoked_on__isnull', True)), models.Q(('revoked_at__gte', models.F('valid_from')), ('revoked_by__isnull', False), ('revoked_on__gte', models.F('revoked_at')), models.Q(('revoked_because', ''), _negated=True)), _connector='OR'), name='issuer_key_revoked_with_its_reason')],
            },
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
