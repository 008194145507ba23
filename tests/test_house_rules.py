"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from app.catalogues import FOLDER, read_catalogue
from app.registry import load
from app.translations.__main__ import CHINESE, used_messages
from config import ROOT, SETTINGS

LAYERS = ("app", "models", "reports", "views")
SOURCES = [p for layer in (*LAYERS, "tests", "bench") for p in (ROOT / layer).rglob("*.py")] + [ROOT / "config.py", ROOT / "run.py"]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_files_are_short_and_named_for_their_purpose(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc"}


def test_templates_and_scripts_are_short() -> None:
    for path in [*(ROOT / "app/templates").rglob("*.html"), *(ROOT / "app/static").glob("*.js")]:
        assert len(path.read_text().splitlines()) <= 500, path


def test_who_may_import_whom() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
    return found


def test_a_module_imports_only_what_it_requires() -> None:
    registry = load()
    for name, module in registry.modules.items():
        allowed = {name, *module.requires}
        seen = set(allowed)
        while seen:  # what is required may itself require
            seen = {r for n in seen for r in registry.modules[n].requires} - allowed
            allowed |= seen
        for layer in ("models", "views", "reports"):
            path = ROOT / layer / (name.replace(".", "/") + ".py")
            if path.exists():
                others = {i.removeprefix(f"{layer}.").removeprefix("models.") for i in _imports(path) if i.split(".")[0] in LAYERS}
                foreign = {o for o in others if o in registry.modules} - allowed
                assert not foreign, f"{relative(path)} imports {foreign}, which MODULE.requires does not name"


def test_every_module_stands_in_every_layer() -> None:
    for name in load().modules:
        assert (ROOT / "views" / (name.replace(".", "/") + ".py")).exists()


def test_every_text_has_its_chinese() -> None:
    catalogue = read_catalogue(CHINESE)
    missing = [m for m in used_messages() if catalogue.get(m if isinstance(m, str) else m[0]) is None]
    assert not missing, f"run `make messages` and translate: {missing}"


def test_placeholders_survive_translation() -> None:
    import re  # noqa: PLC0415

    names = re.compile(r"%\((\w+)\)")
    for message in read_catalogue(FOLDER / "zh" / "LC_MESSAGES"):
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            allowed = {n for text in ids for n in names.findall(text)}
            for text in strings:
                assert set(names.findall(text)) <= allowed, message.id


def test_no_address_or_path_of_one_machine() -> None:
    for path in [*ROOT.glob("requirements*.txt"), ROOT / "pyproject.toml", ROOT / "Makefile"]:
        assert "://" not in path.read_text().replace("http://127.0.0.1", ""), path


def test_settings_are_documented_once() -> None:
    names = [s.name for s in SETTINGS]
    assert len(names) == len(set(names))
    assert all(s.help.endswith(".") for s in SETTINGS)
    readme = (ROOT / "README.md").read_text()
    for s in SETTINGS:
        assert f"| `{s.name}` | {f'`{s.default}`' if s.default else '–'} | {s.help} |" in readme, f"README does not tell of {s.name}"
