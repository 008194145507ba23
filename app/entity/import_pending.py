"""Corrections that hold for one wrong value wherever it stands: kept as words of the mapping, and until the next run remembered with the
result, so that the page can show which rows they concern (row 1.10). Flushes, never commits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity import import_fixes as fixes
from app.entity.file_kinds import SheetError
from app.entity.import_files import keep_parts, parts_of
from app.entity.import_found import Wrong
from app.entity.import_parts import Feed
from app.entity.import_spool import cell_text
from app.entity.quantities import normal
from app.entity.value_rules import pipeline
from models.base import BadValue
from models.platform.imports import FoundKind, ImportBatch, ImportRow

_MOST = 10_000

Pending = dict[str, dict[str, dict[str, str]]]
"""What wrong values become, by part, target and value."""


def pending_of(batch: ImportBatch) -> Pending:
    """The corrections of values that no run has seen."""
    return (batch.result or {}).get("pending", {})


def everywhere(session: Session, batch: ImportBatch, part: int, target: str, wrong: str, right: str) -> None:
    """Correct a value wherever it stands: '' is an empty cell; a value that was said for every row is said anew. Raises SheetError."""
    if _said(batch, part, target) == wrong:
        _say(batch, part, target, right)
    elif wrong:
        fixes.replace_everywhere(session, batch, part, target, wrong, right)
    else:
        parts = list(parts_of(batch))
        feed = parts[part].feed(target) if 0 <= part < len(parts) else None
        if feed is None or not feed.columns:
            raise SheetError(_("This field is not fed from a column; correct the cells themselves."))
        parts[part] = parts[part].with_feed(replace(feed, rules=(*feed.rules, {"do": "default", "text": right})))
        keep_parts(batch, parts)
    _note(batch, [(part, target, wrong, right)])


def adopt(session: Session, batch: ImportBatch, part: int | None, reason: int | None) -> int:
    """Take every suggestion; returns for how many different values."""
    taken = []
    for number, result in enumerate((batch.result or {}).get("parts", ())):
        if part in (None, number):
            taken += [(number, t, value, right) for t, value, right, kind in result.get("suggestions", ()) if reason in (None, kind)]
    done = fixes.adopt_suggestions(session, batch, part, reason)
    said = [t for t in taken if _said(batch, t[0], t[1]) == t[2]]
    for number, target, _value, right in said:
        _say(batch, number, target, right)
    parts = parts_of(batch)
    _note(batch, said + [t for t in taken if t[0] < len(parts) and _takes_words(parts[t[0]], t[1])])
    return done + len(said)


def take_back_value(session: Session, batch: ImportBatch, part: int, target: str, wrong: str) -> None:
    """Forget what a value becomes wherever it stands. Raises SheetError."""
    right = pending_of(batch).get(str(part), {}).get(target, {}).get(wrong)
    parts = list(parts_of(batch))
    if right is not None and _said(batch, part, target) == right:
        _say(batch, part, target, wrong)
        parts = list(parts_of(batch))
    feed = parts[part].feed(target) if 0 <= part < len(parts) else None
    if right is None or feed is None:
        return
    if feed.columns:
        parts[part] = parts[part].with_feed(_without(feed, wrong, right))
        keep_parts(batch, parts)
    now = {p: {t: dict(words) for t, words in targets.items()} for p, targets in pending_of(batch).items()}
    now[str(part)][target].pop(wrong, None)
    batch.result = (batch.result or {}) | {"pending": now}


def _without(feed: Feed, wrong: str, right: str) -> Feed:
    """The feed without a translation: the reverse of import_fixes.with_word, and of a value for empty cells."""
    rules: list[dict[str, Any]] = []
    for rule in feed.rules:
        if not wrong and rule == {"do": "default", "text": right}:
            continue
        if rule.get("do") == "words":
            codes = {normal(code) for code in (wrong, _given(rules, wrong)) if code}
            words = {code: word for code, word in rule["map"].items() if word != right or normal(code) not in codes}
            if not words:
                continue
            rule = dict(rule) | {"map": words}
        rules.append(dict(rule))
    return replace(feed, rules=tuple(rules))


def _given(rules: list[dict[str, Any]], text: str) -> str | None:
    """What rules make of a text; None where they refuse it."""
    try:
        run = pipeline(rules, 1)
        return cell_text(run((text,)) if run is not None else text)
    except (BadValue, SheetError):
        return None


def _said(batch: ImportBatch, part: int, target: str) -> str | None:
    """The value that was said for every row of a part; None where there is none."""
    parts = parts_of(batch)
    feed = parts[part].feed(target) if 0 <= part < len(parts) else None
    return feed.constant if feed is not None else None


def _say(batch: ImportBatch, part: int, target: str, text: str) -> None:
    parts = list(parts_of(batch))
    parts[part] = parts[part].with_feed(Feed(target, constant=text))
    keep_parts(batch, parts)


def _takes_words(part: Any, target: str) -> bool:
    feed = part.feed(target)
    return feed is not None and len(feed.columns) == 1


def _note(batch: ImportBatch, corrections: list[tuple[int, str, str, str]]) -> None:
    now = {p: {t: dict(words) for t, words in targets.items()} for p, targets in pending_of(batch).items()}
    for part, target, wrong, right in corrections:
        now.setdefault(str(part), {}).setdefault(target, {})[wrong] = right
    batch.result = (batch.result or {}) | {"pending": now}


@dataclass(frozen=True, slots=True)
class SameValue:
    """A wrong value of a column, and in how many of the kept rows it stands."""

    wrong: Wrong
    count: int


def wrong_values(session: Session, batch: ImportBatch, part: int, column: int | None = None, most: int = 200) -> list[SameValue]:
    """The wrong values of a part (of one column), the most frequent first: one query."""
    where = [ImportRow.batch_id == batch.id, ImportRow.kind == FoundKind.REJECTED, ImportRow.part == part]
    if column is not None:
        where.append(ImportRow.marks.contains(f" c{column} ", autoescape=True))
    counts: Counter[tuple[int | None, str, str]] = Counter()
    first: dict[tuple[int | None, str, str], Wrong] = {}
    for details in session.scalars(sa.select(ImportRow.details).where(*where).limit(_MOST)):
        for detail in details:
            wrong = Wrong(*detail)
            if not wrong.target or column not in (None, wrong.column):
                continue
            key = (wrong.column, wrong.target, wrong.value)
            counts[key] += 1
            first.setdefault(key, wrong)
    return [SameValue(first[key], count) for key, count in counts.most_common(most)]


def count_of(session: Session, batch: ImportBatch, part: int, column: int, value: str) -> int:
    """In how many kept rows a wrong value of a column stands."""
    return sum(s.count for s in wrong_values(session, batch, part, column, _MOST) if s.wrong.value == value)
