"""Steps 3 and 4 put together: numbers that narrow down, the grid of bad cells, lists of what changes (row 1.10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _

from app.entity.door import list_url, record_url
from app.entity.fields import Kind
from app.entity.found_by import with_readings
from app.entity.import_door import centre_url, title_of
from app.entity.import_files import has_rejected
from app.entity.import_found import Found, FoundPage, Narrowed, Wrong, found, reasons
from app.entity.import_match_build import Look
from app.entity.import_parts import ADD, Part
from app.entity.import_pending import Pending, count_of, pending_of, wrong_values
from app.entity.import_spool import KEPT
from app.entity.import_trial_screen import Counted, GridCell, GridColumn, GridRow, ImportTrial, Listed, Pages, PartCounts, Why, WrongValue
from app.entity.new_words import may_add
from app.entity.rule_preview import choices_for
from app.entity.sheets import LEAVE_OUT
from app.entity.targets import targets_of
from models.platform.imports import FoundKind, ImportBatch, ImportState

SIZE = 50
VIEWS = ("rejected", "changed", "new", "absent", "left")


@dataclass(frozen=True)
class Asked:
    """What the address asks for. part: None is the first one that has such rows; row: whose form is open without script; was: the numbers
    of the trial before."""

    view: str = ""
    part: int | None = None
    column: int | None = None
    reason: int | None = None
    suggested: bool | None = None
    by_value: bool = False
    page: int = 1
    row: int | None = None
    was: tuple[int, ...] = ()

    def address(self, base: str, **changes: Any) -> str:
        """The address of the page with something else asked for."""
        now = {"view": self.view, "part": self.part, "column": self.column, "reason": self.reason} | {
            "s": None if self.suggested is None else int(self.suggested),
            "by": "value" if self.by_value else None,
        }
        pairs = {k: v for k, v in (now | changes).items() if v not in (None, "")}
        return f"{base}?{urlencode(pairs)}" if pairs else base


def trial_screen(look: Look, batch: ImportBatch, asked: Asked, job: Any, problem: str, mine: bool, undoable: bool) -> ImportTrial:
    """The page after a run. Whatever the file holds, the number of queries is the same."""
    result = batch.result or {}
    results: list[dict[str, Any]] = result.get("parts", [])
    base = centre_url(f"{batch.id}")
    here = f"{base}/trial"
    undone = result.get("undo") or {}
    view = asked.view if asked.view in VIEWS else _first_view(batch, results, undone)
    number = asked.part if asked.part is not None and 0 <= asked.part < len(results) else _first_part(results, view)
    now = Asked(view, number, asked.column, asked.reason, asked.suggested, asked.by_value, asked.page, asked.row)
    page: FoundPage | None = None
    if results and not (view == "rejected" and asked.by_value):
        narrowed = Narrowed(FoundKind(view), number, asked.column, asked.reason, asked.suggested, own=asked.suggested is False)
        page = found(look.session, batch, narrowed, asked.page, SIZE)
    grid = _Grid(look, batch, number, here) if view == "rejected" and results else None
    rows = tuple(grid.row(f) for f in page.rows) if page is not None and grid is not None else ()
    values = tuple(grid.values(now)) if grid is not None and asked.by_value else ()
    editing = grid.single(asked.row) if grid is not None and asked.row is not None else None
    return ImportTrial(
        title=_("Import %(what)s", what=title_of(look.parts, look.registry)) if batch.size else title_of(look.parts, look.registry),
        from_file=batch.size > 0,
        file_name=batch.file_name,
        state=batch.state.value,
        view=view,
        by_value=asked.by_value,
        part=number,
        parts=tuple(_part_counts(look, n, r, n == number, now, here) for n, r in enumerate(results)),
        counts=_counts(batch, results, now, here, asked.was, undone),
        notes=tuple(
            (look.label(n) if n < len(look.parts) else "", tuple(r.get("notes", ()))) for n, r in enumerate(results) if r.get("notes")
        ),
        filters=_filters(look, batch, now, here) if view == "rejected" and results else (),
        reasons=_reasons(batch, now, here) if view == "rejected" else (),
        columns=grid.columns if grid is not None else (),
        rows=rows,
        values=values,
        listed=tuple(_listed(look, f, results) for f in page.rows) if page is not None and view != "rejected" else (),
        pages=_pages(page, now, here) if page is not None else None,
        words=grid.words() if grid is not None else {},
        urls=_urls(batch, base, here, now, mine, undoable),
        new=batch.new,
        changed=batch.changed,
        unchanged=batch.unchanged,
        rejected=batch.rejected,
        retired=sum(r.get("retired", 0) for r in results),
        word_count=sum(r.get("word_count", 0) for r in results),
        suggested=sum(reason["suggested"] for reason in reasons(batch, number)) if results else 0,
        pending=_pending_count(pending_of(batch)),
        mine=mine,
        problem=problem,
        job=job,
        undone=undone,
        links=_links(look, results),
        editing=editing,
        part_tabs=tuple(_part_tabs(look, results, now, here)),
        may_add_words=grid is not None and grid.unknown_words(),
        kept=KEPT[FoundKind.REJECTED],
    )


def _first_view(batch: ImportBatch, results: Sequence[Mapping[str, Any]], undone: Mapping[str, int]) -> str:
    if undone.get("left"):
        return "left"
    if batch.rejected and batch.state is not ImportState.WRITTEN:
        return "rejected"
    for view in ("changed", "new", "absent"):
        if any(r.get(view) for r in results):
            return view
    return "rejected" if batch.rejected else "new"


def _first_part(results: Sequence[Mapping[str, Any]], view: str) -> int:
    return next((n for n, r in enumerate(results) if r.get(view)), 0)


def _pending_count(pending: Pending) -> int:
    return sum(len(words) for targets in pending.values() for words in targets.values())


def _counts(
    batch: ImportBatch, results: Sequence[Mapping[str, Any]], now: Asked, here: str, was: tuple[int, ...], undone: Mapping[str, int]
) -> tuple[Counted, ...]:
    done = batch.state in (ImportState.WRITTEN, ImportState.UNDONE)
    written = _("taken back") if batch.state is ImportState.UNDONE else _("written")
    fields = sum(r.get("fields_changed", 0) for r in results)
    absent = sum(r.get("absent", 0) for r in results)
    retired = sum(r.get("retired", 0) for r in results)
    lines = [
        ("new", _("New"), "green", batch.new, written if done else _("not in the database yet")),
        (
            "changed",
            _("Changed"),
            "blue",
            batch.changed,
            _("%(n)s fields differ", n=f"{fields:,}") if fields and batch.changed else _("differ from the database"),
        ),
        ("unchanged", _("Unchanged"), "gray", batch.unchanged, _("the same as in the database")),
        (
            "rejected",
            _("Rejected"),
            "red",
            batch.rejected,
            (_("not written") if done else _("to be corrected")) if batch.rejected else _("none"),
        ),
    ]
    if any("absent" in part for part in batch.parts) or absent:
        told = _("%(n)s get the value said", n=f"{retired:,}") if retired else _("only reported")
        lines.append(("absent", _("Not in the file"), "violet", absent, told if absent else _("none")))
    found_in = {"new", "changed", "rejected", "absent"}
    before = dict(zip(("new", "changed", "unchanged", "rejected"), was, strict=False))
    return tuple(
        Counted(
            view,
            label,
            tone,
            value,
            small,
            Asked(view).address(here) if view in found_in and value else "",
            now.view == view,
            before.get(view) if before.get(view) != value else None,
        )
        for view, label, tone, value, small in lines
    )


def _part_counts(look: Look, number: int, result: Mapping[str, Any], current: bool, now: Asked, here: str) -> PartCounts:
    counts = tuple(
        (view, result.get(view, 0), Asked(view, number).address(here) if view != "unchanged" and result.get(view) else "")
        for view in ("new", "changed", "unchanged", "rejected", "absent")
    )
    label = look.label(number) if number < len(look.parts) else str(result.get("entity", ""))
    return PartCounts(number, label, str(result.get("sheet", "")), counts, current, Asked(now.view, number).address(here))


def _part_tabs(look: Look, results: Sequence[Mapping[str, Any]], now: Asked, here: str) -> Iterator[tuple[str, int, str, bool]]:
    for number, result in enumerate(results):
        if result.get(now.view) and number < len(look.parts):
            yield look.label(number), result[now.view], Asked(now.view, number, by_value=now.by_value).address(here), number == now.part


def _filters(look: Look, batch: ImportBatch, now: Asked, here: str) -> tuple[tuple[str, str, int, str, bool], ...]:
    """All, with a suggestion, to be looked at: each with how many rows, and by value."""
    every = found(look.session, batch, Narrowed(FoundKind.REJECTED, now.part, now.column, now.reason), 1, 1)
    with_one = found(look.session, batch, Narrowed(FoundKind.REJECTED, now.part, now.column, now.reason, True), 1, 1).total
    own = Narrowed(FoundKind.REJECTED, now.part, now.column, now.reason, False, own=True)
    look_at = found(look.session, batch, own, 1, 1).total
    rows = every.all if now.column is None and now.reason is None and every.all > every.total else every.total
    plain = {"by": None, "s": None}
    return (
        ("all", _("All problems"), rows, now.address(here, **plain), now.suggested is None and not now.by_value),
        ("suggested", _("With a suggestion"), with_one, now.address(here, by=None, s=1), now.suggested is True),
        ("look", _("To be looked at"), look_at, now.address(here, by=None, s=0), now.suggested is False),
        ("value", _("By value"), -1, now.address(here, by="value", s=None), now.by_value),
    )


def _reasons(batch: ImportBatch, now: Asked, here: str) -> tuple[tuple[str, str, int, bool], ...]:
    """What lists can be narrowed by: columns, then kinds of reasons. (address, text, rows, chosen)."""
    kinds = reasons(batch, now.part)
    columns: dict[int, tuple[str, int]] = {}
    for reason in kinds:
        if reason["column"] is not None:
            header, count = columns.get(reason["column"], (" ".join(str(reason["header"]).split()), 0))
            columns[reason["column"]] = header, count + reason["count"]
    found_columns = [
        (now.address(here, column=column, reason=None), _("Column %(name)s", name=header), count, now.column == column)
        for column, (header, count) in sorted(columns.items(), key=lambda item: -item[1][1])[:12]
    ]
    found_kinds = [
        (
            now.address(here, column=None, reason=reason["id"]),
            (f"{' '.join(str(reason['header']).split())}{_(': ')}" if reason["header"] else "") + reason["reason"],
            reason["count"],
            now.reason == reason["id"],
        )
        for reason in kinds[:20]
    ]
    return (*found_columns, *found_kinds)


class _Grid:
    """The columns of one part's sheet that matter, and rejected rows as cells."""

    def __init__(self, look: Look, batch: ImportBatch, number: int, here: str) -> None:
        self.look, self.batch, self.number, self.here = look, batch, number, here
        self.part = look.parts[number] if number < len(look.parts) else Part("")
        entity = look.registry.entities.get(self.part.entity)
        self.targets = targets_of(entity, look.registry, look.actor) if entity is not None else {}
        self.pending = pending_of(batch).get(str(number), {})
        feeds = self.part.feeds or ()
        self.by_column = {feed.columns[0]: feed for feed in feeds if len(feed.columns) == 1 and feed.columns[0] >= 0}
        fed = {c for feed in feeds for c in feed.columns if c >= 0} | {c for feed in feeds if feed.link for c in feed.link.by}
        fed |= set(self.part.unpivot) | {r["column"] for r in reasons(batch, number) if r["column"] is not None}
        headers = (batch.result or {})["parts"][number].get("headers", ())
        self.columns = tuple(self._column(c, " ".join(str(headers[c]).split()) if c < len(headers) else "") for c in sorted(fed))

    def _column(self, index: int, header: str) -> GridColumn:
        feed = self.by_column.get(index)
        target = self.targets.get(feed.target) if feed is not None else None
        if target is None:
            return GridColumn(index, header)
        f = target.field
        worded = f.dictionary or f.choices or f.kind is Kind.BOOLEAN
        return GridColumn(index, header or target.title(), f.is_number, f"words-{index}" if worded else "")

    def words(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """The words of the columns that take words, for the lists of the page."""
        look, found_words = self.look, {}
        for column in self.columns:
            if column.list:
                words = choices_for(look.session, look.registry, look.actor, self.part, self.by_column[column.index].target)
                found_words[column.list] = with_readings(words)
        return found_words

    def row(self, f: Found) -> GridRow:
        bad = {w.column: w for w in f.wrong if w.column is not None}
        cells = []
        for column in self.columns:
            text = f.cells[column.index] if column.index < len(f.cells) else ""
            wrong = bad.get(column.index)
            everywhere = self._everywhere(wrong.target, wrong.value) if wrong is not None else ""
            state = "ok" if column.index in f.now or everywhere else "bad" if wrong is not None else ""
            shown = everywhere if everywhere and column.index not in f.now else text
            cells.append(GridCell(column.index, shown, state, wrong.suggestion if wrong is not None and state == "bad" else ""))
        whys = tuple(
            Why(
                w.column,
                " ".join(w.header.split()),
                w.value,
                w.reason,
                w.suggestion,
                said=w.target if self._said(w) else "",
                done=w.column in f.now or bool(self._everywhere(w.target, w.value)) or LEAVE_OUT in f.now,
                everywhere=self._everywhere(w.target, w.value),
            )
            for w in f.wrong
        )
        url = Asked("rejected", self.number).address(self.here, row=f.row)
        return GridRow(f.part, f.row or 0, tuple(cells), whys, LEAVE_OUT in f.now, url)

    def unknown_words(self) -> bool:
        """Whether columns with words that no dictionary has are refused, and this user could add them."""
        if self.part.new_words == ADD or not may_add(self.look.registry, self.look.actor):
            return False
        bad = {reason["column"] for reason in reasons(self.batch, self.number)}
        feeds = (feed for column, feed in self.by_column.items() if column in bad)
        return any(feed.target in self.targets and self.targets[feed.target].field.dictionary for feed in feeds)

    def _said(self, wrong: Wrong) -> bool:
        """Whether a wrong value was not in the file, but said for every row."""
        feed = self.part.feed(wrong.target) if wrong.target else None
        return feed is not None and feed.constant == wrong.value

    def _everywhere(self, target: str, value: str) -> str:
        return self.pending.get(target, {}).get(value, "")

    def single(self, row: int) -> GridRow | None:
        """One row of the part, for its form."""
        rows = found(self.look.session, self.batch, Narrowed(FoundKind.REJECTED, self.number, row=row), 1, 1).rows
        return self.row(rows[0]) if rows else None

    def values(self, now: Asked) -> list[WrongValue]:
        """The wrong values of the part, each once."""
        lists = {column.index: column.list for column in self.columns}
        lines = []
        for same in wrong_values(self.look.session, self.batch, self.number, now.column):
            w = same.wrong
            if w.column not in self.by_column and not self._said(w):
                continue
            in_file = w.column is not None and w.column in self.by_column
            address = Asked("rejected", self.number, w.column).address(self.here) if in_file else ""
            lines.append(
                WrongValue(
                    column=w.column if w.column is not None else -1,
                    header=" ".join(w.header.split()),
                    target=w.target,
                    value=w.value,
                    count=same.count,
                    reason=w.reason,
                    suggestion=w.suggestion,
                    becomes=self._everywhere(w.target, w.value),
                    list=lists.get(w.column, "") if in_file else "",
                    url=address,
                )
            )
        return lines

    def others(self, row: GridRow, column: int) -> tuple[Why, int] | None:
        """The wrong value that stood in a cell just corrected, when it stands in other rows too."""
        why = next((w for w in row.whys if w.column == column), None)
        if why is None or column not in self.by_column:
            return None
        count = count_of(self.look.session, self.batch, self.number, column, why.value)
        return (why, count - 1) if count > 1 else None


def grid_row(
    look: Look, batch: ImportBatch, number: int, row: int, column: int | None
) -> tuple[GridRow | None, tuple[Why, int] | None, tuple[GridColumn, ...]]:
    """One row as it stands after a correction; where the wrong value of `column` stands besides; the columns of the grid."""
    grid = _Grid(look, batch, number, centre_url(f"{batch.id}/trial"))
    shown = grid.single(row)
    others = grid.others(shown, column) if shown is not None and column is not None else None
    return shown, others, grid.columns


def target_at(look: Look, number: int, column: int) -> str:
    """The target that a column alone feeds; '' = none."""
    part: Part | None = look.parts[number] if 0 <= number < len(look.parts) else None
    return next((f.target for f in (part.feeds or () if part else ()) if f.columns == (column,)), "")


def _listed(look: Look, f: Found, results: Sequence[Mapping[str, Any]]) -> Listed:
    name = str(results[f.part].get("entity", "")) if f.part < len(results) else ""
    entity = look.registry.entities.get(name)
    url = record_url(entity, f.record_id) if entity is not None and f.record_id and look.actor.may("read", entity.module) else ""
    changes = tuple((c.label, c.old, c.new) for c in f.changes)
    return Listed(f.row, f.title, url, changes, f.reason, str(entity.label) if entity is not None else name)


def _links(look: Look, results: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    names = dict.fromkeys(str(r.get("entity", "")) for r in results)
    entities = [look.registry.entities[name] for name in names if name in look.registry.entities]
    return tuple((str(e.plural), list_url(e)) for e in entities if look.actor.may("read", e.module))


def _pages(page: FoundPage, now: Asked, here: str) -> Pages:
    pages = max(1, -(-page.total // page.size))
    first = (page.page - 1) * page.size + 1 if page.total else 0
    return Pages(
        first,
        min(page.page * page.size, page.total),
        page.total,
        page.all,
        page.page,
        pages,
        now.address(here, page=page.page - 1) if page.page > 1 else "",
        now.address(here, page=page.page + 1) if page.page < pages else "",
    )


def _urls(batch: ImportBatch, base: str, here: str, now: Asked, mine: bool, undoable: bool) -> dict[str, str]:
    urls = {"self": now.address(here), "trial": here, "centre": centre_url()}
    if batch.rejected and has_rejected(batch):
        urls["rejected_file"] = f"{base}/rejected.xlsx"
    if undoable:
        urls["undo"] = f"{base}/undo"
    if mine and batch.state not in (ImportState.WRITTEN, ImportState.UNDONE):
        urls |= {"fix": f"{base}/fix", "try": f"{base}/try", "map": f"{base}/map", "write": f"{base}/write", "discard": f"{base}/discard"}
    return urls
