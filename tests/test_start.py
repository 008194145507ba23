"""What a worker loads."""

from __future__ import annotations

import subprocess
import sys

from config import ROOT

SELDOM = ("alembic", "psycopg", "pypinyin", "weasyprint", "xlsxwriter")
"""Libraries that hardly any request needs; together they would double a worker."""


def test_a_worker_starts_without_what_few_requests_need() -> None:
    code = f"import sys, app; from app.registry import load; load(); print(*(m for m in {SELDOM} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
