"""What somebody wants in a file: which columns, under which titles, in which kind of file; and of which records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.entity.list_columns import known, shown, tidy_sort
from app.entity.list_state import ListState
from app.entity.reach import may_reach
from app.entity.search import Query, parse_query
from app.exporting.formats import FORMATS
from app.exporting.rows import all_columns
from app.registry import Entity
from app.security.actor import Actor

MOST_COLUMNS = 200
LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """The shape of a file. columns: empty = those that the list shows; titles: headers of one's own by column; sums: columns that the
    totals add up; kind: a Format by its key; sort: '' = as the list is; filters, q: conditions of its own, which hold instead of the
    list's where `fixed`."""

    columns: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    sums: tuple[str, ...] = ()
    kind: str = "xlsx"
    sort: str = ""
    fixed: bool = False
    q: str = ""
    filters: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "titles": dict(self.titles),
            "sums": list(self.sums),
            "kind": self.kind,
            "sort": self.sort,
            "fixed": self.fixed,
            "q": self.q,
            "filters": list(self.filters),
        }

    def names(self, entity: Entity, actor: Actor) -> tuple[tuple[str, ...], int]:
        """The columns that this actor may see, and how many he may not, or that there no longer are."""
        good = [n for n in self.columns if (path := known(entity, n)) is not None and may_reach(actor, path)]
        return tuple(good), len(self.columns) - len(good)


def wanted_of_json(value: Any) -> Wanted:
    """What was saved, whatever somebody made of it: what is not understood is left out. A condition that is no text stays as one that
    cannot be met, because to leave it out would export more."""
    if not isinstance(value, Mapping):
        return Wanted()
    titles = value.get("titles")
    kind = value.get("kind")
    return Wanted(
        columns=_texts(value.get("columns"))[:MOST_COLUMNS],
        titles=titles_of(titles) if isinstance(titles, Mapping) else {},
        sums=_texts(value.get("sums")),
        kind=kind if kind in FORMATS else "xlsx",
        sort=_text(value.get("sort")),
        fixed=value.get("fixed") is True,
        q=_text(value.get("q")),
        filters=tuple(f if isinstance(f, str) else "?" for f in _list(value.get("filters"))),
    )


def titles_of(typed: Mapping[Any, Any]) -> dict[str, str]:
    """Titles as they were typed: on one line, with nothing in them that cannot be shown."""
    found = {}
    for name, title in typed.items():
        if isinstance(name, str) and isinstance(title, str):
            text = "".join(c for c in " ".join(title.split()) if c.isprintable())[:LONGEST_TITLE].strip()
            if text:
                found[name] = text
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v for v in _list(value) if isinstance(v, str)))


@dataclass(frozen=True, slots=True)
class Asked:
    """An export that somebody asked for. state: the list as it was; ids: only these records of it, whatever its conditions; name: of the
    template or view, for the title."""

    entity: Entity
    wanted: Wanted
    state: ListState = field(default_factory=ListState)
    ids: tuple[int, ...] | None = None
    name: str = ""

    @property
    def title(self) -> str:
        """What the file is called inside."""
        return f"{self.entity.plural} {self.name}".strip()

    def columns(self, actor: Actor) -> tuple[str, ...]:
        """The columns of the file, as far as this actor may see them."""
        return self.wanted.names(self.entity, actor)[0] if self.wanted.columns else shown(self.entity, actor, self.state.columns)[0]

    def query(self, actor: Actor) -> Query:
        """The records of the file, in their order: those that may be exported. Raises BadCondition."""
        return replace(self._query(actor), verb="export")

    def _query(self, actor: Actor) -> Query:
        sort = tidy_sort(self.entity, actor, self.wanted.sort) or self.state.sort
        if self.ids is not None:
            # A record that was marked stays marked when a change takes it out of the conditions.
            return parse_query(self.entity, actor, sort=sort)
        if self.wanted.fixed:
            return parse_query(self.entity, actor, q=self.wanted.q, filters=self.wanted.filters, sort=sort)
        return parse_query(self.entity, actor, q=self.state.q, filters=self.state.filters, sort=sort)

    def as_json(self) -> dict[str, Any]:
        """For the job that does it later."""
        return {
            "entity": self.entity.name,
            "wanted": self.wanted.as_json(),
            "state": self.state.as_json(),
            "ids": list(self.ids) if self.ids is not None else None,
            "name": self.name,
        }


def every_column(wanted: Wanted, entity: Entity) -> Wanted:
    """The same with every field of the records."""
    return replace(wanted, columns=all_columns(entity))


def chosen(entity: Entity, names: Sequence[str]) -> tuple[str, ...]:
    """Of the names of columns those that exist."""
    return tuple(n for n in dict.fromkeys(names) if known(entity, n) is not None)[:MOST_COLUMNS]
