"""Who bears the words by himself: asked of all tables in one statement, a few of each, so that a word that hits thousands costs as little
as one that hits none (docs/adr/0018)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.search_everywhere.kinds import Kind, Source
from models.search_index import Asked, first_matching
from models.search_words import DASH, asked

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
    for ask, record_id in first_matching(session, asks, most + 1):
        got[places[ask]][record_id] = places[ask][2]
    found: Bearers = {}
    for source in sources:
        for n in (*range(len(words)), ALL):
            whole, begun = got[source, n, True], got[source, n, False]
            found[source, n] = Borne(begun | whole, len(whole) <= most and len(begun) <= most)
    return found


def _manners(word: str, count: int) -> tuple[bool, ...]:
    """How a word is asked for: of one alone, those who have it whole are asked for apart, so that they are not lost among thousands."""
    return (True,) if only_whole(word) else (True, False) if count == 1 else (False,)
