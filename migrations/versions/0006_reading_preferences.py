"""How a person wants to read: in which language, and whether pages bring themselves up to date.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-26 02:50:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

# SQLite copies the table for it, and must go on never giving an id twice.
NEVER_AGAIN = {'table_kwargs': {'sqlite_autoincrement': True}}


def upgrade():
    with op.batch_alter_table('user', **NEVER_AGAIN) as table:
        table.add_column(sa.Column('locale', sa.String(length=16), nullable=True))
        table.add_column(sa.Column('updates_paused', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade():
    with op.batch_alter_table('user', **NEVER_AGAIN) as table:
        table.drop_column('updates_paused')
        table.drop_column('locale')
