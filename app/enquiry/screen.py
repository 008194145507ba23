"""An enquiry made into what its page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.enquiry.dimensions import first_dimension, offered_dimensions, parse_dimension
from app.enquiry.figures import offered_figures, parse_figure
from app.enquiry.grid import Grid, grid_of
from app.enquiry.saved import Saved
from app.enquiry.seen import Seen
from app.enquiry.state import CHART, LIST, MOST_FIGURES, STATS, EnquiryState, Pairs
from app.enquiry.statistics import statistics
from app.entity.cells import Shower
from app.entity.condition_words import chips_of
from app.entity.conditions import may_filter
from app.entity.door import list_url, record_url
from app.entity.fields import path_of
from app.entity.filter_fields import filter_fields
from app.entity.list_columns import offered, shown, side_by_side
from app.entity.list_screen import build_list, same_way
from app.entity.list_settings import trouble_of
from app.entity.screens import Chip, Column, ConditionScreen, ListScreen, Option
from app.entity.search import Query
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor

PLACE = "enquiry:"
"""Stands for the page in the addresses that the list makes, until they are completed."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Order and columns of the list, see list_tools.html."""

    urls: Mapping[str, str]
    orders: int
    shown: int
    offered: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A select: its name, label, options by group ('' = the subject's own)."""

    name: str
    label: str
    groups: tuple[tuple[str, tuple[Option, ...]], ...]


@dataclass(frozen=True, slots=True)
class ViewLink:
    label: str
    icon: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class EnquiryScreen:
    """The page. title: its name or its subject; list, grid: the result, one of them; trouble: why there is none; error: of figures that
    cannot be worked out; limit_error: of the number of records; subjects: what enquiries can be about; choices: dimensions and figures;
    shared: by or with whom; changed: it differs from how it is saved. The rest is what portal/filters.html asks of a list."""

    title: str
    about: str
    urls: Mapping[str, str]
    hidden: Pairs
    q: str
    search_hint: str
    chips: tuple[Chip, ...]
    subjects: tuple[tuple[str, tuple[Option, ...]], ...]
    views: tuple[ViewLink, ...]
    view: str
    limit: str
    notes: tuple[str, ...] = ()
    list: ListScreen | None = None
    tools: Tools | None = None
    grid: Grid | None = None
    choices: tuple[Choice, ...] = ()
    limit_error: str = ""
    trouble: str = ""
    error: str = ""
    shared: str = ""
    changed: bool = False
    saved: bool = False
    filters: tuple[Any, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Enquiring:
    """What is asked: the subject, the state as its reader may have it, where the page stands; verb: of which records, those that
    may be read or those that may leave as a file."""

    session: Session
    actor: Actor
    entity: Entity
    seen: Seen
    base: str
    saved: Saved | None = None
    title: str = ""
    verb: str = "read"

    @property
    def state(self) -> EnquiryState:
        return self.seen.state

    @property
    def shower(self) -> Shower:
        return Shower(portal().registry, self.actor, record_url)

    def address(self, **changes: Any) -> str:
        return replace(self.state, **changes).address(self.base)

    def drilled(self, more: tuple[str, ...]) -> str:
        """The list of the records behind a figure."""
        drill = tuple(dict.fromkeys((*self.state.drill, *(t for t in more if t and t not in self.state.filters))))
        return self.address(view=LIST, drill=drill)


def enquiry_root() -> str:
    """The address of the gallery, ending in a slash."""
    return f"{request.script_root}/enquiry/"


def subjects_of(actor: Actor, chosen: str = "") -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """What enquiries can be about, by subsystem: every kind of record that the actor may read."""
    found: dict[str, list[Option]] = {}
    for entity in portal().registry.entities.values():
        if actor.may("read", entity.module):
            found.setdefault(str(entity.module.subsystem.label), []).append(Option(entity.name, str(entity.plural), entity.name == chosen))
    return tuple((label, tuple(options)) for label, options in found.items())


def build_enquiry(e: Enquiring, page: int, anchor: int | None) -> EnquiryScreen:
    """The whole page but its chart. Raises BadCondition where a condition is not understood."""
    state = e.state
    query = state.query(e.entity, e.actor, page, anchor)
    searched = [path_of(e.entity.model, n) for n in e.entity.search]
    screen = EnquiryScreen(
        title=e.title or str(e.entity.plural),
        about=str(e.entity.plural),
        urls=_urls(e),
        hidden=state.pairs(),
        q=state.q,
        search_hint=_(", ").join(dict.fromkeys(p.label for p in searched if may_filter(e.actor, p))),
        chips=(),
        subjects=subjects_of(e.actor, e.entity.name),
        views=_views(e),
        view=state.view,
        limit=str(state.limit or ""),
        notes=_notes(e),
        shared=_shared(e.saved),
        changed=e.saved is not None and e.saved.state.as_json() != state.as_json(),
        saved=e.saved is not None,
    )
    if state.view == LIST:
        return _with_list(e, screen, query)
    chips = tuple(_completed_chip(e, c) for c in chips_of(e.session, query, e.shower, PLACE))
    found = statistics(e.session, query, e.actor, e.seen.dimensions, e.seen.figures, e.verb)
    return replace(screen, chips=chips, grid=grid_of(found, e.drilled), choices=_choices(e))


def refused(e: Enquiring, trouble: str, error: str = "") -> EnquiryScreen:
    """The page without a result: a saved enquiry that cannot be opened (trouble), or figures that cannot be worked out (error)."""
    screen = EnquiryScreen(
        title=e.title or str(e.entity.plural),
        about=str(e.entity.plural),
        urls=_urls(e) if error else _ways_out(e),
        hidden=e.state.pairs(),
        q=e.state.q,
        search_hint="",
        chips=(),
        subjects=subjects_of(e.actor, e.entity.name),
        views=_views(e) if error else (),
        view=e.state.view,
        limit=str(e.state.limit or ""),
        trouble=trouble,
        error=error,
        saved=e.saved is not None,
    )
    if not error:
        return screen
    query = e.state.query(e.entity, e.actor)
    return replace(screen, chips=tuple(_completed_chip(e, c) for c in chips_of(e.session, query, e.shower, PLACE)), choices=_choices(e))


def _ways_out(e: Enquiring) -> dict[str, str]:
    """Where one can go from an enquiry that cannot be opened: to the same without what is the matter with it."""
    left = {name: tuple(t for t in getattr(e.state, name) if not trouble_of(e.entity, e.actor, (t,))[0]) for name in ("filters", "drill")}
    urls = {"self": e.base, "root": enquiry_root(), "without": replace(e.state, **left).address(f"{enquiry_root()}new")}
    if e.saved is not None and e.saved.mine:
        urls["delete"] = f"{e.base}/delete"
    return urls


def build_conditions(e: Enquiring) -> ConditionScreen:
    """The menu that adds a condition."""
    query = e.state.query(e.entity, e.actor)
    return ConditionScreen(
        title=str(e.entity.plural),
        filters=filter_fields(e.session, e.entity, e.shower, f"{list_url(e.entity)}choices"),
        chips=chips_of(
            e.session, replace(query, conditions=tuple(c for c in query.conditions if c.text in e.state.filters)), e.shower, PLACE
        ),
        hidden=e.state.pairs(),
        urls={"self": e.base},
        q=e.state.q,
        same=same_way(replace(query, conditions=query.conditions[: len(e.state.filters)])),
    )


def _urls(e: Enquiring) -> dict[str, str]:
    root, pairs = enquiry_root(), [*e.state.pairs(), *([("id", str(e.saved.id))] if e.saved is not None else [])]
    state = urlencode(pairs, safe=",:")
    urls = {
        "self": e.base,
        "clear": e.address(q="", filters=(), drill=(), limit=0),
        "conditions": f"{root}conditions?{state}",
        "save_as": f"{root}save?{state}",
        "root": root,
    }
    if "export" in e.actor.verbs(e.entity.module):
        urls |= {"pdf": _file(e, "pdf", state), "xlsx": _file(e, "xlsx", state)}
    if e.saved is not None:
        urls["reset"] = e.base
        if e.saved.mine:
            urls |= {"settings": f"{e.base}/settings", "save": f"{e.base}/state", "delete": f"{e.base}/delete"}
    return urls


def _file(e: Enquiring, kind: str, state: str) -> str:
    """A list is written by the export that lists have; statistics by the reports."""
    if e.state.view != LIST:
        return f"{enquiry_root()}file.{kind}?{state}"
    pairs = [("q", e.state.q)] if e.state.q else []
    pairs += [("f", text) for text in e.state.texts()]
    pairs += [(name, value) for name, value in (("sort", e.state.sort), ("cols", ",".join(e.state.columns))) if value]
    return f"{list_url(e.entity)}export.{kind}?{urlencode([*pairs, ('view', 'all')], safe=',:')}"


def _views(e: Enquiring) -> tuple[ViewLink, ...]:
    words = ((LIST, _("List"), "list"), (STATS, _("Statistics"), "rows"), (CHART, _("Chart"), "chart"))
    by = e.state.by or (first_dimension(e.entity, e.actor) if e.state.view == LIST else ())
    ways = {LIST: {}, STATS: {"by": by}, CHART: {"by": by}}
    return tuple(ViewLink(label, icon, e.address(view=view, **ways[view]), view == e.state.view) for view, label, icon in words)


def _notes(e: Enquiring) -> tuple[str, ...]:
    if not e.seen.left_out:
        return ()
    return (_("%(n)s columns or figures are left out: they no longer exist, or you may not see them.", n=e.seen.left_out),)


def _shared(saved: Saved | None) -> str:
    if saved is None:
        return ""
    if not saved.mine:
        return _("Shared by %(name)s", name=saved.owner_name or _("a deleted account"))
    return "" if saved.audience.value == "private" else str(saved.audience.label)


def _with_list(e: Enquiring, screen: EnquiryScreen, query: Query) -> EnquiryScreen:
    names = shown(e.entity, e.actor, e.state.columns)[0]
    found = build_list(e.session, query, e.shower, list_url(e.entity), {"self": e.base}, names, place=PLACE)
    changes: dict[str, Any] = {f.name: _again(e, getattr(found, f.name)) for f in fields(found) if f.name.endswith("_url")}
    labels = side_by_side(e.entity, {c.name: c.label for c in found.columns})
    columns: list[Column] = [replace(c, label=labels[c.name], sort_url=_again(e, c.sort_url)) for c in found.columns]
    drops = tuple(replace(d, url=_again(e, d.url)) for d in found.drops)
    chips = tuple(_completed_chip(e, c) for c in found.chips)
    state = e.state.pairs()
    result = replace(
        found,
        **changes,
        columns=tuple(columns),
        chips=chips,
        drops=drops,
        hidden=state,
        urls={"self": e.base, "clear": screen.urls["clear"]},
    )
    query_string = urlencode([*state, *([("id", str(e.saved.id))] if e.saved is not None else [])], safe=",:")
    root = enquiry_root()
    tools = Tools(
        {"order": f"{root}order?{query_string}", "columns": f"{root}columns?{query_string}"},
        e.state.sort.count(",") + 1 if e.state.sort else 0,
        len(names),
        len(offered(e.entity, e.actor)),
    )
    return replace(screen, chips=chips, list=result, tools=tools)


def _again(e: Enquiring, url: str) -> str:
    """An address that the list made, completed by all else that the enquiry's own address says."""
    if not url.startswith(PLACE):
        return url
    kept = [(name, value) for name, value in parse_qsl(url.partition("?")[2]) if name in ("page", "at", "count")]
    return e.state.again(url).address(e.base, *kept)


def _completed_chip(e: Enquiring, chip: Chip) -> Chip:
    return replace(chip, remove_url=_again(e, chip.remove_url), others=tuple(_completed_chip(e, c) for c in chip.others))


def _choices(e: Enquiring) -> tuple[Choice, ...]:
    """The selects of dimensions and figures."""
    dimensions, figures = list(offered_dimensions(e.entity, e.actor)), list(offered_figures(e.entity, e.actor))
    by = [d.text for d in e.seen.dimensions]
    for text in by:
        if text not in (d[0] for d in dimensions):
            dimensions.append((text, parse_dimension(text, e.entity, e.actor).label, ""))
    labels = (_("By"), _("and by"))
    found = [_choice("dim", label, dimensions, by[n] if n < len(by) else "") for n, label in enumerate(labels)]
    chosen = [f.text for f in e.seen.figures][: MOST_FIGURES if len(by) < 2 else 1]
    for text in chosen:
        if text not in (f[0] for f in figures):
            figures.append((text, parse_figure(text, e.entity, e.actor).label, ""))
    wanted = [*chosen, *([""] if len(by) < 2 and len(chosen) < MOST_FIGURES else [])]
    return (*found, *(_choice("fig", _("Figure") if n == 0 else _("Further figure"), figures, text) for n, text in enumerate(wanted)))


def _choice(name: str, label: str, options: Sequence[tuple[str, str, str]], chosen: str) -> Choice:
    groups: dict[str, list[Option]] = {}
    for text, words, group in options:
        groups.setdefault(group, []).append(Option(text, words, text == chosen))
    return Choice(name, label, tuple((group, tuple(found)) for group, found in groups.items()))
