"""An import is one transaction: killed in the middle nothing of it is there, also of its valid rows; two of one file do not double."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.entity.import_run import write_batch
from app.extension import portal
from app.security.actor import Actor
from config import ROOT
from models.base import Base
from models.housing.households import Household
from models.platform.imports import ImportBatch, ImportEntry, ImportState
from tests.importing.batches import feed, keep, part
from tests.importing.files import write_csv

pytestmark = pytest.mark.usefixtures("clean")
HOUSEHOLDS = part("households", feed("number", "户号"), feed("name", "户名"), feed("note", "说明"))
PROGRAM = """
import sys
from pathlib import Path
from app import create_app
from app.database import db
from app.entity.import_run import write_batch
from app.extension import portal
from app.security.actor import Actor
from models.platform.imports import ImportBatch
app = create_app({"INSTANCE_DIR": Path(sys.argv[1]), "SQLALCHEMY_DATABASE_URI": sys.argv[2], "SECRET_KEY": "x" * 40})
with app.app_context():
    session = db.session()
    batch = session.get(ImportBatch, int(sys.argv[3]))
    tell = lambda done, total, note: print(done, flush=True) or (done < 2000 or sys.stdin.readline())
    write_batch(session, batch, Actor.system(), portal().registry, True, tell)
    session.commit()
"""


def count(model: type[Base]) -> int:
    found = db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def test_killed_in_the_middle(app: Flask, tmp_path: Path) -> None:
    lines = "".join(f",户{n},\n" for n in range(3000))
    with app.app_context():
        batch = keep(write_csv(tmp_path / "a.csv", f"户号,户名,说明\n{lines},,没有户名\n"), HOUSEHOLDS)
        number = batch.id
        db.session.execute(sa.update(ImportBatch).values(state=ImportState.CHECKED))
        db.session.commit()
        url = db.engine.url.render_as_string(hide_password=False)
        command = [sys.executable, "-c", PROGRAM, str(app.config["INSTANCE_DIR"]), url, str(number)]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert [process.stdout.readline().strip() for _chunk in range(2)] == ["1001", "2001"], "two chunks are written, uncommitted"
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert (count(Household), count(ImportEntry)) == (0, 0)
        batch = db.session.get_one(ImportBatch, number)
        assert batch.state is ImportState.CHECKED, "it can be written still"
        result = write_batch(db.session, batch, Actor.system(), portal().registry, True)
        db.session.commit()
        assert (result.total("new"), result.total("rejected"), count(Household), count(ImportEntry)) == (3000, 1, 3000, 3000)


def test_two_at_once_do_not_double(app: Flask, tmp_path: Path) -> None:
    text = "户号,户名,说明\n" + "".join(f",户{n},x\n" for n in range(1200))
    with app.app_context():
        numbers = [keep(write_csv(tmp_path / name, text), HOUSEHOLDS).id for name in ("a.csv", "b.csv")]
        db.session.execute(sa.update(ImportBatch).values(state=ImportState.CHECKED))
        db.session.commit()
    ready = threading.Barrier(2)
    told: list[tuple[int, int]] = []

    def work(number: int) -> None:
        with app.app_context():
            batch = db.session.get_one(ImportBatch, number)
            db.session.rollback()
            ready.wait()
            result = write_batch(db.session, batch, Actor.system(), portal().registry, False)
            db.session.commit()
            told.append((result.total("new"), result.total("unchanged")))

    threads = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [(0, 1200), (1200, 0)]
    with app.app_context():
        assert count(Household) == 1200
