"""What a WSGI server runs: ``granian --interface wsgi wsgi:app``."""

from __future__ import annotations

import sys

from app import create_app
from app.config import ConfigError
from app.llm import model_name
from app.llm.prices import price_of

try:
    app = create_app()
except ConfigError as error:
    sys.exit(str(error))

with app.app_context():
    price_of(model_name())  # the price list takes 0.1 s to load, for which no reader need wait
