"""Sessions that a person can end, administrators, and the request that a piece of work was asked for in.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-25 19:00:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

# SQLite alters some things by copying the table, and would forget that an id is never given twice.
NEVER_AGAIN = {'table_kwargs': {'sqlite_autoincrement': True}}


def upgrade():
    op.create_table('login_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('remembered', sa.Boolean(), nullable=False),
    sa.Column('device', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_login_session_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_session')),
    sa.UniqueConstraint('digest', name=op.f('uq_login_session_digest'))
    )
    with op.batch_alter_table('login_session') as table:
        table.create_index(table.f('ix_login_session_user_id'), ['user_id'], unique=False)

    with op.batch_alter_table('user') as table:
        table.add_column(sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column('is_admin', sa.Boolean(), nullable=False, server_default=sa.false()))

    # Until now everybody was let in, so everybody stays.
    op.execute(sa.text('UPDATE "user" SET confirmed_at = created_at'))

    with op.batch_alter_table('summary', **NEVER_AGAIN) as table:
        table.add_column(sa.Column('request_id', sa.String(length=64), nullable=False, server_default=''))

    with op.batch_alter_table('extraction') as table:
        table.add_column(sa.Column('request_id', sa.String(length=64), nullable=False, server_default=''))


def downgrade():
    op.drop_table('login_session')

    with op.batch_alter_table('extraction') as table:
        table.drop_column('request_id')

    with op.batch_alter_table('summary', **NEVER_AGAIN) as table:
        table.drop_column('request_id')

    with op.batch_alter_table('user') as table:
        table.drop_column('is_admin')
        table.drop_column('confirmed_at')
