"""Step 2 put together: how a part is read beside what the file holds. What cannot be read as it was said is told where it stands, and the
rest is shown all the same (row 1.10)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.choices import find_ids
from app.entity.fields import Kind
from app.entity.file_kinds import SheetError, column_letters
from app.entity.found_by import found_by, with_readings
from app.entity.headers import header_text
from app.entity.import_form import NO_VALUE
from app.entity.import_match_screen import (
    AbsentForm,
    Constant,
    FeedLine,
    FileColumn,
    LinkLine,
    Matching,
    OnlyLine,
    TargetChoice,
)
from app.entity.import_parts import CELL, HEADER, ROW_NUMBER, Feed, Part, parts_as_json
from app.entity.import_plan import Plan, plan_part
from app.entity.lookups import Lookups
from app.entity.rule_base import Rule
from app.entity.rule_editor import editor_of
from app.entity.rule_preview import choices_for
from app.entity.screens import Option
from app.entity.sheets import Book
from app.entity.targets import Target
from app.entity.value_rules import pipeline, rule_from_json
from app.registry import Registry
from app.security.actor import Actor
from models.base import DICTIONARIES

_SAMPLES = 3
_LONGEST = 60
_WORDS = 200
_FEW = 100


@dataclass(frozen=True)
class Look:
    """Who looks at which file: what every piece of the page needs. parts: guessed columns written out; kept: as the import holds them."""

    session: Session
    registry: Registry
    actor: Actor
    book: Book
    parts: tuple[Part, ...]
    kept: tuple[Part, ...]

    def label(self, number: int) -> str:
        """What a part is called: its kind of record, counted where there are several."""
        part = self.parts[number]
        entity = self.registry.entities.get(part.entity)
        same = [n for n, other in enumerate(self.parts) if other.entity == part.entity]
        label = str(entity.plural) if entity is not None else part.entity
        return f"{label} {same.index(number) + 1}" if len(same) > 1 else label


def stamp(part: Part) -> str:
    """What a form says it was made from, so that two windows cannot overwrite each other's work unseen."""
    return hashlib.blake2b(json.dumps(parts_as_json([part]), sort_keys=True).encode(), digest_size=8).hexdigest()


def readable(look: Look, part: Part) -> tuple[Plan, Part, dict[int, str], list[str]]:
    """The plan of as much of a part as can be read, that much of the part, what is wrong with which feed, and with the rest."""
    wrong: dict[int, str] = {}
    others: list[str] = []
    try:
        bare = plan_part(look.book, replace(part, feeds=None), look.registry, look.actor)
    except SheetError as error:
        others.append(str(error))
        bare = plan_part(look.book, Part(part.entity, part.sheet, name=part.name), look.registry, look.actor)
    kept, taken = [], set()
    for number, feed in enumerate(part.feeds or ()):
        target = bare.targets.get(feed.target)
        reason = _wrong_with(feed, target, part, taken)
        if reason:
            wrong[number] = reason
        else:
            taken.add(feed.target)
            kept.append(feed)
    good = replace(part, sheet=bare.sheet, header_row=bare.header_row, feeds=tuple(kept))
    try:
        return plan_part(look.book, good, look.registry, look.actor), good, wrong, others
    except SheetError as error:
        return bare, good, wrong, [*others, str(error)]


def _wrong_with(feed: Feed, target: Target | None, part: Part, taken: set[str]) -> str:
    if target is None or target.hidden:
        return _("This field does not exist.")
    if target.locked:
        return _("You may not see %(field)s, so you cannot import it.", field=target.title())
    if feed.target in taken:
        return _("%(field)s comes from another column already.", field=target.title())
    if any(c in (HEADER, CELL) for c in feed.columns) and not part.unpivot:
        return _("No column becomes rows any more.")
    try:
        pipeline(feed.rules, len(feed.columns), target.title())
    except SheetError as error:
        return str(error)
    return ""


def matching(look: Look, number: int, edit: str, again: int | None, may_add_words: bool) -> Matching:
    """The part that is open. edit: the target whose rules are open; again: the column that is to feed one more field."""
    part = look.parts[number]
    plan, good, wrong, problems = readable(look, part)
    columns = columns_of(look.book, plan)
    targets = tuple(_choice(t) for t in plan.targets.values() if usable(t))
    lines = _lines(look, good, part, columns, wrong, edit, again)
    return Matching(
        number=number,
        seen=stamp(look.kept[number]),
        entity=part.entity,
        label=look.label(number),
        sheets=tuple(Option(name, name, name == plan.sheet) for name in look.book.sheets),
        header_row=plan.header_row,
        lines=tuple(lines),
        columns=tuple(columns.values()),
        targets=targets,
        constants=tuple(_constants(look, good, plan)),
        links=tuple(_links(look, number, plan)),
        keys=_keys(plan),
        existing=part.existing,
        unknown=part.new_words,
        empty=part.empty,
        merge=part.merge,
        unpivot=part.unpivot,
        only=tuple(OnlyLine(o.column, "; ".join(o.words), o.other) for o in part.only),
        absent=_absent(part, plan),
        rows=sum(1 for row, _cells in look.book.head(plan.sheet, 200) if row > plan.header_row),
        may_add_words=may_add_words,
        problems=tuple(dict.fromkeys([*plan.problems, *problems, *wrong.values()])),
        missing=plan.missing,
        first=number == 0,
        last=number == len(look.parts) - 1,
    )


def usable(target: Target) -> bool:
    """Whether a column may go to a target."""
    return not target.locked and (not target.readonly or target.field.unique)


def columns_of(book: Book, plan: Plan) -> dict[int, FileColumn]:
    """The columns of a sheet with real values, and those that it has beside its own."""
    found: dict[int, list[str]] = {}
    width = len(plan.headers)
    for number, cells in book.head(plan.sheet, 60):
        if number <= plan.header_row:
            continue
        width = max(width, len(cells))
        for index, cell in enumerate(cells):
            values = found.setdefault(index, [])
            if cell is not None and len(values) < _SAMPLES and (text := header_text(cell)[:_LONGEST]) not in values:
                values.append(text)
    headers = [header_text(h) for h in plan.headers]
    columns = {
        index: FileColumn(index, column_letters(index + 1), headers[index] if index < len(headers) else "", tuple(found.get(index, ())))
        for index in range(width)
    }
    columns[ROW_NUMBER] = FileColumn(ROW_NUMBER, "#", _("Number of the row"))
    if plan.part.unpivot:
        turned = [columns[c] for c in plan.part.unpivot if c in columns]
        columns[HEADER] = FileColumn(HEADER, "↑", _("Head of the column that became a row"), tuple(c.header for c in turned[:_SAMPLES]))
        cells = tuple(dict.fromkeys(sample for c in turned for sample in c.samples))
        columns[CELL] = FileColumn(CELL, "□", _("Cell of the column that became a row"), cells[:_SAMPLES])
    return columns


def _choice(target: Target) -> TargetChoice:
    title = target.title()
    return TargetChoice(target.name, title, target.required, _hint(target), found_by(title))


def _hint(target: Target) -> str:
    f = target.field
    if f.unit:
        return str(f.unit)
    if f.dictionary and f.dictionary in DICTIONARIES:
        return str(DICTIONARIES[f.dictionary].label)
    return _("date") if f.kind is Kind.DATE else ""


def _lines(
    look: Look, good: Part, part: Part, columns: Mapping[int, FileColumn], wrong: Mapping[int, str], edit: str, again: int | None
) -> list[FeedLine]:
    """The table: every column of the file in order, each with what it feeds; the portal's own ones last."""
    lines: list[FeedLine] = []
    feeds = [(n, feed) for n, feed in enumerate(part.feeds or ()) if feed.columns]
    numbers = {id(feed): place for place, (_n, feed) in enumerate(feeds)}
    order = [*(c for c in columns if c >= 0), *(c for c in (HEADER, CELL, ROW_NUMBER) if c in columns)]
    for index in order:
        mine = [(n, feed) for n, feed in feeds if feed.columns[0] == index]
        for n, feed in mine:
            editor = editor_of(look, good, feed, columns) if feed.target == edit and edit else None
            lines.append(
                FeedLine(
                    number=numbers[id(feed)],
                    column=columns[index],
                    target=feed.target,
                    columns=",".join(map(str, feed.columns)),
                    rules=json.dumps([dict(rule) for rule in feed.rules], ensure_ascii=False) if feed.rules else "",
                    chips=tuple(chip_of(rule) for rule in feed.rules),
                    joined=tuple(columns[c] for c in feed.columns[1:] if c in columns),
                    problem=wrong.get(n, ""),
                    first=feed is mine[0][1],
                    editor=editor,
                )
            )
        joined = any(index in feed.columns for _n, feed in feeds)
        if not mine and index not in part.unpivot and (index != ROW_NUMBER or not joined):
            lines.append(FeedLine(-1, columns[index]))
        elif mine and index == again:
            lines.append(FeedLine(-1, columns[index], first=False))
    return lines


def chip_of(data: Mapping[str, Any]) -> str:
    """A rule in a few words: 去掉文字：㎡."""
    try:
        rule = rule_from_json(data)
    except SheetError:
        return _("%(rule)s: not complete", rule=data.get("do"))
    details = [text for setting in rule.settings if (text := _worded(rule, setting.name, setting.kind, setting.choices, setting.usual))]
    label = str(rule.label)
    return f"{label}{_(': ')}{_(', ').join(details)}" if details else label


def _worded(rule: Rule, name: str, kind: str, choices: Sequence[tuple[str, Any]], usual: Any) -> str:
    value = getattr(rule, name)
    if value == usual:
        return ""
    if kind == "choice":
        return str(dict(choices).get(value, value))
    if kind == "words":
        shown = [f"{code} → {word or NO_VALUE}" for code, word in list(value.items())[:2]]
        return "; ".join(shown) + (f" … ({len(value)})" if len(value) > 2 else "")
    return " ".join(value) if kind == "texts" else f"“{value}”" if kind == "text" else str(value)


def _constants(look: Look, good: Part, plan: Plan) -> list[Constant]:
    fed = {feed.target for feed in good.feeds or () if feed.constant is None}
    given = {feed.target: feed.constant or "" for feed in good.feeds or () if feed.constant is not None}
    found = []
    for t in plan.targets.values():
        if t.locked or t.readonly or t.name in fed:
            continue
        words: tuple[tuple[str, str], ...] = ()
        if t.field.dictionary or t.field.choices or t.field.kind is Kind.BOOLEAN:
            words = with_readings(choices_for(look.session, look.registry, look.actor, good, t.name, _WORDS))
        elif t.field.kind is Kind.RELATION and not t.steps:
            words = with_readings(_few(look, t))
        found.append(Constant(t.name, t.title(), given.get(t.name, ""), t.required, _hint(t), words))
    return found


def _few(look: Look, target: Target) -> list[str]:
    """The records that a relation may point to, by title, where there are few."""
    ids, count = find_ids(look.session, target.field, look.actor, "", most=_FEW)
    if not ids or count > _FEW:
        return []
    model, lookups = target.field.target, Lookups(look.session, look.actor, look.registry)
    return [lookups.title(record) for record in look.session.scalars(sa.select(model).where(model.id.in_(ids)).order_by(model.id))]


def _links(look: Look, number: int, plan: Plan) -> list[LinkLine]:
    """Relations that an earlier part can give."""
    found = []
    for t in plan.targets.values():
        if t.steps or t.locked or t.field.kind is not Kind.RELATION or t.field.dictionary:
            continue
        before = [n for n in range(number) if _model(look, n) is t.field.target]
        feed = look.parts[number].feed(t.name)
        link = feed.link if feed is not None else None
        if not before and link is None:
            continue
        chosen = next((n for n in before if link is not None and look.parts[n].called == link.part), None)
        other = look.parts[chosen if chosen is not None else before[0]] if before else None
        others, same = (), True
        if other is not None:
            their = readable(look, other)[0]
            others, same = tuple(c for c in columns_of(look.book, their).values() if c.index >= 0), their.sheet == plan.sheet
        found.append(
            LinkLine(
                target=t.name,
                label=t.title(),
                parts=tuple(Option(look.parts[n].called, look.label(n), n == chosen) for n in before),
                chosen=link.part if link is not None else "",
                by=link.by[0] if link is not None and link.by else None,
                to=link.to[0] if link is not None and link.to else None,
                others=others,
                same_sheet=same,
            )
        )
    return found


def _model(look: Look, number: int) -> Any:
    entity = look.registry.entities.get(look.parts[number].entity)
    return entity.model if entity is not None else None


def _keys(plan: Plan) -> tuple[Option, ...]:
    """What may serve to recognise a record: the entity's own key and what the file has."""
    given = {name.partition(".")[0] for name in plan.columns.given()}
    names = [n for n in plan.targets if "." not in n and (n in plan.entity.key or n in given or n in plan.key)]
    fit = [plan.targets[n] for n in names if not plan.targets[n].locked and plan.targets[n].field.kind is not Kind.LONG]
    return tuple(Option(t.name, t.title(), t.name in plan.key) for t in fit)


def _absent(part: Part, plan: Plan) -> AbsentForm:
    now = part.absent
    given = {name.partition(".")[0] for name in plan.columns.given()}
    within = [t for t in plan.targets.values() if not t.steps and t.name in given and t.field.kind is Kind.RELATION]
    fields = [t for t in plan.targets.values() if not t.steps and not t.readonly and not t.locked]
    chosen = next(iter(now.set), "") if now is not None else ""
    return AbsentForm(
        mode="" if now is None else "set" if now.set else "report",
        within=tuple(Option(t.name, t.title(), now is not None and t.name in now.within) for t in within),
        fields=tuple(Option(t.name, t.title(), t.name == chosen) for t in fields),
        value=now.set.get(chosen, "") if now is not None else "",
    )
