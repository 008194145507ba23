"""The rules of one feed opened for editing: their settings as inputs, the words of a code map beside real values, and what becomes of
real rows (row 1.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from app.entity.fields import Kind, fields_of
from app.entity.file_kinds import SheetError
from app.entity.found_by import with_readings
from app.entity.import_form import NO_VALUE, RULE_KINDS
from app.entity.import_match_screen import Editor, Example, FileColumn, RuleEditor, SettingInput, WordLine
from app.entity.import_parts import Feed, Part
from app.entity.rule_base import Setting
from app.entity.rule_preview import Shown, choices_for, distinct, preview
from app.entity.screens import Option
from app.entity.targets import targets_of
from app.security.masks import sees

if TYPE_CHECKING:
    from app.entity.import_match_build import Look

_EXAMPLES = 8
_MOST_WORDS = 500


def editor_of(look: Look, part: Part, feed: Feed, columns: Mapping[int, FileColumn]) -> Editor:
    """The editor of one feed. `part` as far as it can be read."""
    rules = tuple(_rule(look, part, feed, n) for n in range(len(feed.rules)))
    return Editor(
        rules=rules,
        addable=tuple(Option(rule.do, str(rule.label)) for rule in RULE_KINDS.values() if _fits(look, part, feed, rule.do)),
        joinable=tuple(c for c in columns.values() if c.index not in feed.columns),
        examples=examples_of(look, part, feed),
        words=words_of(look, part, feed.target),
    )


def _fits(look: Look, part: Part, feed: Feed, do: str) -> bool:
    """Whether a rule can do anything for a feed: joining takes several columns, looking up a relation."""
    if do in ("join", "first"):
        return len(feed.columns) > 1
    if do == "lookup":
        target = _target(look, part, feed.target)
        return target is not None and target.field.kind is Kind.RELATION and not target.field.dictionary
    return True


def _target(look: Look, part: Part, name: str) -> Any:
    return targets_of(look.registry.entities[part.entity], look.registry, look.actor).get(name)


def examples_of(look: Look, part: Part, feed: Feed) -> tuple[Example, ...]:
    """What becomes of real cells; the reason where the rules are not complete yet."""
    try:
        shown = preview(look.session, look.registry, look.actor, look.book, part.with_feed(feed), feed, _EXAMPLES)
    except SheetError as error:
        return (Example(0, 0, (), "", "", str(error)),)
    return tuple(_example(s) for s in shown)


def _example(s: Shown) -> Example:
    return Example(s.row, s.count, s.cells, s.given, s.value, s.problem, s.suggestion)


def words_of(look: Look, part: Part, target: str) -> tuple[tuple[str, str], ...]:
    """The words that a field takes, each with how it is also typed; none when it takes anything."""
    from_field = _target(look, part, target)
    if from_field is None or not (from_field.field.dictionary or from_field.field.choices or from_field.field.kind is Kind.BOOLEAN):
        return ()
    return with_readings(choices_for(look.session, look.registry, look.actor, part, target, _MOST_WORDS))


def _rule(look: Look, part: Part, feed: Feed, number: int) -> RuleEditor:
    data = feed.rules[number]
    kind = RULE_KINDS[data["do"]]
    settings = tuple(_setting(look, part, feed, number, setting, data.get(setting.name)) for setting in kind.settings)
    return RuleEditor(kind.do, str(kind.label), str(kind.hint), settings)


def _setting(look: Look, part: Part, feed: Feed, number: int, setting: Setting, value: Any) -> SettingInput:
    value = setting.usual if value is None and setting.usual is not ... else value
    shown = " ".join(value) if isinstance(value, list) else "" if value is None or isinstance(value, dict) else str(value)
    options: tuple[Option, ...] = tuple(Option(name, str(label), name == value) for name, label in setting.choices)
    words: tuple[WordLine, ...] = ()
    if setting.kind == "field":
        options = _fields_of_related(look, part, feed, shown)
    if setting.kind == "words":
        words = word_lines(look, part, feed, number, value or {})
    return SettingInput(setting.name, str(setting.label), setting.kind, shown, str(setting.hint), options, words)


def _fields_of_related(look: Look, part: Part, feed: Feed, chosen: str) -> tuple[Option, ...]:
    target = _target(look, part, feed.target)
    if target is None or target.field.target is None:
        return ()
    plain = [f for f in fields_of(target.field.target).values() if f.kind is not Kind.RELATION and sees(look.actor, f)]
    return (Option("", _("(choose)"), not chosen), *(Option(f.name, str(f.label), f.name == chosen) for f in plain))


def word_lines(look: Look, part: Part, feed: Feed, number: int, known: Mapping[str, str]) -> tuple[WordLine, ...]:
    """The values that reach a code map, the most frequent first, each with what it becomes; then what is mapped but did not occur."""
    before = replace(feed, rules=tuple(rule for rule in feed.rules[:number] if rule.get("do") != "lookup"))
    try:
        found = distinct(look.session, look.registry, look.actor, look.book, part.with_feed(before), before, _MOST_WORDS)
    except SheetError:
        found = []
    lines: dict[str, WordLine] = {}
    for s in found:
        if s.given and s.given not in lines:
            word = known.get(s.given)
            shown = "" if word is None else word or NO_VALUE
            lines[s.given] = WordLine(s.given, shown, s.count, "" if shown else s.problem, s.suggestion)
        elif s.given:
            same = lines[s.given]
            lines[s.given] = replace(same, count=same.count + s.count)
    missing = [WordLine(code, word or NO_VALUE, 0) for code, word in known.items() if code not in lines]
    return (*lines.values(), *missing)
