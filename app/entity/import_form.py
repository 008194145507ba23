"""The form of step 2 as it was sent, made into a part of an import; what is wrong in it is kept, for the user to correct (row 1.10).

`f.3.target`, `f.3.columns`, `f.3.rules` are the third way a value comes from the file; `f.3.r.0.<setting>` a rule that is being edited;
`c.7.target` a column that feeds nothing yet; `constant.<target>`, `link.<target>` what comes from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.entity.import_parts import (
    ADD,
    CELL,
    CLEAR,
    KEEP,
    MOST_FEEDS,
    MOST_RULES,
    REJECT,
    SKIP,
    UPDATE,
    Absent,
    Feed,
    Link,
    Only,
    Part,
)
from app.entity.rule_base import Setting
from app.entity.value_rules import RULES

Form = MultiDict[str, str]
RULE_KINDS = {rule.do: rule for rule in RULES}
NO_VALUE = "—"
"""What is written for a code that means nothing."""


@dataclass(frozen=True, slots=True)
class Do:
    """What a button of the form asks for: `drop-rule:3:0` is Do("drop-rule", 3, 0)."""

    name: str
    feed: int = -1
    at: int = -1


def read_do(form: Form) -> Do:
    """The button that was pressed; without one, what was typed is kept."""
    name, *rest = form.get("_do", "save").split(":")
    numbers = [int(text) if text.removeprefix("-").isdigit() and len(text) < 6 else -1 for text in rest[:2]]
    return Do(name, *numbers)


def read_part(form: Form, before: Part, may_add: bool) -> Part:
    """The part as the form says; what the form does not hold stays as it was. Feeds keep the order of the form, so that a button that
    names one finds it."""
    if "existing" not in form:
        return before
    return replace(
        before,
        feeds=tuple(_feeds(form))[:MOST_FEEDS],
        key=_key(form, before),
        existing=SKIP if form.get("existing") == SKIP else UPDATE,
        new_words=ADD if form.get("unknown") == ADD and may_add else REJECT,
        empty=CLEAR if form.get("empty") == CLEAR else KEEP,
        merge="merge" in form,
        unpivot=tuple(sorted({i for text in form.getlist("unpivot") if (i := _number(text)) is not None and i >= 0})),
        only=tuple(_only(form)),
        absent=_absent(form),
    )


def _key(form: Form, before: Part) -> tuple[str, ...]:
    """The fields by which records are recognised: where the portal chose them, and they are as it showed them, it goes on choosing."""
    chosen = form.getlist("key")
    return () if not before.key and ",".join(chosen) == form.get("_key") else tuple(chosen)


def _number(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 4 and int(text) >= CELL else None


def feed_numbers(form: Form) -> list[int]:
    """The numbers of the feeds in the form, in order."""
    found = (name.split(".") for name in form if name.startswith("f.") and name.endswith(".target"))
    return sorted({n for parts in found if len(parts) == 3 and (n := _number(parts[1])) is not None and n >= 0})


def _feeds(form: Form) -> list[Feed]:
    feeds = []
    for n in feed_numbers(form):
        columns = tuple(c for text in form.get(f"f.{n}.columns", "").split(",") if (c := _number(text.strip())) is not None)
        target = form.get(f"f.{n}.target", "")
        if target and columns:
            feeds.append(Feed(target, columns, tuple(_rules(form, n))))
    for name, value in form.items():
        kind, _dot, rest = name.partition(".")
        if kind == "c" and value and rest.endswith(".target") and (column := _number(rest.split(".")[0])) is not None:
            feeds.append(Feed(value, (column,)))
        elif kind == "constant" and value.strip():
            feeds.append(Feed(rest, constant=value.strip()[:1000]))
        elif kind == "link" and value and not rest.startswith(("by.", "to.")):
            by, to = _number(form.get(f"link.by.{rest}", "")), _number(form.get(f"link.to.{rest}", ""))
            joined = by is not None and to is not None
            feeds.append(Feed(rest, link=Link(value, (by,) if joined else (), (to,) if joined else ())))  # type: ignore[arg-type]
    return feeds


def _rules(form: Form, n: int) -> list[Mapping[str, Any]]:
    """The rules of a feed: those that were edited, otherwise as the page held them."""
    kinds = form.getlist(f"f.{n}.r.do")
    if not kinds and f"f.{n}.open" not in form:
        return _kept_rules(form.get(f"f.{n}.rules", ""))
    rules: list[Mapping[str, Any]] = []
    for j, do in enumerate(kinds[:MOST_RULES]):
        if do in RULE_KINDS:
            prefix = f"f.{n}.r.{j}."
            rule: dict[str, Any] = {"do": do}
            for setting in RULE_KINDS[do].settings:
                value = _setting(form, prefix, setting)
                if value != setting.usual:
                    rule[setting.name] = value
            rules.append(rule)
    return rules


def _kept_rules(text: str) -> list[Mapping[str, Any]]:
    try:
        rules = json.loads(text or "[]")
    except ValueError:
        return []
    known = isinstance(rules, list) and all(isinstance(rule, dict) and rule.get("do") in RULE_KINDS for rule in rules)
    return rules[:MOST_RULES] if known else []


def _setting(form: Form, prefix: str, setting: Setting) -> Any:
    name = prefix + setting.name
    if setting.kind == "words":
        codes, words = form.getlist(f"{name}.code"), form.getlist(f"{name}.word")
        pairs = ((code.strip(), word.strip()) for code, word in zip(codes, words, strict=False))
        return {code: "" if word == NO_VALUE else word for code, word in pairs if code and word}
    text = form.get(name, "")
    if setting.kind == "texts":
        return [piece.strip() for piece in text.replace("，", " ").split() if piece.strip()]
    if setting.kind == "number":
        return int(text) if text.strip().removeprefix("-").isdigit() and len(text.strip()) < 6 else text
    return text


def _only(form: Form) -> list[Only]:
    found = []
    columns, words, ways = form.getlist("only.column"), form.getlist("only.words"), form.getlist("only.way")
    for column, text, way in zip(columns, words, ways, strict=False):
        index = _number(column)
        if index is not None:
            pieces = tuple(dict.fromkeys(piece.strip() for piece in text.replace("；", ";").replace("，", ";").split(";")))
            found.append(Only(index, pieces, way == "not"))
    return found


def _absent(form: Form) -> Absent | None:
    mode = form.get("absent", "")
    if mode not in ("report", "set"):
        return None
    field, value = form.get("absent.field", ""), form.get("absent.value", "").strip()
    return Absent(tuple(form.getlist("absent.within")), {field: value} if mode == "set" and field else {})


def changed_by(part: Part, do: Do, form: Form) -> Part:
    """The part, as `read_part` left it, after the button was pressed."""
    feeds = list(part.feeds or ())
    at = place_of(form, do.feed)
    if not 0 <= at < len(feeds):
        return part
    feed = feeds[at]
    rules = list(feed.rules)
    wanted = form.get(f"f.{do.feed}.add", "")
    if do.name == "add-rule" and wanted in RULE_KINDS:
        rules.append(_new_rule(wanted))
        # Rules that make one of several columns come first, whatever the order they were added in.
        rules.sort(key=lambda rule: not RULE_KINDS[rule["do"]].several or rule["do"] == "reference")
    elif do.name == "drop-rule" and 0 <= do.at < len(rules):
        del rules[do.at]
    elif do.name == "rule-up" and 0 < do.at < len(rules):
        rules[do.at - 1 : do.at + 1] = [rules[do.at], rules[do.at - 1]]
    elif do.name == "join" and (column := _number(form.get(f"f.{do.feed}.join", ""))) is not None:
        feed = replace(feed, columns=tuple(dict.fromkeys((*feed.columns, column))))
    elif do.name == "unjoin" and len(feed.columns) > 1:
        feed = replace(feed, columns=tuple(c for c in feed.columns if c != do.at))
    elif do.name == "drop":
        del feeds[at]
        return replace(part, feeds=tuple(feeds))
    feeds[at] = replace(feed, rules=tuple(rules))
    return replace(part, feeds=tuple(feeds))


def _new_rule(do: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"do": do}
    for setting in RULE_KINDS[do].settings:
        if setting.usual is ...:
            rule[setting.name] = {"texts": [], "words": {}, "number": 1, "choice": ""}.get(setting.kind, "")
            if setting.kind == "choice":
                rule[setting.name] = setting.choices[0][0]
    return rule


def place_of(form: Form, number: int) -> int:
    """Where the feed of a number in the form stands among those that were read; -1 when it was left out."""
    kept = [n for n in feed_numbers(form) if form.get(f"f.{n}.target") and form.get(f"f.{n}.columns")]
    return kept.index(number) if number in kept else -1


def opened(form: Form, do: Do) -> str:
    """The target whose rules are being edited: the one whose button was pressed, or the one that was open; '' = none."""
    if do.name == "open":
        return form.get(f"f.{do.feed}.target", "")
    if do.name == "close":
        return ""
    return next((form.get(f"f.{n}.target", "") for n in feed_numbers(form) if f"f.{n}.open" in form), "")
