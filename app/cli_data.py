"""`flask import` and `flask export`: the same engine as the screens, for whoever has a shell on the server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.cli import set_up_if_fresh
from app.database import reading
from app.entity.conditions import BadCondition
from app.entity.fields import path_of
from app.entity.file_kinds import SheetError
from app.entity.import_plan import ABORT, ADD, CLEAR, KEEP, REJECT, SKIP, UPDATE, ImportOptions, Plan, plan_import
from app.entity.import_result import ImportResult
from app.entity.importer import import_book
from app.entity.list_state import ListState
from app.entity.rejects import RejectBook
from app.entity.sheets import open_book
from app.exporting.formats import FORMATS
from app.exporting.rows import all_columns
from app.exporting.table import ExportError
from app.exporting.templates import load_templates
from app.exporting.wanted import Asked, Wanted
from app.exporting.writing import write
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor

_SHOWN = 20


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(import_command)
    app.cli.add_command(export_command)


def _entity(name: str) -> Entity:
    try:
        return portal().registry.entity(name)
    except KeyError as error:
        raise click.UsageError(error.args[0]) from error


@contextmanager
def _language(locale: str) -> Iterator[None]:
    if locale:
        with force_locale(locale):
            yield
    else:
        yield


def _mapping(maps: tuple[str, ...], constants: tuple[str, ...]) -> tuple[str, ...]:
    """`--set "field=value"` is `--map "field:=value"`."""
    entries = list(maps)
    for constant in constants:
        name, separator, value = constant.partition("=")
        if not separator:
            raise click.UsageError(f'--set "{constant}": "field=value" is needed')
        entries.append(f"{name.strip()}:={value.strip()}")
    return tuple(entries)


@click.command("import")
@click.argument("entity_name", metavar="ENTITY")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sheet", help="Sheet of a workbook; otherwise the first one that holds anything.")
@click.option("--header-row", type=click.IntRange(min=1), help="Row with the headers; otherwise it is guessed.")
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar='"COLUMN=FIELD"',
    help="Column by header, letter or number; # is the row number; nothing after = leaves it out.",
)
@click.option("--set", "constants", multiple=True, metavar='"FIELD=VALUE"', help="A value for every row.")
@click.option("--key", multiple=True, metavar="FIELD", help="Field by which a record is recognised; repeat it for several.")
@click.option(
    "--existing", type=click.Choice([UPDATE, SKIP]), default=UPDATE, show_default=True, help="What to do with records that exist."
)
@click.option("--add-words", is_flag=True, help="Add words that are not in a dictionary instead of rejecting them.")
@click.option("--clear-empty", is_flag=True, help="An empty cell clears the present value; otherwise it is left as it is.")
@click.option("--dry-run", is_flag=True, help="Do everything, write nothing.")
@click.option(
    "--on-error",
    type=click.Choice([ABORT, SKIP]),
    default=ABORT,
    show_default=True,
    help="abort: a rejected row stops all; skip: the other rows are written.",
)
@click.option("--report", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Workbook (.xlsx) for the rejected rows.")
@click.option("--encoding", default="", help="Encoding of a .csv; otherwise UTF-8 or GB18030, found out.")
@click.option("--locale", type=click.Choice(["zh", "en"]), default=None, help="Language of messages.")
@with_appcontext
def import_command(
    entity_name: str,
    file: Path,
    sheet: str | None,
    header_row: int | None,
    maps: tuple[str, ...],
    constants: tuple[str, ...],
    key: tuple[str, ...],
    existing: str,
    add_words: bool,
    clear_empty: bool,
    dry_run: bool,
    on_error: str,
    report: Path | None,
    encoding: str,
    locale: str | None,
) -> None:
    """Import FILE (.xlsx .xls .ods .csv) into ENTITY, such as rooms or pets."""
    options = ImportOptions(
        sheet=sheet,
        header_row=header_row,
        mapping=_mapping(maps, constants),
        key=key,
        existing=existing,
        new_words=ADD if add_words else REJECT,
        empty=CLEAR if clear_empty else KEEP,
        dry_run=dry_run,
        on_error=on_error,
    )
    with _language(locale or ""):
        entity = _entity(entity_name)
        set_up_if_fresh()
        sys.exit(_import(entity, file, options, encoding, report))


def _import(entity: Entity, file: Path, options: ImportOptions, encoding: str, report: Path | None) -> int:
    session = portal().session()
    actor = Actor.system()
    rejects = RejectBook(report) if report is not None else None
    try:
        book = open_book(file, encoding=encoding)
        plan = plan_import(book, entity, portal().registry, actor, options)
        _show_plan(entity, plan)
        result = import_book(session, entity, actor, book, options, portal().registry, rejects, plan)
        if result.may_commit:
            session.commit()
        else:
            session.rollback()
    except SheetError as error:
        session.rollback()
        click.echo(str(error), err=True)
        return 2
    finally:
        written = rejects.close() if rejects is not None else None
    _show_result(result, written)
    return 0 if not result.rejected or options.on_error == SKIP else 1


def _show_plan(entity: Entity, plan: Plan) -> None:
    click.echo(
        _(
            "%(entity)s · sheet “%(sheet)s” · header in row %(row)d · key %(key)s",
            entity=entity.name,
            sheet=plan.sheet or "-",
            row=plan.header_row,
            key="+".join(plan.key),
        )
    )
    for use in plan.columns.columns:
        header = " ".join(use.header.split())
        meaning = f"{plan.targets[use.target].title()} ({use.target}, {use.how})" if use.target else f"× {use.why}"
        if use.header or use.target:
            click.echo(f"  {use.letter:>3} {header} → {meaning}")
    for name, value in plan.columns.constants.items():
        click.echo(f"    := {value} → {plan.targets[name].title()} ({name})")
    for title in plan.missing:
        click.echo("  ! " + _("There is no column for %(field)s, which new records need", field=title))


def _show_result(result: ImportResult, report: Path | None) -> None:
    for sentence in result.understood():
        click.echo("  · " + sentence)
    for r in result.rejections[:_SHOWN]:
        click.echo(
            "  ✗ "
            + _(
                "row %(row)d, %(column)s, “%(value)s”: %(reason)s",
                row=r.row,
                column=" ".join(r.column.split()) or "-",
                value=r.value,
                reason=r.reason,
            )
        )
    if result.rejected > _SHOWN:
        for (column, reason), count in result.reasons.most_common(_SHOWN):
            click.echo(f"  ✗ {count} × {' '.join(column.split())}: {reason}")
    if report is not None:
        click.echo("  " + _("Rejected rows are in %(file)s", file=report))
    if result.aborted and not result.dry_run:
        click.echo("  " + _("Nothing was written, because rows were rejected; with --on-error skip the others are written"))
    counts = {"new": result.new, "changed": result.changed, "unchanged": result.unchanged, "rejected": result.rejected}
    facts = {"rows": result.rows, "dry_run": str(result.dry_run).lower(), "written": str(result.may_commit).lower()}
    click.echo(" ".join(f"{name}={value}" for name, value in (counts | facts).items()))


@click.command("export")
@click.argument("entity_name", metavar="ENTITY")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--columns", default="", metavar="A,B", help="Fields, dotted through relations; otherwise those of the list.")
@click.option("--all-columns", "every", is_flag=True, help="Every field of the entity.")
@click.option("--template", default="", metavar="NAME", help="A saved template, by its name or number.")
@click.option("--where", "conditions", multiple=True, metavar="CONDITION", help="A condition as addresses write it: floor:between:3..6.")
@click.option("--sum", "sums", multiple=True, metavar="FIELD", help="A column that a last row adds up; repeat it for several.")
@click.option("--sort", default="", metavar="A,-B", help="The order; otherwise that of the list.")
@click.option("--locale", type=click.Choice(["zh", "en"]), default=None, help="Language of headers and words.")
@with_appcontext
def export_command(
    entity_name: str,
    file: Path,
    columns: str,
    every: bool,
    template: str,
    conditions: tuple[str, ...],
    sums: tuple[str, ...],
    sort: str,
    locale: str | None,
) -> None:
    """Export ENTITY to FILE: .xlsx .csv .ods .pdf .txt .json .xml, or .xsd, the schema of the .xml."""
    entity = _entity(entity_name)
    kind = file.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise click.UsageError(f"{', '.join(f'.{key}' for key in FORMATS)} is needed")
    set_up_if_fresh()
    with _language(locale or ""), reading():
        session, actor = portal().session(), Actor.system()
        wanted = _template(session, entity, actor, template) if template else Wanted()
        names = all_columns(entity) if every else tuple(n.strip() for n in columns.split(",") if n.strip()) or wanted.columns
        wanted = replace(wanted, kind=kind, columns=names or entity.columns, sums=sums or wanted.sums, sort=sort or wanted.sort)
        try:
            for name in (*wanted.columns, *wanted.sums):
                path_of(entity.model, name)
        except KeyError as error:
            raise click.UsageError(f"{name}: {error}") from error
        try:
            # Beside the old file first: an error halfway must not take its place.
            part = file.with_name(file.name + ".part")
            with part.open("wb") as target:
                count = write(session, Asked(entity, wanted, ListState(filters=conditions)), actor, target)
            part.replace(file)
        except (ExportError, BadCondition) as error:
            part.unlink(missing_ok=True)
            raise click.ClickException(str(error)) from error
    click.echo(f"rows={count} file={file}")


def _template(session: Session, entity: Entity, actor: Actor, name: str) -> Wanted:
    found = [t for t in load_templates(session, entity, actor) if name in (t.name, str(t.id))]
    if len(found) == 1:
        return found[0].wanted
    known = "; ".join(f"{t.id} {t.name} ({t.owner_name or '-'})" for t in found or load_templates(session, entity, actor))
    raise click.UsageError(f"template {name!r}: {'several are called so' if found else 'there is none'}. There are: {known or '-'}")
