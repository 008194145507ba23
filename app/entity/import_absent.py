"""Records of the database that a file lacks: reported, or given a value that retires them (row 1.10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.datamodel import Draft, write_many
from app.entity.fields import Kind, fields_of
from app.entity.file_kinds import SheetError
from app.entity.import_ledger import Ledger
from app.entity.import_parts import Absent, RecipeError
from app.entity.import_result import ImportResult
from app.entity.import_rows import RowReader, RowWork
from app.entity.import_spool import Spool
from app.entity.lookups import Lookups, find_one
from app.entity.record_keys import attributes, in_parts
from app.entity.search import visible
from app.entity.values import parse
from app.registry import Entity
from app.security.actor import Actor
from models.base import BadValue, Base
from models.platform.imports import FoundKind

_MOST_PLACES = 20_000


class Absences:
    """Which records the rows of a part were, within which others they stand, and so which are missing."""

    def __init__(self, session: Session, entity: Entity, actor: Actor, absent: Absent, reader: RowReader) -> None:
        self.session = session
        self.entity = entity
        self.actor = actor
        self.absent = absent
        self.fields = fields_of(entity.model)
        for name in (*absent.within, *absent.set):
            if name not in self.fields or self.fields[name].info.readonly:
                raise RecipeError(_("There is no field “%(name)s”; there are: %(known)s.", name=name, known=", ".join(self.fields)))
        for name in absent.within:
            if reader.source_of(name) is None:
                raise RecipeError(
                    _("What the file lacks is looked for within %(field)s, which nothing feeds.", field=str(self.fields[name].label))
                )
        self.values = self._values()
        self.present: set[int] = set()
        self.places: set[tuple[Any, ...]] = set()

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, text in self.absent.set.items():
            f = self.fields[name]
            try:
                values[name] = find_one(self.session, f, text, self.actor) if f.kind is Kind.RELATION and text else parse(f, text)
            except BadValue as error:
                raise SheetError(f"{f.label}: {error}") from error
        return values

    def note(self, rows: Sequence[RowWork]) -> None:
        """Take note of the records of rows. A rejected row is in the file all the same, whichever record it is."""
        for row in rows:
            if row.record_id is not None:
                self.present.add(row.record_id)
            place = tuple(row.values.get(name) for name in self.absent.within)
            if self.absent.within and any(value is not None for value in place) and len(self.places) < _MOST_PLACES:
                self.places.add(place)

    def finish(self, result: ImportResult, lookups: Lookups, ledger: Ledger | None, spool: Spool | None) -> None:
        """Report what is missing, and give it its value through the seam.

        Nothing is retired while rows are rejected: one of them may be it."""
        retire = self.values if not result.rejected else {}
        for records in self._missing():
            result.absent += len(records)
            for record in records:
                if spool is not None and spool.wants(FoundKind.ABSENT):
                    spool.add(FoundKind.ABSENT, None, record.id, lookups.title(record), [], [])
            if retire:
                self._retire(records, result, ledger)

    def _missing(self) -> Iterator[list[Base]]:
        model = self.entity.model
        columns = attributes(model, self.absent.within)
        scope = visible(self.entity, self.actor, "import")
        wheres: list[Any] = [sa.true()] if not columns else []
        for part in in_parts(sorted(self.places, key=repr)) if columns else ():
            wheres.append(sa.tuple_(*columns).in_(part) if len(columns) > 1 else columns[0].in_([value for (value,) in part]))
        for where in wheres:
            ids = [i for i in self.session.scalars(sa.select(model.id).where(where, *scope).order_by(model.id)) if i not in self.present]
            for some in in_parts(ids):
                yield list(self.session.scalars(sa.select(model).where(model.id.in_(some)).order_by(model.id)))

    def _retire(self, records: Sequence[Base], result: ImportResult, ledger: Ledger | None) -> None:
        drafts = []
        for record in records:
            values = {name: value for name, value in self.values.items() if getattr(record, self.fields[name].attr) != value}
            if values:
                drafts.append((Draft(values, record), ledger.before(record) if ledger is not None else {}))
        write_many(self.session, self.entity, [draft for draft, _was in drafts], self.actor, "import")
        for draft, was in drafts:
            if draft.problems:
                result.not_retired += 1
                continue
            result.retired += 1
            if ledger is not None:
                ledger.changed(self.entity, draft.saved, was, self.actor)
        if ledger is not None:
            ledger.made(self.entity, ())
