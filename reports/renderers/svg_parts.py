"""The smallest parts of still charts, and their style on paper."""

from __future__ import annotations

from markupsafe import escape

from reports.finding import told
from reports.paper import TONES
from reports.plot import Plot

_FACE = '"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",sans-serif'
_RULES = (
    f"text{{font:9px {_FACE};fill:#444}}.lbl{{fill:#111;font-size:10px}}.big{{fill:#111;font-size:16px;font-weight:600}}"
    ".grid{stroke:#d5dade;stroke-width:.7}.axis{stroke:#7d8b95;stroke-width:.8}.gap{stroke:#fff;stroke-width:1}.area{opacity:.1}"
    ".stroke{fill:none;stroke-width:1.6;stroke-linejoin:round}.point{fill:#fff;stroke-width:1.6}"
    ".dash{stroke-dasharray:4 3;stroke-width:1.2}"
)
PAPER = (
    "<style>"
    + _RULES
    + "".join(
        f".fill.tone-{tone},.area.tone-{tone}{{fill:{value}}}.stroke.tone-{tone},.point.tone-{tone}{{stroke:{value}}}"
        for tone, value in TONES.items()
    )
    + "</style>"
)
"""WeasyPrint gives an SVG no styles of the page around it."""


def text_at(x: float, y: float, text: str, anchor: str = "", style: str = "", turn: bool = False) -> str:
    """A text; turn: at an angle."""
    more = f' text-anchor="{anchor}"' if anchor else ""
    more += f' class="{style}"' if style else ""
    more += f' transform="rotate(-40 {x:.1f} {y:.1f})"' if turn else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'


def bar_at(x: float, y: float, width: float, height: float, tone: str, title: str) -> str:
    """A bar, of which something is seen even where the value is nothing."""
    return (
        f'<rect class="fill tone-{tone}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0.5):.1f}">'
        f"<title>{escape(title)}</title></rect>"
    )


def title_of(drawn: Plot, label: str, k: int, n: int) -> str:
    """What stands at the pointer over the value of a series `k` in a category `n`."""
    series = drawn.series[k]
    name = f"{label} {series.name}" if len(drawn.series) > 1 else label
    return f"{name} {told(drawn, series, series.values[n])}"
