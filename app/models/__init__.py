"""What Foreword keeps. State changes are verbs on these models; none of them commits."""

from app.models.claim import Claim
from app.models.collaborator import Collaborator, Role
from app.models.document import Document, EditConflict
from app.models.ledger_entry import LedgerEntry
from app.models.readership import Readership
from app.models.revision import Revision
from app.models.summary import Purpose, Status, Summary
from app.models.user import User

__all__ = [
    "Claim",
    "Collaborator",
    "Document",
    "EditConflict",
    "LedgerEntry",
    "Purpose",
    "Readership",
    "Revision",
    "Role",
    "Status",
    "Summary",
    "User",
]
