"""Charts on the screen: what plotly is given (row 1.8)."""

from __future__ import annotations

from reports.finding import finding

__all__ = ["finding"]
