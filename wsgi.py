"""What a WSGI server runs: ``granian --interface wsgi wsgi:app``."""

from __future__ import annotations

import sys

from app import create_app
from app.config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    sys.exit(str(error))
