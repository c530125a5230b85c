from django.db import migrations, models
import django.db.models.deletion

import core.clock


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0006_issuer_keys'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('request_hash', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField()),
                ('headers', models.JSONField(default=dict)),
                ('body', models.BinaryField()),
                ('answered_at', models.DateTimeField(default=core.clock.now)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='members.apiclient')),
            ],
            options={
                'indexes': [models.Index(fields=['answered_at'], name='keptanswer_by_age')],
                'constraints': [models.UniqueConstraint(fields=('client', 'key'), name='keptanswer_once_for_a_key'), models.CheckConstraint(condition=models.Q(('status__gte', 200), ('status__lt', 500), models.Q(('key', ''), _negated=True)), name='keptanswer_of_an_act')],
            },
        ),
    ]
