"""How a file will be read: sheet, header row, columns, key; made before the first row is touched and shown to the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from app.entity.fields import fields_of
from app.entity.file_kinds import SheetError
from app.entity.headers import guess_header, header_text, meanings, plain
from app.entity.mapping import ColumnMap, ColumnUse, check_once, guess, known_target, said_by_user
from app.entity.sheets import Book, Row
from app.entity.targets import Target, names_of, targets_of
from app.entity.values import LOCALES
from app.registry import Entity, Registry
from app.security.actor import Actor

UPDATE, SKIP = "update", "skip"
REJECT, ADD = "reject", "add"
KEEP, CLEAR = "keep", "clear"
ABORT = "abort"


@dataclass(frozen=True)
class ImportOptions:
    """What the user chose.

    sheet, header_row: None is guessed. mapping: `column=field`, `column=` to leave one out, `field:=value` for every row. key: the
    fields by which a record is recognised, () = the entity's own. existing: update or skip records that exist. new_words: reject
    or add words that are not in a dictionary. empty: keep or clear the present value where the file's cell is empty. on_error:
    abort (nothing is written when any row is rejected) or skip (the other rows are written). columns, constants: the same as
    mapping, said by index of the column; with columns nothing is guessed."""

    sheet: str | None = None
    header_row: int | None = None
    mapping: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    existing: str = UPDATE
    new_words: str = REJECT
    empty: str = KEEP
    on_error: str = ABORT
    dry_run: bool = False
    columns: Mapping[int, str] | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    chunk: int = 1000


@dataclass(frozen=True)
class Plan:
    """How the rows of a sheet are read. `problems` forbid the import; `missing` are the titles of required fields without a column."""

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


def _chosen(headers: Sequence[str], columns: Mapping[int, str], targets: Mapping[str, Target]) -> tuple[ColumnUse, ...]:
    """The columns as chosen on screen."""
    uses = [ColumnUse(i, header, columns.get(i, ""), "said", "" if columns.get(i) else _("left out")) for i, header in enumerate(headers)]
    for use in uses:
        if use.target:
            known_target(use.target, targets)
    check_once(uses, {}, targets)
    return tuple(uses)


def _passed_over() -> tuple[str, ...]:
    """The headers of the columns that the workbook of rejected rows adds; they are passed over when it comes back."""
    names: list[str] = []
    for locale in LOCALES:
        with force_locale(locale):
            names += [_("Reason for rejection"), _("Row in the file")]
    return tuple(dict.fromkeys(names))


def plan_import(book: Book, entity: Entity, registry: Registry, actor: Actor, options: ImportOptions) -> Plan:
    """Read the head of a file and decide how it will be read. Raises SheetError for what the user must say differently."""
    targets = targets_of(entity, registry, actor)
    sheet = book.first_sheet() if options.sheet is None else options.sheet
    head = book.head(sheet)
    if not head:
        raise SheetError(_("The sheet “%(name)s” is empty.", name=sheet) if sheet else _("The file is empty."))
    header_row = options.header_row or guess_header(head, _known(targets))
    headers = _headers(book, sheet, header_row, head)
    said, constants = said_by_user(options.mapping, headers, targets)
    constants |= {known_target(name, targets): value for name, value in options.constants.items()}
    uses = (
        _chosen(headers, options.columns, targets) if options.columns is not None else guess(entity, headers, targets, said, _passed_over())
    )
    uses = tuple(_unless_constant(u, constants) for u in uses)
    key = _key(entity, targets, {u.target for u in uses if u.target} | constants.keys(), options.key)
    columns = ColumnMap(tuple(_checked(u, targets, key) for u in uses), constants)
    return Plan(sheet, header_row, tuple(headers), columns, targets, key, *_check(entity, columns, targets, key))


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
            if name not in fields:
                raise SheetError(_("There is no field “%(name)s”; there are: %(known)s.", name=name, known=", ".join(fields)))
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
    entity: Entity, columns: ColumnMap, targets: Mapping[str, Target], key: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given = columns.given()
    missing = tuple(t.title() for name, t in targets.items() if t.required and not t.steps and not _gives(name, given))
    problems = []
    if not columns.used:
        problems.append(_("No column of the file was recognised; say which column is which field."))
    lacking = [targets[n].title() for n in key if not _gives(n, given) and not (_optional_part(entity, n, key))]
    if lacking:
        problems.append(
            _("Records are recognised by %(key)s, but the file has no such column; map one or choose another key.", key=", ".join(lacking))
        )
    return tuple(problems), missing
