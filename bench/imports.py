"""An import with every rule checked, beside bare inserts of the same rows."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.database import db
from models.housing.pets import Pet

PETS = 45_000


def import_pets(app: Flask, folder: Path) -> tuple[float, float]:
    """Seconds of the import and of bare inserts; the database is then as before."""
    path = folder / "pets.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as target:
        writer = csv.writer(target)
        writer.writerow(["标牌", "名字", "种类", "登记时间"])
        writer.writerows([f"B-{n:06}", f"豆豆{n}", "犬", "2024-05-06"] for n in range(PETS))
    started = time.perf_counter()
    result = app.test_cli_runner().invoke(args=["import", "pets", str(path)])
    spent = time.perf_counter() - started
    if result.exit_code:
        raise RuntimeError(f"the import failed: {result.output}")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.delete(Pet).where(Pet.tag_no.like("B-%")))
        started = time.perf_counter()
        connection.execute(sa.text("CREATE TABLE floor_pet (tag VARCHAR(20), name VARCHAR(60), registered_on VARCHAR(10))"))
        with path.open(encoding="utf-8-sig") as source:
            rows = [{"tag": r["标牌"], "name": r["名字"], "day": r["登记时间"]} for r in csv.DictReader(source)]
        connection.execute(sa.text("INSERT INTO floor_pet VALUES (:tag, :name, :day)"), rows)
        bare = time.perf_counter() - started
        connection.execute(sa.text("DROP TABLE floor_pet"))
    return spent, bare
