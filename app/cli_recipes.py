"""`flask import-file` and `flask recipe`: whole workbooks by a recipe, for whoever has a shell on the server (row 1.10)."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_babel import gettext as _

from app import files
from app.cli import set_up_if_fresh
from app.cli_words import in_language, show_plan, show_result
from app.entity.file_kinds import SheetError
from app.entity.import_files import batch_of_file, has_rejected, rejected_key
from app.entity.import_guess import propose
from app.entity.import_parts import ABORT, SKIP, RecipeError
from app.entity.import_plan import Plan, plan_parts
from app.entity.import_run import try_batch, write_batch
from app.entity.recipe_files import recipe_as_json, recipe_from_json
from app.entity.sheets import Book, open_book
from app.extension import portal
from app.security.actor import Actor
from models.platform.imports import ImportBatch

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(import_file)
    app.cli.add_command(recipe)


@click.command("import-file")
@click.argument("file", type=_FILE)
@click.option("--recipe", "recipe_path", type=_FILE, help="How the file is read (JSON, see `flask recipe`); otherwise it is guessed.")
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
def import_file(
    file: Path, recipe_path: Path | None, dry_run: bool, on_error: str, report: Path | None, encoding: str, locale: str | None
) -> None:
    """Import FILE (.xlsx .xls .ods .csv) with all that it holds, in one transaction; an administrator can take it back on screen."""
    with in_language(locale or ""):
        set_up_if_fresh()
        sys.exit(_import_file(file, recipe_path, dry_run, on_error == SKIP, report, encoding))


def _import_file(file: Path, recipe_path: Path | None, dry_run: bool, valid_only: bool, report: Path | None, encoding: str) -> int:
    session, actor, registry = portal().session(), Actor.system(), portal().registry
    try:
        book = open_book(file, encoding=encoding)
        if recipe_path is not None:
            parts = recipe_from_json(_read(recipe_path), book, registry, actor)
        else:
            parts = propose(session, book, registry, actor).parts
        plans = plan_parts(book, parts, registry, actor)
        return import_plans(file, book, plans, dry_run, valid_only, report)
    except SheetError as error:
        session.rollback()
        click.echo(str(error), err=True)
        return 2


def import_plans(file: Path, book: Book, plans: Sequence[Plan], dry_run: bool, valid_only: bool, report: Path | None) -> int:
    """Import a file as planned, and print what came of it; returns the exit status. Raises SheetError."""
    session, actor, registry = portal().session(), Actor.system(), portal().registry
    for plan in plans:
        show_plan(plan)
    session.rollback()
    with batch_of_file(session, file, book, [plan.part for plan in plans]) as batch:
        if dry_run:
            result = try_batch(session, batch, actor, registry)
        else:
            result = write_batch(session, batch, actor, registry, valid_only, book=book)
        batch.row_count = sum({part.sheet: part.rows for part in result.parts}.values())
        session.commit()
        written = _report(batch, report)
    show_result(result.parts, result.may_commit, result.aborted and not valid_only, dry_run, written)
    return 0 if not result.total("rejected") or valid_only else 1


def _report(batch: ImportBatch, path: Path | None) -> Path | None:
    """The workbook of rejected rows, where it was asked for."""
    if path is None or not has_rejected(batch):
        return None
    shutil.copyfile(files.local_path(rejected_key(batch)), path)
    return path


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RecipeError(f"{path}: {error}") from error


@click.command("recipe")
@click.argument("file", type=_FILE)
@click.option("--encoding", default="", help="Encoding of a .csv; otherwise UTF-8 or GB18030, found out.")
@click.option("--locale", type=click.Choice(["zh", "en"]), default=None, help="Language of messages.")
@with_appcontext
def recipe(file: Path, encoding: str, locale: str | None) -> None:
    """Print how FILE would be read, as a recipe to edit: `flask recipe FILE > R.json`. Reasons go to the standard error."""
    with in_language(locale or ""):
        set_up_if_fresh()
        session, actor, registry = portal().session(), Actor.system(), portal().registry
        try:
            book = open_book(file, encoding=encoding)
            proposal = propose(session, book, registry, actor)
            for offer in proposal.offers:
                click.echo(f"{'+' if offer.chosen else '-'} {offer.part.sheet or '-'} {offer.part.called}: {offer.reason}", err=True)
                for title in offer.missing:
                    click.echo("    ! " + _("There is no column for %(field)s, which new records need", field=title), err=True)
            for reason in proposal.reasons:
                click.echo(f"  {reason}", err=True)
            click.echo(json.dumps(recipe_as_json(book, proposal.parts, registry, actor, file.stem), ensure_ascii=False, indent=2))
        except SheetError as error:
            click.echo(str(error), err=True)
            sys.exit(2)
        finally:
            session.rollback()
