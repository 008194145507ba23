"""What people are told of the hits: a title with the part that answers marked, a line that tells records of one name apart, and where
else one may go from there. One statement a kind that is shown, and one for dictionary words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.entity.cells import Shower
from app.entity.choice_views import WORDS, telling_fields
from app.entity.door import list_url
from app.entity.fields import fields_of, path_of
from app.entity.marks import Parts, mark
from app.entity.marks import words as typed_words
from app.entity.rows import Found, rows_of_several
from app.extension import portal
from app.registry import Entity, Page
from app.search_everywhere.hits import Group
from app.search_everywhere.worth import RELATED
from app.security.masks import is_hidden, masked_text, sees
from models.search_index import searched_fields
from models.spelling import normal


@dataclass(frozen=True, slots=True)
class Door:
    """Another place that a hit leads to: its file, the grid of its building."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit as it is shown. title, about: texts cut in pieces of which every second one answers what was typed; reading: how the title is
    read, where it was found by that; plate: the title is a number plate."""

    id: int
    url: str
    title: Parts
    reading: Parts
    about: Parts
    plate: bool
    doors: tuple[Door, ...]

    @property
    def name(self) -> str:
        return "".join(self.title)

    @property
    def text(self) -> str:
        return "".join(self.about)


@dataclass(frozen=True, slots=True)
class GroupView:
    """The hits of one kind; count: how many are known, more: there are others; url: the list with the same words."""

    entity: Entity
    label: str
    icon: str
    count: int
    more: bool
    url: str
    related: bool
    hits: tuple[HitView, ...]


def told(session: Session, shower: Shower, groups: Sequence[Group], q: str, most: int, few: int = 0, first: int = 0) -> list[GroupView]:
    """Groups in words: up to `most` hits of each, of the first one `first`, and of those that are only related to what was looked for
    `few`."""
    sizes = [(first if n == 0 else 0) or (few if g.worth >= RELATED else 0) or most for n, g in enumerate(groups)]
    tellers = [_Teller(group, shower, q) for group in groups]
    shown = [[hit.id for hit in group.hits[:size]] for group, size in zip(groups, sizes, strict=True)]
    rows = rows_of_several(session, [(t.entity.model, ids, t.names) for t, ids in zip(tellers, shown, strict=True)], shower.actor)
    return [teller.view(found) for teller, found in zip(tellers, rows, strict=True)]


class _Teller:
    """Words the hits of one kind."""

    def __init__(self, group: Group, shower: Shower, q: str) -> None:
        self.group, self.shower, self.q = group, shower, q
        self.entity = group.kind.entity
        self.typed = typed_words(q)
        model = self.entity.model
        fields = searched_fields(model)
        names, self.end = telling_fields(self.entity, shower)
        names = [n for n in names if not self._hidden(n)]
        self.end = "" if self.end and self._hidden(self.end) else self.end
        self.open = names[: WORDS - bool(self.end)]
        self.pages = tuple(_pages(self.entity, shower))
        self.file = _file_of(self.entity, shower)
        told_anyway = (*self.open, self.end, *model.title_columns())
        self.others = [n for n in fields if n not in told_anyway and sees(shower.actor, fields_of(model)[n])]
        wanted = [*self.open, *self.others, self.end, *(way for _other, way in (*self.file, *self.pages))]
        self.names = tuple(dict.fromkeys(filter(None, wanted)))
        self.person = any(info.person for name, info in fields.items() if name in model.__title__)
        self.plate = any(info.plate for name, info in fields.items() if name == model.__title__[0])
        self.base = list_url(self.entity)

    def _hidden(self, name: str) -> bool:
        path = path_of(self.entity.model, name)
        return any(is_hidden(self.shower.actor, f) for f in (*path.steps, path.field))

    def view(self, rows: Sequence[Found]) -> GroupView:
        """The group with these of its records."""
        group = self.group
        return GroupView(
            entity=self.entity,
            label=str(self.entity.plural),
            icon=self.entity.module.icon,
            count=len(group.hits),
            more=not group.complete,
            url=f"{self.base}?{_query(self.q)}",
            related=group.worth >= RELATED,
            hits=tuple(self._hit(row) for row in rows),
        )

    def _hit(self, row: Found) -> HitView:
        values = dict(zip(self.names, row.values, strict=True))
        title = mark(row.title, self.typed, self.person)
        line = self._line(row.title, values, len(title.text) > 1)
        url = self.entity.page.format(id=row.id) if self.entity.page else f"{self.base}{row.id}"
        url = request.script_root + url if self.entity.page else url
        return HitView(row.id, url, title.text, title.reading, line, self.plate, tuple(self._doors(row.id, values)))

    def _line(self, title: str, values: Mapping[str, Any], answers: bool) -> Parts:
        """What tells a record from others of its name; where neither answers what was typed, also what does, such as to whom a deed is
        registered."""
        about = [text for name in self.open if (text := self._word(name, values[name])) and text not in title]
        if self.end and (last := self._number(values[self.end])) and (last.strip("*") or last) not in title:
            about.append(last)
        line = mark(" · ".join(about), self.typed).text if about else []
        if answers or len(line) > 1:
            return line
        others = (str(values[name] or "") for name in self.others)
        found = next((text for text in others if len(mark(text, self.typed).text) > 1), "")
        return mark(" · ".join([found, *about]), self.typed).text if found else line

    def _word(self, name: str, value: Any) -> str:
        path = path_of(self.entity.model, name)
        if value in (None, "") or path.field.mask is not None:
            return ""
        text = self.shower.row_cell(path, value).text
        return f"{text} {path.field.unit}" if path.field.unit else text

    def _number(self, value: Any) -> str:
        """A telephone or the like: masked, unless it is what was asked for by somebody who may see it."""
        path = path_of(self.entity.model, self.end)
        text = str(value or "")
        if not text or path.field.mask is None:
            return text
        asked = any(len(word) > 3 and word in normal(text) for word in self.typed)
        return text if asked and sees(self.shower.actor, path.field) else masked_text(path.field, text)

    def _doors(self, record_id: int, values: Mapping[str, Any]) -> Iterator[Door]:
        for entity, way in self.file:
            number = _number_of(record_id, way, values)
            if number is not None:
                yield Door(_("%(what)s file", what=str(entity.label)), "clipboard", f"{list_url(entity)}{number}/file")
        for page, way in self.pages:
            number = _number_of(record_id, way, values)
            if number is not None:
                yield Door(str(page.label), page.icon, request.script_root + page.record_url.format(id=number))


def _number_of(record_id: int, way: str, values: Mapping[str, Any]) -> int | None:
    """The record itself, or the one that a relation points to, if the user sees it."""
    if not way:
        return record_id
    other = values[way]
    return other.id if other is not None and other.within else None


def _file_of(entity: Entity, shower: Shower) -> tuple[tuple[Entity, str], ...]:
    """Whose file a hit leads to, by which relation: its own, or that of the record it belongs to, such as the household of a person."""
    found = [(entity, "")] if entity.file else []
    for f in fields_of(entity.model).values():
        other = portal().registry.of_model(f.target) if f.target is not None else None
        if other is not None and other.file and shower.actor.may("read", other.module) and not is_hidden(shower.actor, f):
            found.append((other, f.name))
    return tuple(pair for pair in found[:1] if _exists(f"/{pair[0].module.subsystem.name}/{pair[0].name}/1/file"))


def _pages(entity: Entity, shower: Shower) -> Iterator[tuple[Page, str]]:
    """Hand-made pages that show a record or something it points to, with the relation to that: a room in the grid of its building."""
    for page in portal().registry.pages:
        if page.record_of is None or page.verb != "read" or not shower.actor.may("read", page.module):
            continue
        if page.record_of is entity.model:
            yield page, ""
        ways = [f.name for f in fields_of(entity.model).values() if f.target is page.record_of and f.required]
        if ways:
            yield page, ways[0]


def _exists(path: str) -> bool:
    """Whether an address is one of the portal's pages."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def _query(q: str) -> str:
    return urlencode({"q": q})
