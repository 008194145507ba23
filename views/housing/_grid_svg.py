"""A building's grid as SVG, in three drawings that are scrolled together: the heads of the entrances, the labels of the floors, the rooms.
Plain string work: thousands of cells are drawn in milliseconds (row 1.4)."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from markupsafe import Markup, escape

from views.housing._grid_data import Flag, Grid
from views.housing._grid_layout import Level, Section, Spot, width_of

HIGH, STEP, GAP, GROUND = 28, 31, 17, 24
"""A cell, from floor to floor, a floor without rooms, between the ground floor and the first basement."""
HEAD, APART, EDGE = 30, 18, 6
_PER_SIGN, _AROUND = 6.7, 23
_NARROWEST, _WIDEST, _ROOMY, _LONG_HEAD = 40, 96, 65, 860


@dataclass(frozen=True, slots=True)
class Drawing:
    """The three drawings, and how large they are together."""

    head: Markup
    side: Markup
    body: Markup
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Measures:
    wide: int
    lefts: tuple[int, ...]
    tops: tuple[float, ...]
    ground: float
    width: int
    height: int

    @property
    def across(self) -> int:
        return self.wide + 3


@dataclass(frozen=True, slots=True)
class _Pen:
    """What every cell is drawn with."""

    grid: Grid
    measures: _Measures
    rooms_url: str
    dimmed: frozenset[int]
    comma: str


def draw(grid: Grid, rooms_url: str, dimmed: frozenset[int], title: str) -> Drawing:
    """Draw a grid. rooms_url: what the addresses of the rooms begin with; dimmed: rooms that are filtered out; title: what the drawing is
    called for who does not see it."""
    m = _measure(grid)
    pen = _Pen(grid, m, rooms_url, dimmed, _(", "))
    head = "".join(_head(s, left, m) for s, left in zip(grid.tower.sections, m.lefts, strict=True))
    narrow = max((width_of(level_label(level)) for level in grid.tower.levels), default=0)
    beside = round(narrow * 6.4) + 18
    side = "".join(_side(level, top, beside) for level, top in zip(grid.tower.levels, m.tops, strict=True))
    rows = "".join(_row(pen, n, level) for n, level in enumerate(grid.tower.levels))
    body = (
        f'<svg class="tower-svg" role="grid" aria-multiselectable="true" aria-label="{escape(title)}" width="{m.width}" height="{m.height}"'
        f' viewBox="0 0 {m.width} {m.height}" data-tower-body>{_DEFS}{_lines(grid, m)}{rows}</svg>'
    )
    return Drawing(
        Markup(f'<svg class="tower-svg" width="{m.width}" height="{HEAD}" viewBox="0 0 {m.width} {HEAD}" aria-hidden="true">{head}</svg>'),
        Markup(
            f'<svg class="tower-svg" width="{beside}" height="{m.height}" viewBox="0 0 {beside} {m.height}" aria-hidden="true">{side}</svg>'
        ),
        Markup(body),
        m.width,
        m.height,
    )


_DEFS = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="over-line" d="M0 0V6"/></pattern><pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<circle class="over-dot" cx="2" cy="2" r="1.1"/></pattern></defs>'
)


def _measure(grid: Grid) -> _Measures:
    tower = grid.tower
    wide = round(min(max(tower.usual * _PER_SIGN + _AROUND, _NARROWEST), _WIDEST))
    if tower.columns <= 13:  # as in a small building: cells as wide as is good to look at
        wide = max(wide, _ROOMY)
    lefts, left = [], float(EDGE)
    for section in tower.sections:
        lefts.append(round(left))
        left += max(section.columns * (wide + 3), 7 * width_of(section.label) + 20) + APART
    tops, top, ground = [], 2.0, None
    for level in tower.levels:
        if ground is None and level.first < 1:
            ground = top + 7
            top += GROUND
        tops.append(top)
        top += GAP if level.empty else STEP
    if ground is None:
        ground = top + 7
        top += GROUND
    return _Measures(wide, tuple(lefts), tuple(tops), ground, round(left - APART + EDGE), round(top + 4))


def _head(section: Section, left: int, m: _Measures) -> str:
    if not section.label:
        return ""
    right = left + max(section.columns * m.across, 7 * width_of(section.label) + 20) - 3
    roof = f'<path class="roof" d="M{left - 4} 29V21H{right + 4}V29"/>'
    if right - left > _LONG_HEAD:  # its middle may lie beyond the edge of the screen
        return f'{roof}<text class="ent" x="{left}" y="14">{escape(section.label)}</text>'
    return f'{roof}<text class="ent" x="{(left + right) / 2:g}" y="14" text-anchor="middle">{escape(section.label)}</text>'


def level_label(level: Level) -> str:
    """What a floor is called."""
    if level.first == level.last:
        return _("Floor %(n)s", n=level.first) if level.first > 0 else _("B%(n)s", n=-level.first)
    return _("%(a)s–%(b)s", a=level.last, b=level.first)


def _side(level: Level, top: float, wide: int) -> str:
    y = top + (12 if level.empty else 18.5)
    return f'<text class="flr" x="{wide - 8}" y="{y:g}" text-anchor="end">{escape(level_label(level))}</text>'


def _lines(grid: Grid, m: _Measures) -> str:
    """The ground, the doors, a line where floors are missing and below every fifth one."""
    parts = [f'<path class="ground" d="M0 {m.ground:g}H{m.width}"/>']
    for section, left in zip(grid.tower.sections, m.lefts, strict=True):
        middle = left + section.columns * m.across / 2
        parts.append(f'<path class="door" d="M{middle - 9:g} {m.ground:g}v-8h18v8"/>')
    if all(level.first > 0 for level in grid.tower.levels):
        parts.append(f'<path class="wave" d="M{m.width / 2 - 90:g} {m.ground + 13:g}q7.5-5 15 0{"t15 0" * 11}"/>')
    for level, top in zip(grid.tower.levels, m.tops, strict=True):
        if level.empty:
            parts.append(f'<path class="grid" d="M{EDGE} {top + 8:g}H{m.width - EDGE}"/>')
        elif level.first > 1 and level.first % 5 == 1:
            parts.append(f'<path class="grid" d="M{EDGE} {top + STEP - 1.5:g}H{m.width - EDGE}"/>')
    return "".join(parts)


def _row(pen: _Pen, n: int, level: Level) -> str:
    if level.empty:
        return ""
    cells, before, m = [], 0, pen.measures
    for of, (section, left) in enumerate(zip(pen.grid.tower.sections, m.lefts, strict=True)):
        for column, spot in section.rows.get(level.first, ()):
            at = f'data-r="{n}" data-c="{before + column}" data-s="{of}"'
            cells.append(_cell(pen, spot, section.label, at, left + column * m.across, m.tops[n]))
        before += section.columns
    return f'<g role="row" aria-label="{escape(level_label(level))}">{"".join(cells)}</g>'


def _cell(pen: _Pen, spot: Spot, entrance: str, at: str, x: float, y: float) -> str:
    grid, room_id, number, wide = pen.grid, spot.id, spot.number, pen.measures.wide
    shade, flags = grid.shade(room_id), grid.flags_of(room_id)
    words = [f"{entrance} {number}".strip()]
    css, code, over = "cell", "", ""
    if shade is not None:
        css += f" tone-{shade.tone}"
        code = f' data-k="{escape(shade.code)}"'
        words.append(str(shade.label))
        if shade.pattern:
            over = f'<rect x="{x:g}" y="{y:g}" width="{wide}" height="{HIGH}" rx="3" fill="url(#{shade.pattern})"/>'
    if room_id in pen.dimmed:
        css += " is-dim"
    marks, flagged = "", ""
    if flags:
        words += [f.label for f in flags]
        flagged = f' data-g="{" ".join(escape(f.name) for f in flags)}"'
        marks = "".join(_mark(f, x, y, wide) for f in flags)
    name, box = escape(pen.comma.join(words)), f'x="{x:g}" y="{y:g}" width="{wide}" height="{HIGH}" rx="3"'
    return (
        f'<g role="gridcell" aria-selected="false"><a class="{css}" href="{pen.rooms_url}{room_id}" {at} data-n="{escape(number)}"'
        f'{code}{flagged} aria-label="{name}"><rect class="body" {box}/>{over}'
        f'<rect class="strip" x="{x:g}" y="{y:g}" width="3.5" height="{HIGH}" rx="1"/>'
        f'<text x="{x + 10:g}" y="{y + 18.5:g}">{escape(fitting(number, wide))}</text>{marks}</a></g>'
    )


def fitting(number: str, wide: int) -> str:
    """A number cut so that it fits into a cell."""
    room = int((wide - 14) / _PER_SIGN)
    if width_of(number) <= room:
        return number
    cut = number
    while cut and width_of(cut) > room - 1:
        cut = cut[:-1]
    return cut + "…"


def _mark(flag: Flag, x: float, y: float, wide: int) -> str:
    right = x + wide
    if flag.place == "corner":
        return f'<path class="flag tone-{flag.tone}" d="M{right - 9 - 10 * flag.at:g} {y:g}h9v9z"/>'
    return f'<circle class="flag tone-{flag.tone}" cx="{right - 8 - 8 * flag.at:g}" cy="{y + HIGH - 7:g}" r="3"/>'
