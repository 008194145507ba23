"""`docs/adding-an-entity.md` is followed word for word in a scratch copy of the repository: its files are written, its commands run,
and what it promises is there. The tests of the second half run inside that copy, where bicycles exist."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import importlib.util
import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.database import db
from app.extension import portal
from app.registry import Entity, Module
from config import ROOT
from models import base
from tests.faults.pages import sent_by
from tests.portal import Users, make_example

DOCUMENT = ROOT / "docs" / "adding-an-entity.md"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "instance", "__pycache__", ".*_cache", "*.mo", "build", "pictures")
GENERATED = {"tests/query_counts.json"}
"""Written by a documented command, not by hand."""

INSIDE = importlib.util.find_spec("models.housing.bicycles") is not None
outside = pytest.mark.skipif(INSIDE, reason="runs in the repository")
inside = pytest.mark.skipif(not INSIDE, reason="runs in the scratch copy")


def blocks(kind: str) -> list[tuple[str, str]]:
    """The fenced blocks of a kind in the document: file name (or '') and content."""
    return re.findall(rf"(?ms)^```{kind}[ ]?(\S*)\n(.*?)^```$", DOCUMENT.read_text())


def commands() -> list[str]:
    return [line.partition("  #")[0].strip() for _name, text in blocks("sh") for line in text.splitlines() if line.strip()]


def digests(folder: Path) -> dict[str, str]:
    """What every file of the copy holds."""
    files = (p for p in folder.rglob("*") if p.is_file() and not {"__pycache__", "instance"} & set(p.parts) and p.suffix != ".mo")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files if "_cache" not in str(p)}


@dataclasses.dataclass(frozen=True)
class Scratch:
    """A copy of the repository with what the document says, and the digests of its files before."""

    folder: Path
    before: dict[str, str]

    def run(self, command: str) -> str:
        """Run a documented command and return what it prints. `flask` and `python` are this environment's."""
        words = shlex.split(command)
        changes = {name: value for name, _eq, value in (w.partition("=") for w in words if re.match(r"[A-Z_]+=", w))}
        words = words[len(changes) :]
        words = [sys.executable, *({"flask": ["-m", "flask"], "python": []}[words[0]]), *words[1:]]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DATABASE_URL", "FLASK"))}
        environment = kept | {"INSTANCE_DIR": str(self.folder / "instance"), "PORTAL_ADMIN_PASSWORD": "admin-password"} | changes
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=280)
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """The copy, after the commands that make the entity."""
    folder = tmp_path_factory.mktemp("scratch") / "portal"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    copy = Scratch(folder, digests(folder))
    for kind in ("python", "po"):
        for name, content in blocks(kind):
            assert name, "a block without a file name"
            assert not (folder / name).exists(), f"{name} exists already: the example must be something new"
            (folder / name).write_text(content)
    for command in commands()[:3]:
        copy.run(command)
    yield copy
    shutil.rmtree(folder, ignore_errors=True)


# -- in the repository -------------------------------------------------------------------------------------------------------------


@outside
def test_every_fact_is_explained() -> None:
    """A fact that is added without a word in the document fails here."""
    text = DOCUMENT.read_text()
    facts = {f.name for cls in (base.FieldInfo, Entity, Module) for f in dataclasses.fields(cls)}
    facts |= {name for function in (base.column, base.relation) for name in inspect.signature(function).parameters} - {"facts"}
    missing = sorted(name for name in facts if f"`{name}`" not in text)
    assert not missing


@outside
def test_the_commands_are_the_ones_that_are_tested() -> None:
    first, migrate, again, *rest = commands()
    assert first == again == "flask --app run setup"
    assert migrate == "flask --app run db migrate -m bicycles"
    assert [c.split()[3] if c.startswith("flask") else "pytest" for c in rest] == ["import", "import", "export", *["pytest"] * 3]


@outside
def test_the_files_are_in_the_style_of_the_house(scratch: Scratch) -> None:
    files = " ".join(name for name, _content in blocks("python"))
    scratch.run(f"python -m ruff check --no-cache {files}")
    scratch.run(f"python -m ruff format --no-cache --check {files}")


@outside
def test_import_and_export_on_the_command_line(scratch: Scratch) -> None:
    dry, real, out = (c for c in commands() if " import " in c or " export " in c)
    household = "number,name\nH-000001,赵雪梅\n"
    (scratch.folder / "households.csv").write_text(household)
    scratch.run("flask --app run import households households.csv")
    rows = [
        ["车架号", "户号", "颜色", "购车日期", "价格(元)"],
        ["BX-1", "H-000001", "红", "2022-04-03", "1299"],
        ["BX-2", "H-000001", "", "", ""],
    ]
    with (scratch.folder / "bicycles.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    assert "new=2 changed=0 unchanged=0 rejected=0" in scratch.run(dry)
    assert "new=2 changed=0 unchanged=0 rejected=0" in scratch.run(real), "the dry run wrote nothing"
    assert "new=0 changed=0 unchanged=2 rejected=0" in scratch.run(real)
    assert "rows=2" in scratch.run(out)
    assert "new=0 changed=0 unchanged=2 rejected=0" in scratch.run("flask --app run import bicycles bicycles.xlsx")
    scratch.run("flask --app run export bicycles bicycles-out.csv --locale zh")
    lines = (scratch.folder / "bicycles-out.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("车架号,车主,")
    assert lines[1].startswith("BX-1,H-000001")


@outside
def test_it_works_in_the_scratch_copy(scratch: Scratch) -> None:
    """The tests of the second half of this file, there."""
    printed = scratch.run("python -m pytest -p no:cacheprovider tests/test_adding_an_entity.py")
    passed = re.search(r"(\d+) passed", printed)
    assert passed
    assert int(passed[1]) >= 15, "they were skipped"


@outside
def test_the_documented_tests_pass_and_no_shared_file_was_edited(scratch: Scratch) -> None:
    for command in commands():
        if "pytest" in command:
            printed = scratch.run(command + " -p no:cacheprovider")
            assert re.search(r"\d+ passed", printed), f"{command} found nothing to test"
    after = digests(scratch.folder)
    changed = {name for name, digest in scratch.before.items() if after.get(name) != digest} - GENERATED
    assert not changed, "a shared file was edited"
    new = {n for n in after.keys() - scratch.before.keys() if not n.endswith((".csv", ".xlsx"))}
    named = {name for kind in ("python", "po") for name, _content in blocks(kind)}
    assert len(new - named) == 1, "beside the files of the document there is one migration"
    assert re.fullmatch(r"migrations/versions/\d{8}_bicycles\.py", next(iter(new - named)))


@outside
def test_its_texts_keep_their_catalogue(scratch: Scratch) -> None:
    """`make messages` leaves the module's texts in the module's file."""
    folder = scratch.folder / "app" / "translations" / "zh" / "LC_MESSAGES"
    subprocess.run([sys.executable, "-m", "app.translations"], cwd=scratch.folder, capture_output=True, check=False, timeout=120)
    assert "车架号" in (folder / "housing.bicycles.po").read_text()
    for name in ("housing.po", "frame.po"):
        assert "Frame number" not in (folder / name).read_text(), name


# -- in the scratch copy -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bicycles(app: Flask) -> Entity:
    with app.app_context():
        return portal().registry.entity("bicycles")


@pytest.fixture
def bicycle(app: Flask, bicycles: Entity, clean: None) -> int:
    with app.app_context():
        number = make_example(bicycles).id
        db.session.commit()
        db.session.remove()
    return number


URL = "/housing/bicycles/"


@inside
def test_pages(users: Users, bicycle: int) -> None:
    """List, conditions, search, record, form, and the tab on the owner's page."""
    browser = users.browser("clerk")
    page = browser.get(URL).text
    assert "BX-204177" in page
    assert "车架号" in page, "Chinese by default"
    assert "自行车" in browser.get("/").text
    for query, found in (("f=price:between:1000..2000", True), ("f=price:gt:2000", False), ("q=BX-20", True), ("f=colour:empty:", False)):
        assert (f'href="{URL}{bicycle}"' in browser.get(f"{URL}?{query}").text) == found, query
    record = browser.get(f"{URL}{bicycle}").text
    assert "1,299.00" in record
    owner = re.search(r'href="(/housing/households/\d+)"', record)
    assert owner
    page = browser.get(owner[1]).text
    assert "bicycles.owner" in page, "the owner's page has a tab, and its declaration was not touched"
    assert page.count("BX-204177") == 2, "among what belongs to the household, and in its timeline"
    paper = browser.get(f"{owner[1]}/file").text
    assert "自行车</h2>" in paper, "its file has a section more"
    assert "自行车 购车" in paper, "and what happened is told"


@inside
def test_forms(users: Users, bicycle: int) -> None:
    browser = users.browser("clerk")
    added = browser.post(f"{URL}add", data={"frame_no": "BX-7", "owner": "H-000001", "price": "99"})
    assert added.status_code == 422
    assert "填写价格时须填写购买日期。" in added.text
    assert browser.post(f"{URL}add", data={"frame_no": "BX-7", "owner": "H-000001"}).status_code == 302
    assert browser.post(f"{URL}add", data={"frame_no": "BX-7", "owner": "H-000001"}).status_code == 422, "unique"
    form = sent_by(browser.get(f"{URL}{bicycle}/edit").text, "_version")
    assert browser.post(f"{URL}{bicycle}/edit", data=form | {"price": "1000"}).status_code == 302
    assert browser.post(f"{URL}{bicycle}/edit", data=form | {"price": "900"}).status_code == 409, "somebody was faster"
    assert "1,000.00" in browser.get(f"{URL}{bicycle}").text


@inside
def test_rest(users: Users, bicycle: int) -> None:
    client, head, url = users.app.test_client(), users.token("clerk"), "/api/v1/bicycles/"
    assert client.get(f"{url}?f=price:gt:1000", headers=head).json["ids"] == [bicycle]
    made = client.post(url, json={"frame_no": "BX-8", "owner": "H-000001", "colour": "蓝"}, headers=head)
    assert made.status_code == 201
    refused = client.put(f"{url}{made.json['id']}", json={"price": -1}, headers=head)
    assert refused.status_code == 422
    assert [e["field"] for e in refused.json["errors"]] == ["price"]
    assert client.delete(f"{url}{made.json['id']}", headers=head).status_code == 200
    document = client.get("/api/v1/_openapi", headers=users.token("admin")).json
    assert "/api/v1/bicycles/" in document["paths"]


@inside
def test_template_and_export(users: Users, bicycle: int) -> None:
    browser = users.browser("clerk")
    for path in ("template", "export.xlsx", "export.csv?columns=all"):
        with browser.get(URL + path) as answer:
            assert answer.status_code == 200, path
            assert len(answer.data) > 50


@inside
@pytest.mark.parametrize(
    ("user", "allowed"),
    [("manager", {"", "export.csv"}), ("implementer", {""}), ("nobody", set()), ("clerk", {"", "export.csv", "add", "import", "template"})],
)
def test_permissions(users: Users, bicycle: int, user: str, allowed: set[str]) -> None:
    browser = users.browser(user)
    found = set()
    for path in ("", "export.csv", "add", "import", "template"):
        with browser.get(URL + path) as answer:
            assert answer.status_code in (200, 403)
            found |= {path} if answer.status_code == 200 else set()
    assert found == allowed


@inside
def test_the_matrix_of_rights_has_it(users: Users) -> None:
    with users.app.app_context():
        role = users.app.appbuilder.sm.role_named("Clerk").id
        db.session.remove()
    form: dict[str, Any] = sent_by(users.browser("admin").get(f"/platform/roles/{role}").text, "perm")
    assert {f"{verb}:housing.bicycles" for verb in ("read", "write", "delete", "import", "export")} <= set(form["perm"])


@inside
def test_the_contract_tests_take_it() -> None:
    from tests.contract.test_entities import REGISTRY  # noqa: PLC0415

    assert "bicycles" in REGISTRY.entities
