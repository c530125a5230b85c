"""Cases of different members for the same end-user."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intelligence', '0003_notices'),
        ('licensing', '0028_no_undercut'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='LinkedCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('found_at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='licensing.case')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='licensing.case')),
                ('shared_party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intelligence.sharedparty')),
            ],
            options={
                'ordering': ['-found_at', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('case', 'other', 'shared_party'), name='linked_case_once'), models.CheckConstraint(condition=models.Q(('case', models.F('other')), _negated=True), name='linked_case_another')],
            },
        ),
    ]
