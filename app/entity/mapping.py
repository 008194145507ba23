"""Which column of a file is which field: guessed from label, alias, name or pinyin, or said by the user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from app.entity.file_kinds import SheetError, column_letters, column_number
from app.entity.headers import meanings, plain, same_header
from app.entity.import_parts import CELL, HEADER
from app.entity.import_parts import ROW_NUMBER as ROW
from app.entity.targets import Target, entity_names, names_of
from app.registry import Entity
from models.spelling import spelled

ROW_NUMBER = "#"
"""A column that every file has: the number of the row in it. `--map "#=number"` numbers what has no number of its own."""

BESIDE = {ROW: ROW_NUMBER, HEADER: "#header", CELL: "#cell"}
"""How the columns are called that a file has beside its own."""

# Words that files add to a name or leave out. They count less than the name itself.
_TAILS = ("号码", "编号", "编码", "名称", "姓名", "日期", "时间", "号", "名")
_HEADS = ("所在", "所属", "当前", "客户")
_SCORES = {"name": 95, "label": 100, "alias": 98, "inner": 60}


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column of the file, by index from 0: its header, and the name of the target it feeds ('' = ignored).

    how: label, alias, name, pinyin, near or said (by the user); why: for an ignored column, the reason."""

    index: int
    header: str
    target: str = ""
    how: str = ""
    why: str = ""

    @property
    def letter(self) -> str:
        return column_letters(self.index + 1) if self.index >= 0 else BESIDE[self.index]


@dataclass(frozen=True)
class ColumnMap:
    """How a sheet is read: its columns (one use for each target that a column feeds), values that hold for every row, by target, and the
    targets that are given by links to other rows."""

    columns: tuple[ColumnUse, ...]
    constants: dict[str, str] = field(default_factory=dict)
    linked: frozenset[str] = frozenset()

    @property
    def used(self) -> dict[str, ColumnUse]:
        """The columns that feed something, by target."""
        return {c.target: c for c in self.columns if c.target}

    def given(self) -> set[str]:
        """Every target that is fed."""
        return self.used.keys() | self.constants.keys() | self.linked


def guess(
    entity: Entity, headers: Sequence[str], targets: Mapping[str, Target], said: Sequence[ColumnUse] = (), ignored: Iterable[str] = ()
) -> tuple[ColumnUse, ...]:
    """Give every column its target: what the user said first, then the surest guesses; each target is used once."""
    taken = {use.index: use for use in said}
    used = {use.target for use in said}
    names = {name: _spellings(entity, target) for name, target in targets.items()}
    offers: list[tuple[int, int, str, str]] = []
    for index, header in enumerate(headers):
        if index in taken or not header:
            continue
        for name, spellings in names.items():
            score, how = _score(header, spellings)
            if score and name not in used:
                offers.append((score, index, name, how))
    skipped = [plain(word) for word in ignored]
    uses = dict(taken)
    for score, index, name, how in sorted(offers, key=lambda o: (-o[0], o[1], len(o[2]))):
        if index in uses or name in used or plain(headers[index]) in skipped:
            continue
        rivals = {n for s, i, n, _how in offers if i == index and s == score and n not in used}
        if not all(n == name or n.startswith(f"{name}.") for n in rivals):
            continue  # it could be either, and a wrong column is worse than a missing one
        uses[index] = ColumnUse(index, headers[index], name, how)
        used.add(name)
    for index, header in enumerate(headers):
        if index not in uses:
            uses[index] = ColumnUse(index, header, why=_("no header") if not header else _("not recognised"))
    return tuple(_readable(uses[index], targets) for index in sorted(uses))


def _readable(use: ColumnUse, targets: Mapping[str, Target]) -> ColumnUse:
    target = targets.get(use.target)
    if target is not None and target.locked:
        # What is hidden is called as the file calls it: its own name is not told.
        name = use.header if target.hidden else target.title()
        return ColumnUse(use.index, use.header, why=_("you may not see %(field)s, so you cannot import it", field=name))
    return use


def _spellings(entity: Entity, target: Target) -> dict[str, int]:
    """Every spelling of a target's name with how surely it means the target."""
    found: dict[str, int] = {}
    prefixes = [plain(name) for name in entity_names(entity)]
    for kind, texts in names_of(target).items():
        for text in texts:
            # What the portal fills itself gives way: `房号` is the room's own number, unless another column is that.
            score = _SCORES[kind] - (25 if target.readonly else 0)
            form = plain(text)
            if not form:
                continue
            found[form] = max(found.get(form, 0), score)
            for other in _variants(form, prefixes):
                found[other] = max(found.get(other, 0), score - 30)
            if kind != "name" and not form.isascii():
                full, initials = spelled(form)
                found[full] = max(found.get(full, 0), score - 20)
                if len(initials) > 2:
                    found[initials] = max(found.get(initials, 0), score - 40)
    return found


def _variants(form: str, prefixes: Sequence[str]) -> set[str]:
    """A name without the words that files add: 房屋户型 -> 户型, 手机号码 -> 手机."""
    forms = {form}
    for prefix in (*prefixes, *_HEADS):
        forms |= {f.removeprefix(prefix) for f in forms}
    for tail in _TAILS:
        forms |= {f.removesuffix(tail) for f in forms}
    return {f for f in forms if len(f) > 1 and f != form}


def _score(header: str, spellings: Mapping[str, int]) -> tuple[int, str]:
    """How surely a header is one of these spellings, and how it was recognised."""
    best, how = 0, ""
    for penalty, form in enumerate(meanings(header)):
        if form in spellings:
            score = spellings[form] - penalty
            if score > best:
                best, how = score, "pinyin" if form.isascii() and form.isalpha() and score < 85 else "name" if score > 65 else "near"
        if penalty and not best:
            for variant in _variants(form, ()):
                score = spellings.get(variant, 0) - 30 - penalty
                if score > max(best, 20):
                    best, how = score, "near"
    return best, how


def said_by_user(entries: Iterable[str], headers: Sequence[str], targets: Mapping[str, Target]) -> tuple[list[ColumnUse], dict[str, str]]:
    """Read `column=field`, `column=` (ignore the column) and `field:=value` (a value for every row). Raises SheetError.

    A column is given by its header, its letter (C) or its number (3); a header wins over a letter."""
    uses: list[ColumnUse] = []
    constants: dict[str, str] = {}
    for entry in entries:
        if ":=" in entry:
            name, _sep, value = entry.partition(":=")
            constants[known_target(name.strip(), targets)] = value.strip()
            continue
        column, separator, name = entry.rpartition("=")
        if not separator:
            raise SheetError(_("“%(entry)s” is not of the form column=field.", entry=entry))
        index = find_column(column.strip(), headers)
        header = headers[index] if 0 <= index < len(headers) else column.strip()
        if not name.strip():
            uses.append(ColumnUse(index, header, how="said", why=_("left out")))
            continue
        target = known_target(name.strip(), targets)
        uses.append(ColumnUse(index, header, target, "said"))
    check_once(uses, constants, targets)
    return uses, constants


def check_once(uses: Sequence[ColumnUse], constants: Mapping[str, str], targets: Mapping[str, Target]) -> None:
    """Raise SheetError when two columns are meant for one field."""
    names = [use.target for use in uses if use.target] + list(constants)
    for name in names:
        if names.count(name) > 1:
            raise SheetError(_("Two columns are meant for %(field)s; choose one.", field=targets[name].title()))


def find_column(text: str, headers: Sequence[str]) -> int:
    """The index of a column given by header, letter or number; -1 is the row number (`#`). Raises SheetError."""
    for index, name in BESIDE.items():
        if text == name:
            return index
    exact = [i for i, header in enumerate(headers) if header == text]
    like = exact or [i for i, header in enumerate(headers) if header and same_header(text, header)]
    if len(like) > 1:
        raise SheetError(
            _("Several columns are called “%(column)s”; name it by its letter (%(letters)s).", column=text, letters=_letters(like))
        )
    if like:
        return like[0]
    if re.fullmatch(r"[A-Z]{1,3}|[a-z]{1,3}", text) and (text.isupper() or column_number(text) <= len(headers)):
        return column_number(text) - 1
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text) - 1
    raise SheetError(_("The file has no column “%(column)s”; it has: %(known)s.", column=text, known=", ".join(h for h in headers if h)))


def _letters(indexes: Iterable[int]) -> str:
    return ", ".join(column_letters(index + 1) for index in indexes)


def known_target(text: str, targets: Mapping[str, Target]) -> str:
    """The name of a target given by name or label. Raises SheetError with the known names, or when the actor may not see it."""
    found = [text] if text in targets else [n for n, t in targets.items() if any(plain(text) == plain(l) for l in names_of(t)["label"])]
    if len(found) == 1:
        if targets[found[0]].locked:
            name = text if targets[found[0]].hidden else targets[found[0]].title()
            raise SheetError(_("You may not see %(field)s, so you cannot import it.", field=name))
        return found[0]
    known = ", ".join(name for name, target in targets.items() if not target.hidden)
    raise SheetError(_("There is no field “%(name)s”; there are: %(known)s.", name=text, known=known))
