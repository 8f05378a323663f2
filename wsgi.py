"""What a WSGI server runs: ``granian --interface wsgi wsgi:app``."""

from __future__ import annotations

import gc
import sys

from app import create_app
from app.config import ConfigError
from app.documents.language import detect
from app.llm import model_name
from app.llm.prices import price_of

try:
    app = create_app()
except ConfigError as error:
    sys.exit(str(error))

with app.app_context():
    # What takes 0.1 s and 0.3 s to load, for which nobody's first request need wait.
    price_of(model_name())
    detect("In which language is this written?")

# What is loaded by now stays. To look through it again and again for what could be thrown away takes the processes that
# serve a few hundredths of a second each time, in the midst of somebody's request.
gc.collect()
gc.freeze()
