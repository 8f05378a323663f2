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
    with op.batch_alter_table('user') as table:
        table.add_column(sa.Column('session_stamp', sa.String(length=32), nullable=False, server_default=''))
        table.add_column(sa.Column('is_admin', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('summary', **NEVER_AGAIN) as table:
        table.add_column(sa.Column('request_id', sa.String(length=64), nullable=False, server_default=''))

    with op.batch_alter_table('extraction') as table:
        table.add_column(sa.Column('request_id', sa.String(length=64), nullable=False, server_default=''))


def downgrade():
    with op.batch_alter_table('extraction') as table:
        table.drop_column('request_id')

    with op.batch_alter_table('summary', **NEVER_AGAIN) as table:
        table.drop_column('request_id')

    with op.batch_alter_table('user') as table:
        table.drop_column('is_admin')
        table.drop_column('session_stamp')
