import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What waiting costs stands beside the case; cases assessed before have no row until they are assessed again."""

    dependencies = [
        ('licensing', '0007_emergencies'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Harm',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='harm', serialize=False, to='licensing.case')),
                ('base', models.PositiveIntegerField()),
                ('rise', models.PositiveIntegerField()),
                ('most', models.PositiveIntegerField()),
                ('needed_by', models.DateTimeField(blank=True, null=True)),
                ('run_up', models.PositiveIntegerField()),
                ('peak', models.PositiveIntegerField()),
                ('after', models.PositiveIntegerField()),
                ('lines', models.JSONField()),
                ('version', models.CharField(blank=True, max_length=40)),
                ('judged_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('most__gte', models.F('base'))), name='harm_most_is_reached_from_base'), models.CheckConstraint(condition=models.Q(('after__lte', models.F('base'))), name='harm_after_is_no_more_than_before')],
            },
        ),
    ]
