"""`flask import` and `flask export`: the same engine as the screens, for whoever has a shell on the server."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from app.cli import set_up_if_fresh
from app.cli_words import in_language, show_plan, show_result
from app.database import reading
from app.entity.exporter import ExportError, all_columns, export_csv, export_xlsx
from app.entity.fields import path_of
from app.entity.file_kinds import SheetError
from app.entity.import_parts import ABORT, ADD, CLEAR, KEEP, REJECT, SKIP, UPDATE
from app.entity.import_plan import ImportOptions, plan_import
from app.entity.importer import import_book
from app.entity.records import stream
from app.entity.rejects import RejectBook
from app.entity.search import parse_query
from app.entity.sheets import open_book
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
    session = portal().session()
    actor = Actor.system()
    rejects = RejectBook(report) if report is not None else None
    try:
        book = open_book(file, encoding=encoding)
        plan = plan_import(book, entity, portal().registry, actor, options)
        show_plan(plan)
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
    show_result([result], result.may_commit, result.aborted, result.dry_run, written)
    return 0 if not result.rejected or options.on_error == SKIP else 1


@click.command("export")
@click.argument("entity_name", metavar="ENTITY")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--columns", default="", metavar="A,B", help="Fields, dotted through relations; otherwise those of the list.")
@click.option("--all-columns", "every", is_flag=True, help="Every field of the entity.")
@click.option("--locale", type=click.Choice(["zh", "en"]), default=None, help="Language of headers and words.")
@with_appcontext
def export_command(entity_name: str, file: Path, columns: str, every: bool, locale: str | None) -> None:
    """Export ENTITY to FILE (.xlsx or .csv)."""
    entity = _entity(entity_name)
    kind = file.suffix.lower()
    if kind not in (".xlsx", ".csv"):
        raise click.UsageError(".xlsx or .csv is needed")
    set_up_if_fresh()
    names = all_columns(entity) if every else tuple(n.strip() for n in columns.split(",") if n.strip()) or entity.columns
    try:
        for name in names:
            path_of(entity.model, name)
    except KeyError as error:
        raise click.UsageError(f"{name}: {error}") from error
    with in_language(locale or ""), reading():
        session, actor = portal().session(), Actor.system()
        records = stream(session, parse_query(entity, actor), actor, names)
        try:
            with file.open("wb") as target:
                count = (export_xlsx if kind == ".xlsx" else export_csv)(session, entity, names, records, actor, target)
        except ExportError as error:
            file.unlink(missing_ok=True)
            raise click.ClickException(str(error)) from error
    click.echo(f"rows={count} file={file}")
