"""Kinds of jobs for tests: work that can be watched from outside by the dictionary words it writes."""

from __future__ import annotations

import time
from pathlib import Path

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.datamodel import save
from app.extension import portal
from app.jobs.builtin import BUILTIN
from app.jobs.kinds import JobFailed, JobKind, JobRun, Schedulable
from app.registry import Registry, load
from models.platform.dictionaries import DictionaryItem


def write_word(run: JobRun) -> None:
    """Write a word, slowly when asked to: `after` names a file that must appear before it ends, `begun` one that is made."""
    entity = portal().registry.entity("dictionaries")
    values = {"dictionary": "pet_breed", "label": run.args["word"]}
    save(run.session, entity, values, run.actor)
    if "begun" in run.args:
        Path(run.args["begun"]).touch()
    while "after" in run.args and not Path(run.args["after"]).exists():
        run.progress(1, 10, _("Jobs"))
        time.sleep(0.02)


def make_file(run: JobRun) -> None:
    run.log("one line")
    for n in range(1000):
        run.progress(n + 1, 1000)
    path = run.folder / "words.csv"
    path.write_text("a,b\n", encoding="utf-8")
    run.result(path, "词语.csv", "text/csv")
    run.url("/platform/dictionaries/")


def refuse(run: JobRun) -> None:
    run.session.execute(sa.update(DictionaryItem).values(position=77))
    raise JobFailed(_("This field is required."))


def go_wrong(run: JobRun) -> None:
    run.session.execute(sa.update(DictionaryItem).values(position=77))
    raise ZeroDivisionError


KINDS = (
    JobKind("test.word", _l("Jobs"), write_word, schedule=Schedulable(may=lambda actor: actor.may("write", "platform.dictionaries"))),
    JobKind("test.file", _l("Jobs"), make_file, writes=False),
    JobKind("test.refuse", _l("Jobs"), refuse),
    JobKind("test.wrong", _l("Jobs"), go_wrong),
)


def registry() -> Registry:
    real = load()
    return Registry(dict(real.subsystems), dict(real.modules), dict(real.entities), list(real.pages), (*BUILTIN, *KINDS))
