"""What portal/report_parts.html draws reports with; templates find it as `drawing` (app/charts.py)."""

from __future__ import annotations

from reports.finding import finding
from reports.wording import NOTHING, text_of

__all__ = ["NOTHING", "finding", "text_of"]
