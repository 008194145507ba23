"""The tones in their light values, for files that have no stylesheet: workbooks and PDF (look, "Charts"). The same as in
portal.css, which a test compares."""

from __future__ import annotations

from types import MappingProxyType

TONES: MappingProxyType[str, str] = MappingProxyType(
    {
        "none": "#c9d3d9",
        "gray": "#74828d",
        "blue": "#2b6cd4",
        "teal": "#0b8783",
        "green": "#2d8a46",
        "amber": "#b07708",
        "orange": "#cf581a",
        "red": "#c9303d",
        "violet": "#7652cc",
    }
)
