"""`flask import` and `flask export`: the same engine as the screens, for whoever has a shell on the server."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app.cli import set_up_if_fresh
from app.cli_recipes import import_plans
from app.cli_words import in_language
from app.database import reading
from app.entity.conditions import BadCondition
from app.entity.fields import path_of
from app.entity.file_kinds import SheetError
from app.entity.import_parts import ABORT, ADD, CLEAR, KEEP, REJECT, SKIP, UPDATE
from app.entity.import_plan import ImportOptions, plan_import
from app.entity.list_state import ListState
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


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(import_command)
    app.cli.add_command(export_command)


def _entity(name: str) -> Entity:
    try:
        return portal().registry.entity(name)
    except KeyError as error:
        raise click.UsageError(error.args[0]) from error


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
    with in_language(locale or ""):
        entity = _entity(entity_name)
        set_up_if_fresh()
        sys.exit(_import(entity, file, options, encoding, report))


def _import(entity: Entity, file: Path, options: ImportOptions, encoding: str, report: Path | None) -> int:
    try:
        book = open_book(file, encoding=encoding)
        plan = plan_import(book, entity, portal().registry, Actor.system(), options)
        return import_plans(file, book, [plan], options.dry_run, options.on_error == SKIP, report)
    except SheetError as error:
        portal().session().rollback()
        click.echo(str(error), err=True)
        return 2


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
    with in_language(locale or ""), reading():
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
