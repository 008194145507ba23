"""How a part of an import will be read: sheet, header row, columns, key; made before the first row is touched and shown to the user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from app.entity.fields import Kind, fields_of
from app.entity.file_kinds import SheetError
from app.entity.headers import guess_header, header_text, meanings, plain
from app.entity.import_parts import ABORT, CELL, HEADER, KEEP, REJECT, UPDATE, Feed, Link, Part, RecipeError
from app.entity.mapping import ColumnMap, ColumnUse, check_once, guess, known_target, said_by_user
from app.entity.sheets import Book, Row
from app.entity.targets import Target, names_of, targets_of
from app.entity.value_rules import pipeline
from app.entity.values import LOCALES
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.base import Base


@dataclass(frozen=True)
class ImportOptions:
    """What was said about a file of one kind of record, by names.

    sheet, header_row: None is guessed. mapping: `column=field`, `column=` to leave one out, `field:=value` for every row. key: the
    fields by which a record is recognised, () = the entity's own. existing: update or skip records that exist. new_words: reject
    or add words that are not in a dictionary. empty: keep or clear the present value where the file's cell is empty. on_error:
    abort (nothing is written when any row is rejected) or skip (the other rows are written)."""

    sheet: str | None = None
    header_row: int | None = None
    mapping: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    existing: str = UPDATE
    new_words: str = REJECT
    empty: str = KEEP
    on_error: str = ABORT
    dry_run: bool = False
    chunk: int = 1000


@dataclass(frozen=True)
class Plan:
    """How the rows of a sheet are read. part: complete, with its feeds; `problems` forbid the import; `missing` are the titles of required
    fields that nothing feeds."""

    part: Part
    entity: Entity
    sheet: str
    header_row: int
    headers: tuple[str, ...]
    columns: ColumnMap
    targets: Mapping[str, Target]
    key: tuple[str, ...]
    problems: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())


def _unless_constant(use: ColumnUse, constants: Mapping[str, str]) -> ColumnUse:
    """A value that holds for every row wins over a column that merely looks like its field."""
    if use.how == "said" or use.target not in constants:
        return use
    return ColumnUse(use.index, use.header, why=_("every row gets “%(value)s”", value=constants[use.target]))


def _passed_over() -> tuple[str, ...]:
    """The headers of the columns that the workbook of rejected rows adds; they are passed over when it comes back."""
    names: list[str] = []
    for locale in LOCALES:
        with force_locale(locale):
            names += [_("Reason for rejection"), _("Row in the file")]
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class Head:
    """The head of a sheet: where its headers stand and what they are."""

    sheet: str
    row: int
    headers: list[str]


def _head(book: Book, sheet: str | None, header_row: int | None, targets: Mapping[str, Target]) -> Head:
    sheet = book.first_sheet() if sheet is None else sheet
    head = book.head(sheet)
    if not head:
        raise SheetError(_("The sheet “%(name)s” is empty.", name=sheet) if sheet else _("The file is empty."))
    row = header_row or guess_header(head, _known(targets))
    return Head(sheet, row, _headers(book, sheet, row, head))


def head_of(book: Book, part: Part, registry: Registry, actor: Actor) -> Head:
    """The head of the sheet that a part reads. Raises SheetError."""
    return _head(book, part.sheet, part.header_row, targets_of(entity_of(part, registry), registry, actor))


def plan_import(book: Book, entity: Entity, registry: Registry, actor: Actor, options: ImportOptions) -> Plan:
    """Read the head of a file and decide how it will be read as records of one kind. Raises SheetError for what the user must say
    differently."""
    targets = targets_of(entity, registry, actor)
    head = _head(book, options.sheet, options.header_row, targets)
    said, constants = said_by_user(options.mapping, head.headers, targets)
    part = Part(
        entity.name,
        head.sheet,
        head.row,
        key=tuple(options.key),
        existing=options.existing,
        new_words=options.new_words,
        empty=options.empty,
    )
    return _planned(part, entity, head, targets, guess(entity, head.headers, targets, said, _passed_over()), constants)


def plan_part(book: Book, part: Part, registry: Registry, actor: Actor) -> Plan:
    """Read the head of a sheet and decide how a part of an import will be read. Raises SheetError for what must be said differently."""
    entity = entity_of(part, registry)
    targets = targets_of(entity, registry, actor)
    head = _head(book, part.sheet, part.header_row, targets)
    if part.feeds is None:
        return _planned(part, entity, head, targets, guess(entity, head.headers, targets, (), _passed_over()), {})
    feeds = tuple(_checked_feed(part, feed, targets) for feed in part.feeds)
    uses = _uses(head.headers, feeds)
    check_once([ColumnUse(0, "", f.target) for f in feeds], {}, targets)
    constants = {f.target: f.constant for f in feeds if f.constant is not None}
    return _planned(part, entity, head, targets, uses, constants, feeds)


def plan_parts(book: Book, parts: Sequence[Part], registry: Registry, actor: Actor) -> list[Plan]:
    """Plan every part of an import, in order. Raises SheetError for what must be said differently, and for links that lead nowhere."""
    if not parts:
        raise SheetError(_("Say what the file holds: there is nothing to import yet."))
    plans: list[Plan] = []
    models: dict[str, type[Base]] = {}
    for part in parts:
        plan = plan_part(book, part, registry, actor)
        for feed in plan.part.feeds or ():
            if feed.link is not None:
                _check_link(plan, feed, feed.link, models)
        if part.called in models:
            raise RecipeError(_("Two parts are called “%(name)s”; give each a name of its own.", name=part.called))
        models[part.called] = plan.entity.model
        plans.append(plan)
    return plans


def _check_link(plan: Plan, feed: Feed, link: Link, models: Mapping[str, type[Base]]) -> None:
    target = plan.targets[feed.target]
    if link.part not in models:
        message = _("%(field)s is linked to “%(part)s”, but no part before it is called so.", field=target.title(), part=link.part)
        raise RecipeError(message)
    if models[link.part] is not target.field.target:
        raise RecipeError(_("%(field)s cannot point to a record of “%(part)s”.", field=target.title(), part=link.part))


def entity_of(part: Part, registry: Registry) -> Entity:
    """The kind of record of a part. Raises RecipeError."""
    found = registry.entities.get(part.entity)
    if found is None:
        raise RecipeError(
            _("There is no kind of record “%(name)s”; there are: %(known)s.", name=part.entity, known=", ".join(registry.entities))
        )
    return found


def _checked_feed(part: Part, feed: Feed, targets: Mapping[str, Target]) -> Feed:
    target = targets[known_target(feed.target, targets)]
    if any(column in (HEADER, CELL) for column in feed.columns) and not part.unpivot:
        raise RecipeError(_("%(field)s is fed from columns that become rows, but none was said to.", field=target.title()))
    if feed.link is not None and (target.field.kind is not Kind.RELATION or target.steps or target.field.dictionary):
        raise RecipeError(_("%(field)s points to no record, so no row can be linked to it.", field=target.title()))
    pipeline(feed.rules, len(feed.columns), target.title())
    return replace(feed, target=target.name)


def _uses(headers: Sequence[str], feeds: Iterable[Feed]) -> tuple[ColumnUse, ...]:
    """The columns of a sheet with what they feed, one use for each."""
    fed: dict[int, list[str]] = {}
    for feed in feeds:
        for column in feed.columns:
            fed.setdefault(column, []).append(feed.target)
    uses = []
    for index in sorted({*range(len(headers)), *fed}):
        header = headers[index] if 0 <= index < len(headers) else ""
        uses += (
            [ColumnUse(index, header, name, "said") for name in fed[index]]
            if index in fed
            else [ColumnUse(index, header, "", "said", _("left out"))]
        )
    return tuple(uses)


def _planned(
    part: Part,
    entity: Entity,
    head: Head,
    targets: Mapping[str, Target],
    uses: Iterable[ColumnUse],
    constants: Mapping[str, str],
    feeds: tuple[Feed, ...] | None = None,
) -> Plan:
    uses = tuple(_unless_constant(u, constants) for u in uses)
    linked = {f.target for f in feeds or () if f.link is not None}
    key = _key(entity, targets, {u.target for u in uses if u.target} | constants.keys() | linked, part.key)
    columns = ColumnMap(tuple(_checked(u, targets, key) for u in uses), dict(constants), frozenset(linked))
    if feeds is None:
        feeds = tuple(Feed(u.target, (u.index,)) for u in columns.columns if u.target)
        feeds += tuple(Feed(name, constant=value) for name, value in constants.items())
    given = columns.given()
    complete = replace(part, sheet=head.sheet, header_row=head.row, feeds=tuple(f for f in feeds if f.target in given))
    problems, missing = _check(entity, columns, targets, key, part.merge)
    return Plan(complete, entity, head.sheet, head.row, tuple(head.headers), columns, targets, key, problems, missing)


def _known(targets: Mapping[str, Target]) -> _Known:
    return _Known({plain(text) for target in targets.values() for texts in names_of(target).values() for text in texts})


class _Known:
    """Whether a header is the name of a field, in any language."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def __call__(self, header: str) -> bool:
        return any(form in self.names for form in meanings(header))


def _headers(book: Book, sheet: str, header_row: int, head: Sequence[Row]) -> list[str]:
    rows: Iterator[Row] = iter(head) if header_row <= head[-1][0] else book.rows(sheet)
    cells = next((cells for number, cells in rows if number == header_row), None)
    if cells is None:
        raise SheetError(_("Row %(row)d is empty; it cannot be the header.", row=header_row))
    return [_whole(cell) for cell in cells]


def _whole(cell: object) -> str:
    """A header with its line breaks, which tell where the instruction begins."""
    return str(cell).strip() if isinstance(cell, str) else header_text(cell)


def _key(entity: Entity, targets: Mapping[str, Target], given: set[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """The fields by which records are recognised: those asked for, the entity's own, or a unique field that the file has."""
    fields = fields_of(entity.model)
    if wanted:
        for name in wanted:
            if name not in fields or targets[name].hidden:
                known = ", ".join(n for n in fields if not targets[n].hidden)
                raise SheetError(_("There is no field “%(name)s”; there are: %(known)s.", name=name, known=known))
            if targets[name].locked:
                raise SheetError(_("You may not see %(field)s, so it cannot be the key.", field=targets[name].title()))
        return tuple(wanted)
    for key in (entity.key, *_unique_keys(entity)):
        # An empty part (a room without entrance) is part of the name too, so an optional one may be absent from the file.
        present = [n for n in key if _gives(n, given)]
        if present and all(n in present or _optional_part(entity, n, key) for n in key) and not any(targets[n].locked for n in key):
            return tuple(key)
    return tuple(entity.key)


def _optional_part(entity: Entity, name: str, key: Sequence[str]) -> bool:
    f = fields_of(entity.model)[name]
    return len(key) > 1 and not f.required


def _gives(name: str, given: set[str]) -> bool:
    return name in given or any(g.startswith(f"{name}.") for g in given)


def _unique_keys(entity: Entity) -> Iterator[tuple[str, ...]]:
    fields = fields_of(entity.model)
    # A computed field (a hybrid) has an expression, not a column.
    by_column = {f.column.name: f.name for f in fields.values() if isinstance(f.column, sa.Column)}
    yield from ((f.name,) for f in fields.values() if f.unique)
    for constraint in entity.model.__table__.constraints:
        if isinstance(constraint, sa.UniqueConstraint) and all(c.name in by_column for c in constraint.columns):
            yield tuple(by_column[c.name] for c in constraint.columns)


def _checked(use: ColumnUse, targets: Mapping[str, Target], key: Sequence[str]) -> ColumnUse:
    """A column of a field that the portal fills serves to recognise records or not at all."""
    target = targets.get(use.target)
    if target is not None and target.readonly and use.target not in key:
        return ColumnUse(use.index, use.header, why=_("the portal fills %(field)s itself", field=target.title()))
    return use


def _check(
    entity: Entity, columns: ColumnMap, targets: Mapping[str, Target], key: Sequence[str], merge: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given = columns.given()
    missing = tuple(t.title() for name, t in targets.items() if t.required and not t.steps and not _gives(name, given))
    problems = []
    if not columns.used and not columns.linked and not (merge and columns.constants):
        problems.append(_("No column of the file was recognised; say which column is which field."))
    lacking = [targets[n].title() for n in key if not _gives(n, given) and not (_optional_part(entity, n, key))]
    if lacking:
        problems.append(
            _("Records are recognised by %(key)s, but the file has no such column; map one or choose another key.", key=", ".join(lacking))
        )
    return tuple(problems), missing
