"""The state of an enquiry as a value, as its address and as it is saved: an address says all of it, so that it can be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.entity.list_state import LONGEST, MOST_COLUMNS, MOST_FILTERS
from app.entity.operators import Operator
from app.entity.search import PAGE_SIZES, Query, parse_query
from app.registry import Entity
from app.security.actor import Actor

LIST, STATS, CHART = "list", "stats", "chart"
VIEWS = (LIST, STATS, CHART)
MOST_LIMIT = 100_000
MOST_FIGURES = 6

STATE = ("subject", "view", "q", "f", "d", "sort", "limit", "cols", "dim", "fig", "chart", "size")
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EnquiryState:
    """subject: an entity by name; filters: conditions as lists write them; drill: those that narrow the found records down to the class
    whose figure somebody clicked on; limit: so many records at most, 0 = all; by: dimensions, figures: see dimensions.py and figures.py;
    ready: the ready enquiry that it began with."""

    subject: str = ""
    view: str = LIST
    q: str = ""
    filters: tuple[str, ...] = ()
    drill: tuple[str, ...] = ()
    sort: str = ""
    limit: int = 0
    columns: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    chart: str = ""
    size: int = 0
    ready: str = ""

    def pairs(self) -> Pairs:
        """The whole state but the page."""
        found = [("subject", self.subject)]
        found += [(name, value) for name, value in (("ready", self.ready), ("view", "" if self.view == LIST else self.view)) if value]
        found += [("q", self.q)] if self.q else []
        found += [("f", text) for text in self.filters] + [("d", text) for text in self.drill]
        found += [("sort", self.sort)] if self.sort else []
        found += [("limit", str(self.limit))] if self.limit else []
        found += [("cols", ",".join(self.columns))] if self.columns else []
        found += [("dim", text) for text in self.by] + [("fig", text) for text in self.figures]
        found += [("chart", self.chart)] if self.chart else []
        found += [("size", str(self.size))] if self.size else []
        return tuple(found)

    def address(self, base: str, *more: tuple[str, str]) -> str:
        return f"{base}?{urlencode([*self.pairs(), *more], safe=',:')}"

    def query(self, entity: Entity, actor: Actor, page: int = 1, anchor: int | None = None) -> Query:
        """What is to be looked up. Raises BadCondition."""
        return parse_query(
            entity, actor, q=self.q, filters=self.texts(), sort=self.sort, page=page, page_size=self.size or PAGE_SIZES[0], anchor=anchor
        )

    def texts(self) -> tuple[str, ...]:
        """All that narrows down, in the order in which it holds."""
        limit = (f":{Operator.FIRST.value}:{self.limit}",) if self.limit else ()
        return (*self.filters, *limit, *self.drill)

    def again(self, url: str) -> EnquiryState:
        """The state that an address of a list asks for, which knows conditions, order and rows a page only."""
        args = MultiDict(parse_qsl(url.partition("?")[2], keep_blank_values=True))
        texts = args.getlist("f")
        limits = [t for t in texts if t.startswith(f":{Operator.FIRST.value}:")]
        size = args.get("size", PAGE_SIZES[0], type=int)
        return replace(
            self,
            q=args.get("q", ""),
            filters=tuple(t for t in texts if t in self.filters),
            drill=tuple(t for t in texts if t in self.drill and t not in self.filters),
            limit=self.limit if limits else 0,
            sort=args.get("sort", ""),
            size=0 if size == PAGE_SIZES[0] else size,
        )

    def as_json(self) -> dict[str, Any]:
        """As it is saved: without the class that somebody looked into."""
        return {
            "view": self.view,
            "q": self.q,
            "filters": list(self.filters),
            "sort": self.sort,
            "limit": self.limit,
            "columns": list(self.columns),
            "by": list(self.by),
            "figures": list(self.figures),
            "chart": self.chart,
            "size": self.size,
        }


def is_explicit(args: MultiDict[str, str]) -> bool:
    """Whether an address says anything about the state itself."""
    return any(name in STATE for name in args)


def limit_error(args: MultiDict[str, str]) -> str:
    """What is wrong with the number of records that was typed; '' = nothing."""
    typed = args.get("limit", "").strip()
    if not typed or (_number(typed) and int(typed.replace(",", "")) <= MOST_LIMIT):
        return ""
    return _("Write a whole number up to %(most)s, or nothing for all; all are shown.", most=f"{MOST_LIMIT:,}")


def state_of_args(args: MultiDict[str, str]) -> EnquiryState:
    """The state that an address or a form says."""
    columns = [n for n in args.get("cols", "").split(",") if n]
    drill = tuple(dict.fromkeys(args.getlist("d")))[:MOST_FILTERS]
    size = args.get("size", 0, type=int)
    return EnquiryState(
        subject=args.get("subject", ""),
        view=_one_of(args.get("view", LIST), VIEWS),
        q=args.get("q", "").strip()[:LONGEST],
        filters=tuple(dict.fromkeys(args.getlist("f")))[:MOST_FILTERS],
        drill=drill,
        sort=args.get("sort", "").strip(),
        limit=_number(args.get("limit", "")),
        columns=tuple(dict.fromkeys(columns))[:MOST_COLUMNS],
        by=_several(args.getlist("dim"), 2),
        figures=_several(args.getlist("fig"), MOST_FIGURES),
        chart=args.get("chart", "")[:16],
        size=size if size in PAGE_SIZES[1:] else 0,
        ready=args.get("ready", "")[:40],
    )


def _several(texts: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t for t in texts if t))[:most]


def _one_of(text: str, allowed: Sequence[str]) -> str:
    return text if text in allowed else allowed[0]


def _number(text: str) -> int:
    text = text.strip().replace(",", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return number if number <= MOST_LIMIT else 0


def state_of_json(subject: str, value: Any) -> EnquiryState:
    """A state as it was saved, whatever somebody made of it: what is not understood is left out, with one exception. A condition
    that is no text stays as one that cannot be met, because to leave it out would show more."""
    if not isinstance(value, Mapping):
        return EnquiryState(subject)
    filters = value.get("filters")
    filters = filters if isinstance(filters, list) else [] if filters is None else [filters]
    view, limit, size = value.get("view"), value.get("limit"), value.get("size")
    return EnquiryState(
        subject=subject,
        view=view if view in VIEWS else LIST,
        q=_text(value.get("q")),
        filters=tuple(f if isinstance(f, str) else "?" for f in filters),
        sort=_text(value.get("sort")),
        limit=limit if isinstance(limit, int) and 0 < limit <= MOST_LIMIT else 0,
        columns=_texts(value.get("columns")),
        by=_texts(value.get("by"))[:2],
        figures=_texts(value.get("figures"))[:MOST_FIGURES],
        chart=_text(value.get("chart")),
        size=size if size in PAGE_SIZES[1:] else 0,
    )


def _text(value: Any) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
