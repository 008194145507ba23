"""The state of a list as values, as its address, and as a saved view keeps it.

An address says all of it, so that it can be sent: `view q f… sort cols size page`. An address with a view and nothing else means the
view as it is saved; as soon as anything else stands there, the address alone decides and the view is only the name of where one
is. Therefore an address inside a view always says its order: without conditions it would otherwise mean the view again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

from werkzeug.datastructures import MultiDict

from app.entity.search import PAGE_SIZES

ALL = "all"
"""`view=all`: the list outside of any view, also where somebody begins it with one."""

STATE = ("q", "f", "sort", "cols", "size", "page")
_OWN = frozenset((*STATE, "view", "_l_"))
MOST_FILTERS, MOST_COLUMNS, LONGEST = 30, 40, 400

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListState:
    """What is shown and in which order. sort '': the entity's own; columns empty: the entity's own; size 0: the reader's own."""

    q: str = ""
    filters: tuple[str, ...] = ()
    sort: str = ""
    columns: tuple[str, ...] = ()
    size: int = 0

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.filters)

    def as_json(self) -> dict[str, Any]:
        return {
            "q": self.q,
            "filters": list(self.filters),
            "sort": self.sort,
            "columns": list(self.columns),
            "size": self.size,
        }


def state_of_json(value: Any) -> ListState:
    """A state as it was saved, whatever somebody made of it: what is not understood is left out, with one exception. A condition
    that is no text stays as one that cannot be met, because to leave it out would show more."""
    if not isinstance(value, Mapping):
        return ListState()
    filters = value.get("filters")
    filters = filters if isinstance(filters, list) else [] if filters is None else [filters]
    size = value.get("size")
    return ListState(
        _text(value.get("q")),
        tuple(f if isinstance(f, str) else "?" for f in filters),
        _text(value.get("sort")),
        tuple(n for n in _list(value.get("columns")) if isinstance(n, str)),
        size if isinstance(size, int) and 0 < size <= PAGE_SIZES[-1] else 0,
    )


def widths_of_json(value: Any) -> dict[str, int]:
    """Widths of columns as they were saved."""
    if not isinstance(value, Mapping):
        return {}
    return {k: max(NARROWEST, min(v, WIDEST)) for k, v in value.items() if isinstance(k, str) and isinstance(v, int)}


NARROWEST, WIDEST = 40, 999
"""Of a column, in pixels. Three digits: the stylesheet puts them together (`.wa3 .wb2 .wc0`), since nothing may be styled inline."""


def _text(value: Any) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Usual:
    """What a list is for its reader where nothing is said: order, columns, rows a page."""

    sort: str
    columns: tuple[str, ...]
    size: int = PAGE_SIZES[0]


def state_of_args(args: MultiDict[str, str], usual: Usual) -> ListState:
    """The state that an address or a form says; what is usual is not repeated."""
    sort = args.get("sort", "").strip()
    size = args.get("size", 0, type=int)
    cols = tuple(dict.fromkeys(n for n in args.get("cols", "").split(",") if n))[:MOST_COLUMNS]
    return ListState(
        args.get("q", "").strip(),
        tuple(args.getlist("f")),
        "" if sort == usual.sort else sort,
        () if cols == usual.columns else cols,
        min(size, PAGE_SIZES[-1]) if size > 0 and size != usual.size else 0,
    )


def is_explicit(args: Iterable[str]) -> bool:
    """Whether an address says anything about the state itself."""
    return any(name in STATE for name in args)


@dataclass(frozen=True, slots=True)
class Writer:
    """Addresses and hidden inputs of one list. own_columns: the reader has columns of his own outside of views, so that the usual ones
    must be named there."""

    base: str
    usual: Usual
    own_columns: bool = False

    def pairs(self, view: str, state: ListState) -> Pairs:
        """The whole state but the page."""
        inside = view not in ("", ALL)
        found = [("view", view)] if view else []
        if state.q:
            found.append(("q", state.q))
        found += [("f", text) for text in state.filters]
        if state.sort or inside:
            found.append(("sort", state.sort or self.usual.sort))
        if state.columns or (self.own_columns and not inside):
            found.append(("cols", ",".join(state.columns or self.usual.columns)))
        if state.size:
            found.append(("size", str(state.size)))
        return tuple(found)

    def address(self, view: str, state: ListState, more: Sequence[tuple[str, str]] = (), page: int = 1) -> str:
        """The address of the list in a state. more: what else stands in it."""
        pairs = [*self.pairs(view, state), *([("page", str(page))] if page > 1 else []), *more]
        return self.base + (f"?{urlencode(pairs, safe=',:')}" if pairs else "")

    def sorter(self, view: str, state: ListState) -> Callable[[str], str]:
        """Gives the address of the list in a state, put in another order: a list asks for two of them with each of its columns."""
        mark = "~sort~"
        before, _mark, behind = self.address(view, replace(state, sort=mark)).rpartition(mark)
        usual = self.address(view, replace(state, sort=""))
        return lambda sort: usual if sort in ("", self.usual.sort) else f"{before}{quote_plus(sort, safe=',:')}{behind}"

    def query(self, view: str, state: ListState) -> str:
        """The same without its path: empty or beginning with a question mark."""
        return self.address(view, state).removeprefix(self.base)

    def again(self, url: str, view: str, state: ListState) -> str:
        """An address that was made without knowledge of views and columns, completed: it says conditions, order and rows a page
        where they are not the standard ones; view and columns are those of `state`."""
        args = MultiDict(parse_qsl(url.partition("?")[2], keep_blank_values=True))
        args.setdefault("size", str(PAGE_SIZES[0]))
        args.pop("cols", None)
        made = replace(state_of_args(args, self.usual), columns=state.columns)
        return self.address(view, made, others_of(args), args.get("page", 1, type=int))


def others_of(args: MultiDict[str, str]) -> Pairs:
    """What an address says beside the state, such as where a page begins."""
    return tuple((name, value) for name, value in args.items(multi=True) if name not in _OWN)
