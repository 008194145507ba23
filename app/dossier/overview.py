"""The overview of a record with a file: who lived where as a picture, what belongs to it, pictures, one timeline of it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.dossier.contents import File
from app.dossier.covers import Cover, covers_of
from app.dossier.lanes import Lane, axis_of, years_of
from app.dossier.lanes_svg import Style, draw
from app.dossier.lines import Line, Lines, lines_of, own_line
from app.dossier.told import Belonging, Event, Held, belonging, events_of, lanes_of
from app.entity.cells import Shower
from app.entity.related_tabs import tab_url
from models.base import today

MANY_LINES, FEW_LINES, FEW_EVENTS = 8, 5, 15
WIDE, NARROW = Style(760), Style(340, beside=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """The lanes: drawn for a wide and for a narrow place, what they say in a sentence, and in a list."""

    wide: Markup
    narrow: Markup
    years: str
    finding: str
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one kind that belong here. more_url: the tab, where not all are shown."""

    label: str
    lines: tuple[Belonging, ...]
    count: str = ""
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind that the timeline can be narrowed down to."""

    label: str
    url: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened, by years, the last first. found: how many there are of the chosen kind; all_url: where all of them stand."""

    years: tuple[tuple[int, tuple[Event, ...]], ...]
    found: int
    choices: tuple[Choice, ...]
    all_url: str = ""
    few_url: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands on the first tab. title: of the card with what belongs to it."""

    title: str
    picture: Picture | None
    groups: tuple[Group, ...]
    timeline: Timeline
    covers: tuple[Cover, ...]


def build_overview(session: Session, file: File, shower: Shower, url: str, args: MultiDict[str, str]) -> Overview:
    """The overview of a file. url: of the page, to which what the reader chooses is added."""
    own = own_line(file.entity, file.record, shower)
    read = lines_of(session, file.parts, shower)
    groups = _groups(file, read, url)
    title = _(", ").join(g.label for g in groups) if 0 < len(groups) < 5 else _("What belongs to it")
    return Overview(
        title=title,
        picture=_picture(read, own),
        groups=groups,
        timeline=_timeline(happened(file, read, own), url, args),
        covers=tuple(c for c in covers_of(session, file, read, shower) if c.url != own.url),
    )


def happened(file: File, read: Sequence[Lines], own: Line) -> list[Event]:
    """Everything that happened in a file, the last first; what belongs in twice, as to the household and to its room, counts once."""
    found = {(own.entity.name, own.id): list(events_of(own, None))}
    for lines in read:
        for line in lines.lines:
            found.setdefault((line.entity.name, line.id), list(events_of(line, lines.part)))
    events = [event for of_one in found.values() for event in of_one]
    return sorted(events, key=lambda e: (e.day, e.kind_label, e.name), reverse=True)


def _picture(read: Sequence[Lines], own: Line) -> Picture | None:
    lanes, held = lanes_of(read, own)
    if not held:
        return None
    if not lanes:  # nobody knows any date: there is a list, and nothing to draw
        return Picture(Markup(), Markup(), "", _("Who lived here"), held)
    now = today()
    axis = axis_of(lanes, now)
    years = years_of(axis)
    counted = _(", ").join(_("%(what)s: %(n)s periods", what=lane.label, n=_count(lane)) for lane in lanes)
    finding = _("Who lived here, %(years)s. %(counted)s", years=years, counted=counted)
    return Picture(draw(lanes, axis, now, WIDE), draw(lanes, axis, now, NARROW), years, finding, held)


def _count(lane: Lane) -> int:
    return sum(len(p.texts) for row in lane.rows for p in row) + lane.left_out


def _groups(file: File, read: Sequence[Lines], url: str) -> tuple[Group, ...]:
    """What hangs on the record itself; what hangs on its room stands on the room's page and in the tabs."""
    labels, now = file.labels, today()
    groups = []
    for lines in read:
        if lines.part.way or not lines.lines:
            continue
        found = sorted((belonging(x, lines.part, now) for x in lines.lines), key=lambda b: b.past)
        many = len(found) > MANY_LINES
        number = f"{len(found)}+" if lines.more else str(len(found))
        more_url = tab_url(url, lines.part.key) if many else ""
        groups.append(Group(labels[lines.part.key], tuple(found[: FEW_LINES if many else MANY_LINES]), number, more_url))
    return tuple(groups)


def _timeline(events: list[Event], url: str, args: MultiDict[str, str]) -> Timeline:
    kinds = {e.kind: e.kind_label for e in reversed(events)}
    kind = args.get("kind", "")
    kind = kind if kind in kinds else ""
    shown = [e for e in events if not kind or e.kind == kind]
    mark = "&" if "?" in url else "?"
    counts = Counter(e.kind for e in events)
    choices = [Choice(_("All"), f"{url}#timeline", len(events), not kind)]
    choices += [Choice(label, f"{url}{mark}kind={name}#timeline", counts[name], name == kind) for name, label in kinds.items()]
    here = f"{url}{mark}kind={kind}" if kind else url
    everything = args.get("events") == "all"
    many = len(shown) > FEW_EVENTS
    few = shown if everything else shown[:FEW_EVENTS]
    years = tuple((year, tuple(of_year)) for year, of_year in groupby(few, key=lambda e: e.year))
    all_url = f"{here}{'&' if '?' in here else '?'}events=all#timeline"
    return Timeline(
        years,
        len(shown),
        tuple(choices) if len(choices) > 2 else (),
        all_url if many and not everything else "",
        f"{here}#timeline" if many and everything else "",
    )
