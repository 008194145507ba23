"""jobs"""

import sqlalchemy as sa
from alembic import op

revision = 'c5862b6bdc8b'
down_revision = '9e6c7ce58739'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('schedule',
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=63), nullable=False),
    sa.Column('args', sa.JSON(), nullable=False),
    sa.Column('cron', sa.String(length=100), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('as_system', sa.Boolean(), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('next_run', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_run', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_schedule_owner_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedule'))
    )
    with op.batch_alter_table('schedule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_schedule_next_run'), ['next_run'], unique=False)
        batch_op.create_index(batch_op.f('ix_schedule_owner_id'), ['owner_id'], unique=False)

    op.create_table('job',
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('state', sa.Enum('queued', 'running', 'done', 'failed', 'cancelled', 'broken', name='jobstate', native_enum=False, length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('owner_name', sa.String(length=130), nullable=False),
    sa.Column('result_name', sa.String(length=255), nullable=True),
    sa.Column('error', sa.String(), nullable=False),
    sa.Column('kind', sa.String(length=63), nullable=False),
    sa.Column('args', sa.JSON(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('log', sa.Text(), nullable=False),
    sa.Column('result_key', sa.String(length=80), nullable=True),
    sa.Column('result_media', sa.String(length=100), nullable=True),
    sa.Column('result_size', sa.BigInteger(), nullable=True),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('locale', sa.String(length=10), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('worker', sa.String(length=100), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('as_system', sa.Boolean(), nullable=False),
    sa.Column('schedule_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_job_owner_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['schedule_id'], ['schedule.id'], name=op.f('fk_job_schedule_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job'))
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_owner_id_created_at'), ['owner_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_schedule_id'), ['schedule_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_state_finished_at'), ['state', 'finished_at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_state_finished_at'))
        batch_op.drop_index(batch_op.f('ix_job_schedule_id'))
        batch_op.drop_index(batch_op.f('ix_job_owner_id_created_at'))
        batch_op.drop_index(batch_op.f('ix_job_kind'))
        batch_op.drop_index(batch_op.f('ix_job_created_at'))

    op.drop_table('job')
    with op.batch_alter_table('schedule', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_schedule_owner_id'))
        batch_op.drop_index(batch_op.f('ix_schedule_next_run'))

    op.drop_table('schedule')
