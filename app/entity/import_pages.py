"""What the templates of the import wizard are shown: batches and plans made into the frozen screens of import_screens.py."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import to_user_timezone
from sqlalchemy.orm import Session

from app.entity.fields import Kind
from app.entity.file_kinds import DEFAULT_LIMITS, EXTENSIONS, MIB
from app.entity.headers import header_text
from app.entity.import_files import rejected_path
from app.entity.import_plan import Plan
from app.entity.import_screens import Change, FileColumn, ImportMap, ImportResult, ImportUpload, RecentImport, Rejected, SameForAll
from app.entity.import_screens import Target as TargetChoice
from app.entity.screens import Option
from app.entity.sheets import Book
from app.entity.targets import Target, targets_of
from app.registry import Entity, Registry
from app.security.accounts import names_of
from app.security.actor import Actor
from models.base import DICTIONARIES
from models.platform.imports import ImportBatch

_SAMPLES = 3


def upload_screen(
    session: Session, entity: Entity, registry: Registry, actor: Actor, base: str, batches: Sequence[ImportBatch], limit: int, problem: str
) -> ImportUpload:
    """Step 1."""
    targets = [t for t in targets_of(entity, registry, actor).values() if not t.steps and not t.readonly and not t.locked]
    names = names_of(session, (b.created_by_id for b in batches))
    return ImportUpload(
        name=entity.name,
        title=str(entity.plural),
        formats=tuple(e for e in EXTENSIONS if e != ".txt"),
        max_size=_("%(size)d MiB", size=limit // MIB),
        max_rows=_("%(rows)s rows", rows=f"{DEFAULT_LIMITS.rows:,}"),
        required=tuple(t.title() for t in targets if t.required),
        optional=tuple(t.title() for t in targets if not t.required),
        key=tuple(t.title() for name in entity.key for t in targets if t.name == name),
        recent=tuple(_recent(batch, names, actor, base) for batch in batches),
        urls={"action": f"{base}import", "cancel": base, "template": f"{base}template"},
        problem=problem,
        max_bytes=limit,
    )


def _recent(batch: ImportBatch, names: dict[int, str], actor: Actor, base: str) -> RecentImport:
    outcome = str(batch.state.label)
    if batch.result:
        outcome = _("%(state)s: %(new)d new, %(changed)d changed, %(rejected)d rejected", state=outcome, **_counts(batch))
    mine = batch.created_by_id == actor.user_id
    return RecentImport(
        when=to_user_timezone(batch.created_at).strftime("%Y-%m-%d %H:%M"),
        who=names.get(batch.created_by_id or 0, ""),
        file_name=batch.file_name,
        outcome=outcome,
        tone=batch.state.tone,
        url=f"{base}import/{batch.id}" + ("" if batch.result else "/map") if mine else "",
    )


def _counts(batch: ImportBatch) -> dict[str, int]:
    return {"new": batch.new, "changed": batch.changed, "rejected": batch.rejected}


def map_screen(
    entity: Entity, batch: ImportBatch, book: Book, plan: Plan, base: str, may_add_words: bool, problems: Sequence[str] = ()
) -> ImportMap:
    """Step 2."""
    usable = [t for t in plan.targets.values() if not t.locked and (not t.readonly or t.field.unique)]
    samples = _samples(book, plan)
    url = f"{base}import/{batch.id}"
    return ImportMap(
        name=entity.name,
        title=str(entity.plural),
        file_name=batch.file_name,
        file_size=_size(batch.size),
        rows=batch.row_count,
        sheets=tuple(Option(name, name, name == plan.sheet) for name in book.sheets),
        header_row=plan.header_row,
        columns=tuple(
            FileColumn(
                c.index,
                c.letter,
                header_text(c.header),
                samples.get(c.index, ()),
                c.target,
                c.how not in ("", "said"),
                _why(c.why, c.header),
            )
            for c in plan.columns.columns
            if c.index >= 0
        ),
        targets=tuple(TargetChoice(t.name, t.title(), t.required, _hint(t)) for t in usable),
        missing=plan.missing,
        keys=_keys(entity, plan),
        existing=batch.options["existing"],
        unknown=batch.options["new_words"],
        may_add_words=may_add_words,
        problems=(*plan.problems, *problems),
        hidden=(),
        constants=tuple(
            SameForAll(t.name, t.title(), plan.columns.constants.get(t.name, ""), t.required, _hint(t)) for t in usable if not t.readonly
        ),
        urls={"action": f"{url}/map", "back": f"{base}import", "cancel": base, "template": f"{base}template"},
    )


def _why(why: str, header: str) -> str:
    return "" if not header or why in (_("no header"), _("not recognised"), _("left out")) else why


def _samples(book: Book, plan: Plan) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = {}
    for number, cells in book.head(plan.sheet, 60):
        if number <= plan.header_row:
            continue
        for index, cell in enumerate(cells):
            values = found.setdefault(index, [])
            if cell is not None and len(values) < _SAMPLES and header_text(cell) not in values:
                values.append(header_text(cell)[:60])
    return {index: tuple(values) for index, values in found.items()}


def _hint(target: Target) -> str:
    f = target.field
    if f.unit:
        return str(f.unit)
    if f.dictionary and f.dictionary in DICTIONARIES:
        return str(DICTIONARIES[f.dictionary].label)
    return _("date") if f.kind is Kind.DATE else ""


def _keys(entity: Entity, plan: Plan) -> tuple[Option, ...]:
    """What may serve to recognise a record: the entity's own key and what the file has."""
    given = {name.partition(".")[0] for name in plan.columns.given()}
    names = [n for n in plan.targets if "." not in n and (n in entity.key or n in given)]
    fit = [plan.targets[n] for n in names if not plan.targets[n].locked and plan.targets[n].field.kind is not Kind.LONG]
    return tuple(Option(t.name, t.title(), t.name in plan.key) for t in fit)


def _size(size: int) -> str:
    return f"{size / MIB:.1f} MiB" if size >= MIB else f"{max(size // 1024, 1)} KiB"


def result_screen(
    entity: Entity, batch: ImportBatch, base: str, view: str, record_url: str, may_write: bool, done: bool, problem: str
) -> ImportResult:
    """Steps 3 and 4. `record_url` is the address of a record with {id} for its number."""
    result = batch.result or {}
    url = f"{base}import/{batch.id}"
    view = (
        view if view in ("rejected", "changed", "new", "unchanged") else "rejected" if batch.rejected else "new" if batch.new else "changed"
    )
    listed = {"new": result.get("added", []), "unchanged": result.get("same", [])}.get(view, [])
    changes = result.get("changes", [])
    rejections = result.get("rejections", [])
    urls = {f"view_{name}": f"{url}?view={name}" for name in ("new", "changed", "unchanged", "rejected")}
    urls |= {"back": f"{url}/map", "cancel": base}
    if batch.rejected and rejected_path(batch).exists():
        urls["rejected_file"] = f"{url}/rejected.xlsx"
    if may_write and not done:
        urls["write"] = f"{url}/write"
    if done:
        urls |= {"list": base, "again": f"{base}import"}
    shown = {
        "rejected": len({r["row"] for r in rejections}),
        "changed": len({c["row"] for c in changes}),
        "new": len(listed),
        "unchanged": len(listed),
    }
    total = {"rejected": batch.rejected, "changed": batch.changed, "new": batch.new, "unchanged": batch.unchanged}
    return ImportResult(
        name=entity.name,
        title=str(entity.plural),
        file_name=batch.file_name,
        rows=result.get("rows", batch.row_count),
        new=batch.new,
        changed=batch.changed,
        unchanged=batch.unchanged,
        rejected=batch.rejected,
        notes=tuple(result.get("notes", ())),
        view=view,
        rejected_rows=tuple(Rejected(r["row"], header_text(r["column"]), r["value"], r["reason"]) for r in rejections),
        changes=tuple(
            Change(c["row"], c["title"], c["label"], c["old"], c["new"], record_url.format(id=c["record_id"]) if record_url else "")
            for c in changes
        ),
        listed=tuple((row, title) for row, title in listed),
        more=max(total[view] - shown[view], 0),
        hidden=(),
        urls=urls,
        fields_changed=result.get("fields_changed", 0),
        word_count=result.get("word_count", 0),
        blocked=_("Rejected rows cannot be written; correct them, or write the valid rows only.") if batch.rejected and not done else "",
        done=done,
        written=batch.new + batch.changed if done else 0,
        problem=problem,
    )
