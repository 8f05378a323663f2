"""What the patterns are measured against: an application whose request waits for the model.

It calls the provider as the first pages of the SDK's manual do, and answers with the text. Served by the Procfile's
own command, so that all that differs is who waits.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import openai
from flask import Flask, request
from markupsafe import escape

from tests.support import servers

PROCFILE = servers.ROOT / "Procfile"
THREADS = int(re.search(r"--blocking-threads (\d+)", PROCFILE.read_text())[1])

app = Flask(__name__)
client = openai.OpenAI(
    api_key="sk-test", base_url=os.environ.get("OPENAI_BASE_URL"), max_retries=0, timeout=openai.Timeout(120)
)


@app.post("/documents/1/summary")
def summarise() -> str:
    messages = [{"role": "system", "content": "Summarise."}, {"role": "user", "content": request.form["text"]}]
    answer = client.chat.completions.create(model="test-model", messages=messages)
    text = escape(answer.choices[0].message.content)
    return f'<div id="summary-body" data-state="complete" data-stale="false"><div id="summary-text">{text}</div></div>'


@app.get("/healthz")
def healthz() -> str:
    return "alive"


@contextmanager
def serving(provider_url: str) -> Iterator[str]:
    """The address of this application, served as the Procfile says."""
    (line,) = [line for line in PROCFILE.read_text().splitlines() if line.startswith("web: ")]
    command, port = line.removeprefix("web: ").replace("wsgi:app", "bench.blocking:app"), servers.free_port()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PORT": str(port), "OPENAI_BASE_URL": provider_url, "PATH": path}
    process = servers.Process(["sh", "-c", f"exec {command}"], environment)
    try:
        servers.wait_until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), "the baseline answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


def _answers(url: str) -> bool:
    with suppress(httpx2.HTTPError):
        return httpx2.get(url, trust_env=False).status_code == 200
    return False
