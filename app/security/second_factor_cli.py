"""The way back in for whoever has a shell on the server: nobody else could let in the only administrator who lost his telephone."""

from __future__ import annotations

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import with_appcontext
from flask_appbuilder.security.sqla.models import User

from app.extension import portal
from app.security import second_factor


def register(app: Flask) -> None:
    @app.cli.command("second-factor-off")
    @click.argument("login")
    @with_appcontext
    def off(login: str) -> None:
        """Switch off the second factor of an account."""
        session = portal().session
        user_id = session.scalar(sa.select(User.id).where(User.username == login))
        if user_id is None:
            raise click.ClickException(f"There is no account {login}.")
        was_on = second_factor.switch_off(session, user_id)
        session.commit()
        click.echo(f"The second factor of {login} is off." if was_on else f"{login} has no second factor.")
