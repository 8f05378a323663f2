"""On which databases a test runs; see ``pytest_generate_tests`` in tests/conftest.py."""

from __future__ import annotations

import pytest

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
