"""Which records a user means when acting on many at once: those marked on the pages of a list, or all that the list finds.

A list posts `ids` (numbers, also several in one value, from however many pages) or `all=1` with `but` (the few that were unmarked
again), beside its own state (conditions, order, columns). Nothing that comes with it is believed: the records are looked up anew
within what the user may see, counted, and compared with what he saw when he was asked."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.paging import count, keys_statement
from app.entity.record_keys import listed
from app.entity.search import Query, parse_query
from app.entity.values import record_number
from app.preferences import local_address
from app.registry import Entity
from app.security.actor import Actor
from app.security.scope import rules
from models.base import Base, Journaled

MOST = 20_000
"""So many records can be acted on at once."""

DONE = "#done"
"""At the end of the list's address after its chosen records were dealt with: the script then forgets the selection."""

Pairs = tuple[tuple[str, str], ...]


class TooMany(ValueError):
    """More records than MOST; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(_("At most %(most)s records can be changed at once; narrow the list down first.", most=f"{MOST:,}"))


@dataclass(frozen=True)
class Selection:
    """Records meant by a user, in the order of the list. whole: all that the list finds, but `but`; asked: how many were named,
    some of which may be gone or not be visible; state: the address of the list in parts; back: the page to come back to, where they were
    not chosen in the list; narrower: what is to be done reaches fewer records than the list shows."""

    ids: tuple[int, ...]
    asked: int
    whole: bool
    but: tuple[int, ...]
    state: Pairs
    back: str = ""
    narrower: bool = False

    @property
    def ignored(self) -> int:
        """How many of those that were named do not exist (any more) for this user."""
        return self.asked - len(self.ids)

    @property
    def hidden(self) -> Pairs:
        """What a form sends along so that the next request means the same."""
        which = [("all", "1"), ("but", _joined(self.but))] if self.whole else [("ids", _joined(self.ids))]
        return (("_state", urlencode(self.state)), *((name, value) for name, value in (*which, ("_back", self.back)) if value))

    @property
    def address(self) -> str:
        """The list as it was, without its path: empty or beginning with a question mark."""
        return f"?{urlencode(self.state)}" if self.state else ""


def read_selection(session: Session, entity: Entity, actor: Actor, data: MultiDict[str, str], verb: str = "read") -> Selection:
    """What a posted form means; verb: what is to be done with the records. Raises Denied, BadCondition (the list's state is not understood)
    and TooMany."""
    state = _state(data)
    whole = data.get("all") == "1"
    named = _numbers(data.getlist("but" if whole else "ids"))
    listed_query = query_of(entity, actor, state, narrowed=whole)
    statement = keys_statement(session, replace(listed_query, verb=verb), actor)
    narrower = verb != "read" and rules(actor, entity, verb) != rules(actor, entity)
    key = entity.model.id
    if whole:
        ids = tuple(session.scalars(statement.where(key.not_in(listed(named))).limit(MOST + 1)))
        asked = len(ids) if not narrower else count(session, listed_query, actor, MOST) - len(named)
    else:
        ids = tuple(session.scalars(statement.where(key.in_(listed(named))))) if named else ()
        asked = len(named)
    if max(len(ids), asked) > MOST:
        raise TooMany
    back = local_address(data.get("_back", ""), "")
    return Selection(ids, max(asked, len(ids)), whole, tuple(named) if whole else (), state, back, narrower)


def query_of(entity: Entity, actor: Actor, state: Pairs, narrowed: bool = True) -> Query:
    """The query of a list's state; without its conditions when only the order counts, because a record that was marked stays
    marked when a change takes it out of the conditions. Raises BadCondition."""
    data = MultiDict(state)
    if not narrowed:
        return parse_query(entity, actor, sort=data.get("sort", ""))
    return parse_query(entity, actor, q=data.get("q", ""), filters=data.getlist("f"), sort=data.get("sort", ""))


def stamp(versions: Iterable[Sequence[Any]]) -> str:
    """What a user saw when he was asked: how many records, which ones in which version, and when. Two are told apart by `same`."""
    rows = sorted(tuple(row) for row in versions)
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
    return f"{len(rows)}-{digest}-{int(time.time())}"


def same(one: str, other: str) -> bool:
    """Whether two stamps are of the same records in the same versions."""
    return one.rsplit("-", 1)[0] == other.rsplit("-", 1)[0]


def versions_of(session: Session, model: type[Base], ids: Iterable[int]) -> list[tuple[int, int]]:
    """(id, version) of records; version 0 where a model does not count them."""
    version = model.version if issubclass(model, Journaled) else sa.literal(0)
    return [(i, v) for i, v in session.execute(sa.select(model.id, version).where(model.id.in_(listed(ids))))]


def _state(data: MultiDict[str, str]) -> Pairs:
    """The list's own part of what was posted: as one text in our forms, as single inputs in the list's."""
    if "_state" in data:
        return tuple(parse_qsl(data["_state"], keep_blank_values=True))
    own = {"ids", "all", "but", "csrf_token"}
    return tuple((name, value) for name, value in data.items(multi=True) if name not in own and not name.startswith("_"))


def _numbers(texts: Iterable[str]) -> list[int]:
    found = (record_number(part) for text in texts for part in re.split(r"[,\s]+", text))
    return sorted({number for number in found if number is not None})


def _joined(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids))
