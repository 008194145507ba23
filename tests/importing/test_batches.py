"""A batch from the upload to its being taken back: tried, corrected, written once, undone; each found row told, nothing half done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.entity import import_fixes as fixes
from app.entity.datamodel import save
from app.entity.file_kinds import SheetError
from app.entity.import_files import sweep as sweep_files
from app.entity.import_found import Narrowed, found, reasons
from app.entity.import_jobs import needs_a_job, start_trial, start_undo, start_write
from app.entity.import_run import AlreadyWritten, try_batch, write_batch
from app.entity.import_undo import NothingToUndo, may_be_undone, undo_batch
from app.entity.import_undo import sweep as sweep_ledgers
from app.entity.trial_database import sweep, trial_session
from app.extension import portal
from app.jobs.kinds import Cancelled
from app.jobs.run import run_job
from app.security.actor import Actor
from models.housing.areas import Area
from models.housing.buildings import Building
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem
from models.platform.imports import FoundKind, ImportBatch, ImportEntry, ImportFix, ImportRow, ImportState
from models.platform.jobs import Job, JobState
from tests.importing.batches import feed, keep, part
from tests.importing.community import make, records
from tests.importing.files import write_csv
from tests.portal import Users, allowed

pytestmark = pytest.mark.usefixtures("clean")
SYSTEM = Actor.system()
ROOMS = part(
    "rooms", feed("building", "楼栋"), feed("number", "房号"), feed("floor", "楼层"), feed("layout", "户型"), feed("gross_area", "面积")
)
TEXT = "楼栋,房号,楼层,户型,面积\n湖滨-1,101,1,三室二厅,90\n湖滨-1,102,x,三室二厅,90\n湖滨-1,103,1,三室两厅,90\n湖滨-1,,1,,90\n"


@pytest.fixture
def community(app: Flask) -> Any:
    with app.app_context():
        make("buildings", area=make("areas", code="湖滨", name="湖滨花园"), number="1", floors=18)
        db.session.commit()
        yield
        db.session.rollback()


def tried(batch: ImportBatch) -> Any:
    result = try_batch(db.session, batch, SYSTEM, portal().registry)
    db.session.commit()
    return result


def write(batch: ImportBatch, valid_only: bool = False) -> Any:
    result = write_batch(db.session, batch, SYSTEM, portal().registry, valid_only)
    db.session.commit()
    return result


def undo(batch: ImportBatch, actor: Actor = SYSTEM) -> Any:
    result = undo_batch(db.session, batch, actor, portal().registry)
    db.session.commit()
    return result


def test_corrected_where_it_stands(app: Flask, community: None, tmp_path: Path) -> None:
    batch = keep(write_csv(tmp_path / "a.csv", TEXT), ROOMS)
    seen: list[tuple[int, int | None, str]] = []
    try_batch(db.session, batch, SYSTEM, portal().registry, lambda *told: seen.append(told))
    db.session.commit()
    assert seen, "progress is told"
    assert seen[-1][0] <= (seen[-1][1] or 0)
    assert (batch.state, batch.new, batch.rejected, records(Room)) == (ImportState.CHECKED, 1, 3, [])
    page = found(db.session, batch, Narrowed(), size=2)
    assert (page.total, page.all, [row.row for row in page.rows]) == (3, 3, [2, 3])
    assert [w.suggestion for w in page.rows[0].wrong] == ["三室两厅"]
    assert page.rows[0].cells == ("湖滨-1", "101", "1", "三室二厅", "90")
    kinds = {kind["header"]: kind for kind in reasons(batch)}
    assert (kinds["户型"]["count"], kinds["户型"]["suggested"]) == (2, 2)
    assert found(db.session, batch, Narrowed(part=0, reason=kinds["户型"]["id"])).total == 2
    assert found(db.session, batch, Narrowed(column=2)).total == 1
    assert found(db.session, batch, Narrowed(suggested=True)).total == 2
    assert found(db.session, batch, Narrowed(FoundKind.NEW)).rows[0].title == "湖滨-1-103"

    assert fixes.adopt_suggestions(db.session, batch) == 1
    fixes.put(db.session, batch, [fixes.Fix("", 3, 2, "1")])
    fixes.leave_out(db.session, batch, "", [5])
    assert batch.state is ImportState.UPLOADED, "what was tried is no longer what would be written"
    with pytest.raises(AlreadyWritten):
        write_batch(db.session, batch, SYSTEM, portal().registry, False)
    db.session.rollback()
    batch = db.session.scalars(sa.select(ImportBatch)).one()
    fixes.adopt_suggestions(db.session, batch)
    fixes.put(db.session, batch, [fixes.Fix("", 3, 2, "2"), fixes.Fix("", 3, 2, "1")])
    fixes.leave_out(db.session, batch, "", [5])
    assert fixes.count(db.session, batch) == 2
    assert tried(batch).total("rejected") == 0
    assert write(batch).may_commit
    assert {r.number: r.layout.label for r in records(Room)} == dict.fromkeys(("101", "102", "103"), "三室两厅")


def test_fill_down_and_take_back(app: Flask, community: None, tmp_path: Path) -> None:
    batch = keep(write_csv(tmp_path / "a.csv", "楼栋,房号,楼层\n湖滨-1,101,3\n湖滨-1,102,\n湖滨-1,103,\n\n湖滨-1,104,x\n"), ROOMS_SHORT)
    assert tried(batch).total("rejected") == 3
    assert fixes.fill_down(db.session, batch, "", 2, 2, 6) == 3
    assert {f.row: f.text for f in fixes.all_of(db.session, batch)} == {3: "3", 4: "3", 6: "3"}
    fixes.take_back(db.session, batch, "", 6)
    assert tried(batch).total("rejected") == 1
    page = found(db.session, batch, Narrowed(FoundKind.NEW))
    assert [row.cells[2] for row in page.rows] == ["3", "3", "3"]
    fixes.replace_everywhere(db.session, batch, 0, "floor", "x", "4")
    assert tried(batch).total("rejected") == 0
    for wrong in (("S", 2, 0, "a"), ("", 0, 0, "a"), ("", 2, 5000, "a"), ("", 2, 0, "a" * 40_000)):
        with pytest.raises(SheetError):
            fixes.put(db.session, batch, [fixes.Fix(*wrong)])
    with pytest.raises(SheetError):
        fixes.replace_everywhere(db.session, batch, 0, "nothing", "x", "4")


ROOMS_SHORT = part("rooms", feed("building", "楼栋"), feed("number", "房号"), feed("floor", "楼层"))


def test_written_once_and_rejected_at_the_last_moment(app: Flask, community: None, tmp_path: Path) -> None:
    batch = keep(write_csv(tmp_path / "a.csv", "楼栋,房号,楼层\n湖滨-1,101,3\n湖滨-1,102,9\n"), ROOMS_SHORT)
    tried(batch)
    save(db.session, portal().registry.entity("buildings"), {"floors": 5}, SYSTEM, records(Building)[0])
    db.session.commit()
    refused = write(batch)
    assert (refused.may_commit, batch.state, batch.rejected, records(Room)) == (False, ImportState.CHECKED, 1, [])
    assert found(db.session, batch, Narrowed()).rows[0].row == 3
    assert write(batch, valid_only=True).may_commit
    assert [r.number for r in records(Room)] == ["101"]
    with pytest.raises(AlreadyWritten):
        write(batch)


def test_a_trial_leaves_nothing_and_nobody_waits(app: Flask, community: None, database: str, tmp_path: Path) -> None:
    trials = Path(app.config["INSTANCE_DIR"]) / "trials"
    with trial_session(db.session) as apart:
        assert apart.scalar(sa.select(sa.func.count()).select_from(Area)) == 1
        apart.add(Area(code="东苑", name="东苑"))
        apart.flush()
        if database == "sqlite":
            assert len(list(trials.glob("trial-*.db"))) == 1
        make("areas", code="西苑", name="西苑")
        db.session.commit()
    assert {area.code for area in records(Area)} == {"湖滨", "西苑"}
    if database == "sqlite":
        (trials / "trial-999999999-x.db").touch()
        sweep()
        assert not list(trials.iterdir()), "also what a killed process left"


def test_a_run_that_is_stopped(app: Flask, community: None, tmp_path: Path) -> None:
    batch = keep(write_csv(tmp_path / "a.csv", "楼栋,房号,楼层\n湖滨-1,101,2\n"), ROOMS_SHORT)

    def stop(*_told: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        try_batch(db.session, batch, SYSTEM, portal().registry, stop)
    db.session.rollback()
    tried(batch)
    with pytest.raises(Cancelled):
        write_batch(db.session, batch, SYSTEM, portal().registry, False, stop)
    db.session.rollback()
    assert (records(Room), batch.state) == ([], ImportState.CHECKED)
    assert not [path for name in ("trials", "work") for path in (Path(app.config["INSTANCE_DIR"]) / name).glob("*")]


def test_taken_back(app: Flask, community: None, tmp_path: Path) -> None:
    make("rooms", building=records(Building)[0], floor=1, number="101", gross_area=80)
    make("rooms", building=records(Building)[0], floor=1, number="105", gross_area=80)
    db.session.commit()
    text = (
        "楼栋,房号,楼层,户型,面积\n湖滨-1,101,1,三室两厅,90\n湖滨-1,105,1,,95\n湖滨-1,102,1,九室,90\n湖滨-1,103,1,,90\n湖滨-1,104,1,,90\n"
    )
    batch = keep(write_csv(tmp_path / "a.csv", text), ROOMS | {"new_words": "add"})
    tried(batch)
    assert write(batch).may_commit
    assert (batch.new, batch.changed) == (3, 2)
    changes = found(db.session, batch, Narrowed(FoundKind.CHANGED)).rows
    assert [(c.label, c.old, c.new) for c in changes[0].changes] == [("户型", "", "三室两厅"), ("建筑面积", "80.00", "90.00")]
    assert may_be_undone(db.session, batch, SYSTEM)
    rooms = {room.number: room for room in records(Room)}
    entity = portal().registry.entity("rooms")
    save(db.session, entity, {"gross_area": 99}, SYSTEM, rooms["105"])
    save(db.session, entity, {"note": "x"}, SYSTEM, rooms["103"])
    make("households", name="赵一", room=rooms["104"])
    db.session.commit()
    done = undo(batch)
    assert (done.restored, done.deleted, done.left, done.gone) == (1, 2, 3, 0), "the room and its word are gone"
    assert {room.number: (room.gross_area, room.layout_id) for room in records(Room)} == {
        "101": (80, None),
        "105": (99, None),
        "103": (90, None),
        "104": (90, None),
    }
    assert db.session.scalar(sa.select(DictionaryItem).filter_by(label="九室")) is None
    left = found(db.session, batch, Narrowed(FoundKind.LEFT)).rows
    assert {row.title for row in left} == {"湖滨-1-105", "湖滨-1-103", "湖滨-1-104"}
    assert all(row.reason for row in left)
    assert batch.state is ImportState.UNDONE
    with pytest.raises(NothingToUndo):
        undo(batch)


def test_taken_back_with_everything_that_hangs_together(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        text = "片区,楼号,单元,房号,楼层,户名\n湖滨,1,1,101,1,赵一\n湖滨,1,1,102,1,钱二\n"
        parts = (
            part("areas", feed("code", "片区"), feed("name", "片区"), merge=True),
            part("buildings", feed("area", link={"part": "areas"}), feed("number", "楼号"), merge=True),
            part("entrances", feed("building", link={"part": "buildings"}), feed("number", "单元"), merge=True),
            part(
                "rooms",
                feed("building", link={"part": "buildings"}),
                feed("entrance", link={"part": "entrances"}),
                feed("number", "房号"),
                feed("floor", "楼层"),
            ),
            part("households", feed("name", "户名"), feed("room", link={"part": "rooms"}), key=["name", "room"]),
        )
        batch = keep(write_csv(tmp_path / "a.csv", text), *parts)
        tried(batch)
        write(batch)
        done = undo(batch)
        assert (done.deleted, done.left) == (7, 0)
        assert records(Area) == []


def test_rights_of_now(app: Flask, community: None, users: Users, tmp_path: Path) -> None:
    make("rooms", building=records(Building)[0], floor=1, number="101")
    db.session.commit()
    batch = keep(write_csv(tmp_path / "a.csv", "楼栋,房号,楼层\n湖滨-1,101,2\n湖滨-1,102,2\n"), ROOMS_SHORT)
    tried(batch)
    write(batch)
    assert not may_be_undone(db.session, batch, users.actor("clerk")), "somebody else's"
    reader = allowed(1, "x", frozenset({("can_read", "housing.rooms")}))
    done = undo(batch, reader)
    assert (done.restored, done.deleted, done.left) == (0, 0, 2)
    assert {room.number: room.floor for room in records(Room)} == {"101": 2, "102": 2}


def test_what_is_old_is_cleared_away(app: Flask, community: None, tmp_path: Path) -> None:
    batch = keep(write_csv(tmp_path / "a.csv", "楼栋,房号,楼层\n湖滨-1,101,2\n湖滨-1,102,x\n"), ROOMS_SHORT)
    fixes.put(db.session, batch, [fixes.Fix("", 2, 2, "3")])
    tried(batch)
    write(batch, valid_only=True)
    assert sweep_files(db.session)[1] == sweep_ledgers(db.session)[1] == 0
    long_ago = sa.func.datetime("2020-01-01 00:00:00") if db.engine.dialect.name == "sqlite" else sa.text("'2020-01-01'::timestamptz")
    db.session.execute(sa.update(ImportBatch).values(created_at=long_ago, finished_at=long_ago))
    db.session.commit()
    assert sweep_files(db.session)[1] == sweep_ledgers(db.session)[1] == 1
    db.session.commit()
    for table in (ImportEntry, ImportFix, ImportRow):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    assert sweep_files(db.session)[1] == 0


def test_large_ones_are_jobs(app: Flask, community: None, users: Users, tmp_path: Path) -> None:
    clerk = users.actor("clerk")
    batch = keep(write_csv(tmp_path / "a.csv", "楼栋,房号,楼层\n湖滨-1,101,2\n湖滨-1,102,x\n"), ROOMS_SHORT, user_id=clerk.user_id)
    number = batch.id
    assert not needs_a_job(batch)
    batch.row_count = 5000
    assert needs_a_job(batch)
    asked = (
        lambda batch, actor: start_trial(db.session, batch, actor, "/x"),
        lambda batch, actor: start_write(db.session, batch, actor, "/x", True),
        lambda batch, actor: start_undo(db.session, batch, actor, "/x"),
    )
    states = []
    for ask in asked:
        job_id = ask(db.session.get_one(ImportBatch, number), clerk).id
        db.session.commit()
        run_job(job_id)
        job = db.session.get_one(Job, job_id)
        states.append((job.state, db.session.get_one(ImportBatch, number).state, len(records(Room))))
        assert job.log, job.error
        db.session.rollback()
    assert states == [
        (JobState.DONE, ImportState.CHECKED, 0),
        (JobState.DONE, ImportState.WRITTEN, 1),
        (JobState.DONE, ImportState.UNDONE, 0),
    ]
    for ask, actor in ((asked[1], clerk), (asked[2], clerk), (asked[0], users.actor("implementer"))):
        job_id = ask(db.session.get_one(ImportBatch, number), actor).id
        db.session.commit()
        run_job(job_id)
        job = db.session.get_one(Job, job_id)
        assert (job.state, bool(job.error)) == (JobState.FAILED, True)
        db.session.rollback()
