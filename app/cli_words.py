"""What the commands that import print: how a file is read, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from flask_babel import force_locale
from flask_babel import gettext as _

from app.entity.import_plan import Plan
from app.entity.import_result import ImportResult

_SHOWN = 20


@contextmanager
def in_language(locale: str) -> Iterator[None]:
    """The language of what is printed; '' is the portal's."""
    if locale:
        with force_locale(locale):
            yield
    else:
        yield


def show_plan(plan: Plan) -> None:
    """How the columns were understood."""
    click.echo(
        _(
            "%(entity)s · sheet “%(sheet)s” · header in row %(row)d · key %(key)s",
            entity=plan.part.called,
            sheet=plan.sheet or "-",
            row=plan.header_row,
            key="+".join(plan.key),
        )
    )
    for use in plan.columns.columns:
        header = " ".join(use.header.split())
        feed = plan.part.feed(use.target)
        rules = " ".join(str(rule["do"]) for rule in feed.rules) if feed is not None else ""
        how = use.how + (f": {rules}" if rules else "")
        meaning = f"{plan.targets[use.target].title()} ({use.target}, {how})" if use.target else f"× {use.why}"
        if use.header or use.target:
            click.echo(f"  {use.letter:>3} {header} → {meaning}")
    for name, value in plan.columns.constants.items():
        click.echo(f"    := {value} → {plan.targets[name].title()} ({name})")
    for feed in plan.part.feeds or ():
        if feed.link is not None:
            click.echo(f"    ⇐ {feed.link.part} → {plan.targets[feed.target].title()} ({feed.target})")
    for title in plan.missing:
        click.echo("  ! " + _("There is no column for %(field)s, which new records need", field=title))


def show_result(parts: Sequence[ImportResult], written: bool, aborted: bool, dry_run: bool, report: Path | None) -> None:
    """What was understood, why rows were rejected, and as last line the counts: of each part, and of all when there are several."""
    for result in parts:
        if len(parts) > 1:
            click.echo(_line(result.entity, [result], dry_run, written))
        for sentence in result.understood():
            click.echo("  · " + sentence)
        for r in result.rejections[:_SHOWN]:
            click.echo(
                "  ✗ "
                + _(
                    "row %(row)d, %(column)s, “%(value)s”: %(reason)s",
                    row=r.row,
                    column=" ".join(r.column.split()) or "-",
                    value=r.value,
                    reason=r.reason,
                )
            )
        if result.rejected > _SHOWN:
            for (_index, column, reason), count in result.reasons.most_common(_SHOWN):
                click.echo(f"  ✗ {count} × {' '.join(column.split())}: {reason}")
    if report is not None:
        click.echo("  " + _("Rejected rows are in %(file)s", file=report))
    if aborted and not dry_run:
        click.echo("  " + _("Nothing was written, because rows were rejected; with --on-error skip the others are written"))
    click.echo(_line("", parts, dry_run, written))


def _line(name: str, parts: Sequence[ImportResult], dry_run: bool, written: bool) -> str:
    facts: dict[str, object] = {n: sum(getattr(p, n) for p in parts) for n in ("new", "changed", "unchanged", "rejected")}
    facts |= {n: total for n in ("merged", "absent") if (total := sum(getattr(p, n) for p in parts))}
    facts |= {"rows": sum(p.rows for p in parts), "dry_run": str(dry_run).lower(), "written": str(written).lower()}
    return (f"{name}: " if name else "") + " ".join(f"{n}={value}" for n, value in facts.items())
