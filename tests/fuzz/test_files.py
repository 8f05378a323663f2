"""Files that are damaged, in a process of their own as a job's: each ends as a text, or with a reason in words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzz.files import KINDS
from tests.support.servers import ROOT

COUNT = 60  # of each kind
SECONDS = 300  # after which it hangs, on a machine that does ten other things


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_ends_as_a_text_or_with_a_reason(kind):
    command = [sys.executable, "-m", "tests.fuzz.files", "--kinds", kind, "--count", str(COUNT)]
    read = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert read.returncode == 0, f"{read.stdout}\n{read.stderr}"
    assert "text" in read.stdout, "no file could be read, so nothing was shown of those that can"
    assert "refused" in read.stdout or kind in ("text", "markdown", "html"), "no file was damaged enough to be refused"
