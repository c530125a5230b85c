import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """An entry is kept with the versions it stands in; a list knows how it is kept up to date."""

    dependencies = [
        ('screening', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '5s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='OwnershipLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.CharField(max_length=100)),
                ('owned', models.CharField(max_length=100)),
                ('share', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AlterModelOptions(
            name='entry',
            options={'ordering': ['pk']},
        ),
        migrations.RemoveConstraint(
            model_name='entry',
            name='entry_once_per_snapshot',
        ),
        migrations.RenameField(model_name='entry', old_name='snapshot', new_name='since'),
        migrations.AddField(
            model_name='entry',
            name='addresses',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='entry',
            name='born',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='entry',
            name='listed',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='part',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='entry',
            name='sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='entry',
            name='source_list',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.sourcelist'),
        ),
        migrations.AddField(
            model_name='entry',
            name='until',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.snapshot'),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='added_count',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='changed_count',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='published',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='removed_count',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='checked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='every_hours',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='failed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='failure',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='format',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='max_age_hours',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='tried_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='urls',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='sourcelist',
            name='validators',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AlterField(
            model_name='entry',
            name='entry_id',
            field=models.CharField(max_length=100),
        ),
        migrations.AlterField(
            model_name='hit',
            name='entry_id',
            field=models.CharField(max_length=100),
        ),
        migrations.AddField(
            model_name='ownershiplink',
            name='since',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.snapshot'),
        ),
        migrations.AddField(
            model_name='ownershiplink',
            name='source_list',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.sourcelist'),
        ),
        migrations.AddField(
            model_name='ownershiplink',
            name='until',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.snapshot'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='since',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='screening.snapshot'),
        ),
    ]
