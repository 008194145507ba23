"""Which records of the database the rows of a file are, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.entity.fields import Kind, fields_of
from app.entity.import_rows import RowWork
from app.entity.record_keys import Key, records_by_key
from app.entity.search import visible
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base

_TELLING = frozenset({Kind.RELATION, Kind.TEXT, Kind.DATE})


class Matcher:
    """Recognises records by the fields `names`. clear: an empty cell clears the present value; otherwise it is left, and counted
    in `kept`."""

    def __init__(self, session: Session, entity: Entity, actor: Actor, names: tuple[str, ...], clear: bool) -> None:
        self.session = session
        self.entity = entity
        self.actor = actor
        self.names = names
        self.clear = clear
        self.fields = fields_of(entity.model)
        self.kept = 0

    def key(self, row: RowWork) -> Key:
        """The values of a row by which its record is recognised."""
        return tuple(row.values.get(name) for name in self.names)

    def existing(self, rows: Sequence[RowWork]) -> list[list[Base]]:
        """The records that each row can be; a row without any key is the record that it describes."""
        empty = tuple(None for _name in self.names)
        scope = visible(self.entity, self.actor)
        keys = [self.key(row) for row in rows]
        found = records_by_key(self.session, self.entity.model, self.names, set(keys) - {empty}, *scope)
        described = iter(self._described([row for row, key in zip(rows, keys, strict=True) if key == empty], *scope))
        return [next(described) if key == empty else found.get(key, []) for key in keys]

    def _described(self, rows: Sequence[RowWork], *scope: Any) -> list[list[Base]]:
        """Records without key are recognised by everything that the file says; its most telling values narrow the search."""
        # What the portal numbers itself is never empty in the database, and says nothing where the file leaves it empty.
        unnumbered = [name for name in self.names if self.fields[name].column.nullable]
        numbered = frozenset(self.names) - frozenset(unnumbered)
        telling = sorted(self.fields.values(), key=lambda f: (not f.required, f.dictionary is not None, f.kind not in _TELLING))
        groups: dict[tuple[str, ...], dict[int, Key]] = {}
        for place, row in enumerate(rows):
            names = tuple([f.name for f in telling if row.values.get(f.name) is not None and not f.info.readonly][:3])
            key = (*(None for _name in unnumbered), *(row.values[n] for n in names))
            groups.setdefault((*unnumbered, *names), {})[place] = key
        candidates: dict[int, list[Base]] = {}
        for names, keys in groups.items():
            found = records_by_key(self.session, self.entity.model, names, set(keys.values()), *scope)
            candidates |= {place: found.get(key, []) for place, key in keys.items()}
        return [
            [r for r in candidates[place] if self.differences(r, row, strict=True).keys() <= numbered][:1] for place, row in enumerate(rows)
        ]

    def differences(self, record: Base, row: RowWork, strict: bool = False) -> dict[str, Any]:
        """What the row would change on the record. strict: an empty cell is a difference too."""
        changes = {}
        for name, value in row.values.items():
            f = self.fields[name]
            if f.info.readonly:
                continue
            old = getattr(record, f.attr)
            if old == value or (isinstance(old, str) and (old.strip() or None) == value):
                continue
            if value is None and not strict and not self.clear:
                self.kept += 1
                continue
            changes[name] = value
        return changes
