"""Who bears the words by himself: asked of all tables in one statement, a few of each, so that a word that hits thousands costs as little
as one that hits none (docs/adr/0018)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.search_everywhere.kinds import Kind, Source
from models.base import FieldInfo
from models.search_index import Asked, first_matching, searched_fields
from models.search_words import DASH, asked, words_of

MOST = 24
"""So many of each kind are looked at; of more a page says "24+"."""
LONGEST = 100
WORDS = 5
ALL = -1
"""The place of all words together, beside those of each."""
SECRET = 4
"""Characters from which telephones and ID numbers are searched for: by fewer everybody is found."""
_NUMBER = re.compile("1[0-9]{10}|[0-9]{17}[0-9x]")  # a mobile telephone, an ID number


@dataclass(frozen=True, slots=True)
class Borne:
    """Who bears a word: the ids with whether the word stands there whole, up to a limit; complete: nobody else does."""

    ids: dict[int, bool]
    complete: bool

    @property
    def meant(self) -> tuple[list[int], bool]:
        """By whom related records are looked for: those with the whole word, if there are any; and whether this is everybody."""
        whole = [i for i, is_whole in self.ids.items() if is_whole]
        chosen = whole or list(self.ids)
        return chosen[:MOST], self.complete and len(chosen) == len(self.ids) <= MOST


Bearers = dict[tuple[Source, int], Borne]


def words_in(q: str) -> tuple[str, ...]:
    """What is looked for: the first words of what was typed. A telephone or an ID number may be written in groups."""
    words = asked(q[:LONGEST])
    number = "".join(words).replace(DASH, "")
    if _NUMBER.fullmatch(number):
        return (number,)
    return words[:WORDS]


def sources_of(kinds: Iterable[Kind]) -> list[Source]:
    return list(dict.fromkeys([s for kind in kinds for s in (kind.own, *(way.source for way in kind.ways)) if s is not None]))


def only_whole(word: str) -> bool:
    """Whether a word is so short that nearly everything begins with it: one letter, a number of two digits."""
    return word.isascii() and (len(word) == 1 or (word.isdigit() and len(word) == 2))


def _secret(source: Source, words: Sequence[str]) -> bool:
    return source.secret and all(len(word) >= SECRET or not any(c.isdigit() for c in word) for word in words)


def bearers(session: Session, sources: Sequence[Source], words: Sequence[str], most: int) -> Bearers:
    """Who bears each word by himself and, of several, who bears all of them (ALL): one statement."""
    places = [(s, n, whole) for s in sources for n, word in enumerate(words) for whole in _manners(word, len(words))]
    asks = [Asked(s.model, (words[n],), _secret(s, words[n : n + 1]), whole, s.limits) for s, n, whole in places]
    if len(words) > 1 and not any(map(only_whole, words)):
        places += [(s, ALL, False) for s in sources]
        asks += [Asked(s.model, tuple(words), _secret(s, words), limits=s.limits) for s in sources]
    got: dict[tuple[Source, int, bool], dict[int, bool]] = defaultdict(dict)
    matched = first_matching(session, asks, most + 1)
    texts = _texts(session, [(places[ask][0], record_id) for ask, record_id in matched])
    for ask, record_id in matched:
        source, _n, whole = places[ask]
        if not source.checked or _bears(texts[source].get(record_id, ()), asks[ask], whole):
            got[places[ask]][record_id] = whole
    found: Bearers = {}
    for source in sources:
        for n in (*range(len(words)), ALL):
            whole, begun = got[source, n, True], got[source, n, False]
            found[source, n] = Borne(begun | whole, len(whole) <= most and len(begun) <= most)
    return found


def _texts(session: Session, found: Sequence[tuple[Source, int]]) -> dict[Source, dict[int, list[_Held]]]:
    """What the records hold in the fields that the user may know, where the index holds more: one statement for each such source."""
    texts: dict[Source, dict[int, list[_Held]]] = {}
    for source in dict.fromkeys(source for source, _id in found if source.checked):
        infos = [searched_fields(source.model)[name] for name in source.told]
        columns = [getattr(source.model, name) for name in source.told]
        ids = {record_id for other, record_id in found if other is source}
        rows = session.execute(sa.select(source.model.id, *columns).where(source.model.id.in_(ids)))
        texts[source] = {row[0]: [(text, info) for text, info in zip(row[1:], infos, strict=True) if text] for row in rows}
    return texts


_Held = tuple[str, FieldInfo]
"""A text with what kind of field holds it."""


def _bears(held: Sequence[_Held], ask: Asked, whole: bool) -> bool:
    """Whether these texts have all the words that were asked for; masked ones count where they were."""
    words = {w for text, info in held if ask.secret or info.mask is None for w in words_of(text, info.person, info.plate)}
    return all(word in words if whole else any(w.startswith(word) for w in words) for word in ask.words)


def _manners(word: str, count: int) -> tuple[bool, ...]:
    """How a word is asked for: of one alone, those who have it whole are asked for apart, so that they are not lost among thousands."""
    return (True,) if only_whole(word) else (True, False) if count == 1 else (False,)
