"""The words of dictionaries that users extend (rows 1.1 and 1.7): household categories, layouts, uses, breeds, colours …"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import search_index
from models.base import DICTIONARIES, FIELD, Base, ChoiceSet, FieldInfo, Journaled, Problem, column, with_sort_keys


class Tone(ChoiceSet):
    """The colours a word can have on badges, grids and charts."""

    GRAY = "gray", _("Gray"), "gray"
    BLUE = "blue", _("Blue"), "blue"
    TEAL = "teal", _("Teal"), "teal"
    GREEN = "green", _("Green"), "green"
    AMBER = "amber", _("Amber"), "amber"
    ORANGE = "orange", _("Orange"), "orange"
    RED = "red", _("Red"), "red"
    VIOLET = "violet", _("Violet"), "violet"


class DictionaryCode(str, ChoiceSet):
    """The declared dictionaries as choices. A code is also the text that is stored, so that it compares with it."""

    def __new__(cls, value: str, label: Any, tone: str = "gray") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.tone = tone
        return member

    __hash__ = str.__hash__


@cache
def dictionary_codes() -> type[DictionaryCode]:
    """Every declared dictionary; asked for once all models are there."""
    return DictionaryCode("DictionaryCodes", [(d.code, (d.code, d.label)) for d in sorted(DICTIONARIES.values(), key=lambda d: d.code)])


class _Undeclared(str):
    """The code of a dictionary whose module is not installed any more: shown as it is."""

    label = value = property(str.__str__)
    tone = "gray"


class _CodeType(sa.TypeDecorator[str]):
    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value.value if isinstance(value, DictionaryCode) else value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        return dictionary_codes()(value) if value in DICTIONARIES else _Undeclared(value)


def in_english() -> bool:
    """Whether whoever reads the words reads English; outside a request it is Chinese."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


class DictionaryItem(Base, Journaled):
    """A word of a dictionary (row 1.7). A word in use cannot be deleted; `retired_on` takes it out of the choices instead."""

    __label__ = _("Dictionary word")
    __title__: ClassVar[tuple[str, ...]] = ("label",)
    __table_args__ = (sa.UniqueConstraint("dictionary", "label"),)

    dictionary: Mapped[str] = mapped_column(
        _CodeType(),
        info={FIELD: FieldInfo(_("Dictionary"), choices=dictionary_codes, aliases=("字典类型", "字典编码", "类型"))},
    )
    label: Mapped[str] = column(_("Word"), max_length=60, ordered=True, searched=True, aliases=("字典标签", "名称", "词条"))
    label_en: Mapped[str | None] = column(_("Word in English"), max_length=60, ordered=True, searched=True, aliases=("英文名称",))
    tone: Mapped[Tone] = column(_("Colour on screen"), choices=Tone, default=Tone.GRAY)
    position: Mapped[int] = column(_("Position"), default=0, hint=_("Small numbers come first"), aliases=("排序", "序号", "顺序"))
    code: Mapped[str | None] = column(
        _("Outside code"),
        max_length=40,
        ordered=True,
        searched=True,
        hint=_("What other systems call this word"),
        aliases=("字典键值", "编码", "代码"),
    )
    retired_on: Mapped[date | None] = column(_("Retired on"), hint=_("From this day on it can no longer be chosen"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))

    @property
    def text(self) -> str:
        """The word in the user's language; outside a request in Chinese."""
        return self.title_from((self.label, self.label_en))

    @classmethod
    def title_columns(cls) -> tuple[str, ...]:
        return "label", "label_en"

    @classmethod
    def title_from(cls, parts: Sequence[Any]) -> str:
        label, english = parts
        return english if english and in_english() else label

    def check(self) -> Iterable[Problem]:
        """The dictionary must be one that a model declares."""
        if self.dictionary not in DICTIONARIES:
            yield Problem(
                "dictionary",
                _("There is no dictionary %(name)s; there are: %(known)s", name=self.dictionary, known=", ".join(sorted(DICTIONARIES))),
            )


def _first_words(started: set[str]) -> Iterator[dict[str, object]]:
    for declared in DICTIONARIES.values():
        if declared.code not in started:
            for position, word in enumerate(declared.words, start=1):
                yield {
                    "dictionary": declared.code,
                    "label": word.label,
                    "label_en": word.english or None,
                    "tone": Tone(word.tone),
                    "position": position * 10,
                }


def seed_dictionaries(session: Session) -> int:
    """Insert the words that the declared dictionaries start with; returns how many were new.

    A dictionary that has any word already is the users' own: nothing in it is added, resurrected or overwritten, so a word
    that they renamed or deleted does not come back. Needs the search index (`search_index.ensure`). Flushes, never commits; safe to
    run on every start."""
    new = list(_first_words(set(session.scalars(sa.select(DictionaryItem.dictionary).distinct()))))
    if new:
        ids = session.scalars(sa.insert(DictionaryItem).returning(DictionaryItem.id), [with_sort_keys(DictionaryItem, row) for row in new])
        search_index.update(session, DictionaryItem, ids.all())
    return len(new)


def words_of(session: Session, code: str) -> dict[str, DictionaryItem]:
    """The words of one dictionary that can still be chosen, by Chinese label, in order."""
    query = sa.select(DictionaryItem).where(DictionaryItem.dictionary == code, DictionaryItem.retired_on.is_(None))
    return {item.label: item for item in session.scalars(query.order_by(DictionaryItem.position, DictionaryItem.id))}
