"""What Foreword keeps. State changes are verbs on these models; none of them commits."""

from app.models.claim import Claim
from app.models.collaborator import Collaborator, Role
from app.models.document import Document, EditConflict
from app.models.extraction import Extraction, Source
from app.models.ledger_entry import LedgerEntry, Step
from app.models.login_session import LoginSession
from app.models.part import Part
from app.models.readership import Readership
from app.models.revision import Revision
from app.models.summary import Purpose, Summary
from app.models.tag import Tag
from app.models.usage_sum import UsageMark, UsageShare, UsageSum
from app.models.user import User
from app.models.work import IN_PROGRESS, MAX_ATTEMPTS, Status, Work

__all__ = [
    "IN_PROGRESS",
    "MAX_ATTEMPTS",
    "Claim",
    "Collaborator",
    "Document",
    "EditConflict",
    "Extraction",
    "LedgerEntry",
    "LoginSession",
    "Part",
    "Purpose",
    "Readership",
    "Revision",
    "Role",
    "Source",
    "Status",
    "Step",
    "Summary",
    "Tag",
    "UsageMark",
    "UsageShare",
    "UsageSum",
    "User",
    "Work",
]
