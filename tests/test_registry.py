"""The loader: what is declared is found; a duplicate, a gap or an import error stops the start and says where."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.registry import RegistryError, load, plural_name

SUBSYSTEM = "from app.registry import Subsystem\nSUBSYSTEM = Subsystem('Test')\n"
MODULE = "from app.registry import Module\nMODULE = Module('Test')\n"
ENTITY = """
from app.registry import Entity
from models.housing.pets import Pet
PET = Entity(Pet, columns=("name",), key=("tag_no",), form=(), example={})
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """An empty package of declarations that can be imported."""
    name = f"views_{request.node.name}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for module in [m for m in sys.modules if m.split(".")[0] == name]:
        del sys.modules[module]


def write(package: Path, **files: str) -> str:
    for path, text in files.items():
        target = package / (path.replace("__", "/") + ".py")
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
    return package.name


def test_the_portals_own_declarations_load() -> None:
    registry = load()
    assert {"areas", "companies", "buildings", "entrances", "rooms", "title-deeds", "households", "residents"} <= set(registry.entities)
    assert {"ownerships", "tenancies", "pets", "vehicles", "dictionaries"} <= set(registry.entities)
    assert registry.entity("pets").module.name == "housing.pets"


def test_it_is_sealed() -> None:
    registry = load()
    with pytest.raises(RegistryError, match="sealed"):
        registry.entities = {}
    with pytest.raises(TypeError):
        registry.entities["new"] = registry.entities["pets"]  # type: ignore[index]


def _subsystem(package: Path, text: str = SUBSYSTEM) -> None:
    (package / "part").mkdir()
    (package / "part" / "__init__.py").write_text(text)


def test_a_folder_without_subsystem(package: Path) -> None:
    _subsystem(package, "")
    with pytest.raises(RegistryError, match=r"part/__init__\.py declares no SUBSYSTEM"):
        load(package.name)


def test_a_file_without_module(package: Path) -> None:
    _subsystem(package)
    write(package, part__thing="")
    with pytest.raises(RegistryError, match=r"part/thing\.py declares no MODULE"):
        load(package.name)


def test_an_import_error_names_the_file(package: Path) -> None:
    _subsystem(package)
    write(package, part__thing="import nothing_of_that_name")
    with pytest.raises(RegistryError, match=r"part/thing\.py cannot be imported: No module named 'nothing_of_that_name'"):
        load(package.name)


def test_two_entities_of_one_name(package: Path) -> None:
    _subsystem(package)
    write(package, part__one=MODULE + ENTITY, part__two=MODULE + ENTITY)
    with pytest.raises(RegistryError, match=r"part/two\.py: an entity 'pets' is already declared in part\.one"):
        load(package.name)


def test_a_requirement_that_does_not_exist(package: Path) -> None:
    _subsystem(package)
    write(package, part__one="from app.registry import Module\nMODULE = Module('Test', requires=('part.other',))\n")
    with pytest.raises(RegistryError, match=r"requires 'part\.other', which does not exist"):
        load(package.name)


@pytest.mark.parametrize(
    ("table", "plural"), [("title_deed", "title-deeds"), ("company", "companies"), ("room_use", "room-uses"), ("box", "boxes")]
)
def test_plural_names(table: str, plural: str) -> None:
    assert plural_name(table) == plural


@pytest.mark.parametrize("way", ["number", "building.number", "building.floor", "nothing", "building.area.building"], ids=range(5))
def test_a_way_that_leads_nowhere(package: Path, way: str) -> None:
    _subsystem(package)
    rooms = f"""
from app.registry import Entity
from models.housing.rooms import Room
ROOM = Entity(Room, columns=("number",), key=("number",), form=(), example={{}}, narrow_by=({way!r},))
"""
    write(package, part__rooms=MODULE + rooms)
    with pytest.raises(RegistryError, match=f"rooms: narrow_by '{way}' is not a way along relations"):
        load(package.name)


def test_a_search_that_nothing_serves_is_named(package: Path) -> None:
    _subsystem(package)
    text = MODULE + ENTITY.replace("example={}", "example={}, search=('note',)")
    with pytest.raises(RegistryError, match="search 'note' is neither"):
        load(write(package, part__pets=text))
