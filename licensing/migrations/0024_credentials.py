"""What is certified of each edition of a licence; the database refuses to change or delete it."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


KEEP = """
CREATE FUNCTION licensing_keep_credential() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was certified is kept: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER licensing_licencecredential_kept BEFORE UPDATE OR DELETE ON licensing_licencecredential
    FOR EACH ROW EXECUTE FUNCTION licensing_keep_credential();
"""

LET_GO = """
DROP TRIGGER licensing_licencecredential_kept ON licensing_licencecredential;
DROP FUNCTION licensing_keep_credential();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('licensing', '0023_keep_provisional_allowances'),
        ('members', '0006_issuer_keys'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='LicenceCredential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('edition', models.PositiveSmallIntegerField()),
                ('list_number', models.PositiveIntegerField()),
                ('list_index', models.PositiveIntegerField()),
                ('claims', models.JSONField()),
                ('salt', models.CharField(max_length=43)),
                ('made_at', models.DateTimeField()),
                ('issuer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.jurisdiction')),
                ('licence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to='licensing.licence')),
            ],
            options={
                'ordering': ['licence', 'edition'],
                'constraints': [models.UniqueConstraint(fields=('licence', 'edition'), name='credential_one_of_an_edition'), models.UniqueConstraint(fields=('issuer', 'list_number', 'list_index'), name='credential_alone_in_its_place'), models.CheckConstraint(condition=models.Q(('list_index__lt', 131072), ('list_number__gte', 1)), name='credential_in_a_list'), models.CheckConstraint(condition=models.Q(('edition__gte', 1)), name='credential_of_an_edition')],
            },
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
