"""Sign-ins on the server, forced change, the second factor, and looking at the portal as somebody else."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.security import second_factor
from app.security.accounts import lock_user
from app.security.passwords import give, was_before
from app.security.sign_ins import device, hash_of, sweep
from models.base import utcnow
from models.platform.second_factors import SecondFactor
from models.platform.sign_ins import SignIn
from tests.portal import PASSWORD, Users

Find = Callable[[str], int]
NEW = "lotus leaves in the rain"
LOGIN = "/api/v1/security/login"


def change(client: FlaskClient, old: str, new: str) -> int:
    form = {"current_password": old, "new_password": new, "new_password_again": new}
    return client.post("/profile/password", data=form).status_code


def move(app: Flask, **values: object) -> None:
    """Make every sign-in older, or anything else."""
    with app.app_context():
        db.session.execute(sa.update(SignIn).values(**values))
        db.session.commit()


def rows(app: Flask, user_id: int) -> list[SignIn]:
    with app.app_context():
        return list(db.session.scalars(sa.select(SignIn).where(SignIn.user_id == user_id).order_by(SignIn.id)))


def switched_on(app: Flask, user_id: int) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """A second factor that is on, and its recovery codes; no code of it was used yet."""
    with app.test_request_context("/", method="POST"):
        second_factor.begin(db.session, user_id)
        row = second_factor.of(db.session, user_id)
        assert row is not None
        totp = pyotp.TOTP(second_factor.secret_of(row) or "")
        answer, codes = second_factor.confirm(db.session, user_id, totp.now())
        assert not answer.message
        row.last_step = 0
        db.session.commit()
        return totp, codes


# ── sign-ins ──


def test_a_sign_in_ends_from_elsewhere(app: Flask, users: Users, user_id: Find) -> None:
    here, there, other = users.browser("clerk"), users.browser("clerk"), users.browser("manager")
    mine, his = rows(app, user_id("clerk")), rows(app, user_id("manager"))
    assert here.get("/profile/sign-ins/").text.count('/end"') == 1
    here.post(f"/profile/sign-ins/{his[0].id}/end")
    assert other.get("/profile/").status_code == 200, "that of somebody else does not exist"
    here.post(f"/profile/sign-ins/{mine[1].id}/end")
    assert there.get("/profile/").status_code == 302
    assert here.get("/profile/").status_code == 200


def test_all_others_end_at_once_tokens_too(users: Users) -> None:
    here, there, token = users.browser("clerk"), users.browser("clerk"), users.token("clerk")
    program = users.app.test_client()
    assert program.get("/api/v1/pets/", headers=token).status_code == 200
    here.post("/profile/sign-ins/end-others")
    assert there.get("/profile/").status_code == 302
    assert program.get("/api/v1/pets/", headers=token).status_code == 401
    assert here.get("/profile/").status_code == 200


def test_signing_out_ends_it_on_the_server(app: Flask, users: Users, user_id: Find) -> None:
    client = users.browser("clerk")
    with client.session_transaction() as kept:
        stolen = dict(kept)
    client.get("/logout/")
    thief = users.app.test_client()
    with thief.session_transaction() as taken:
        taken.update(stolen)
    assert thief.get("/profile/").status_code == 302
    assert rows(app, user_id("clerk"))[0].ended_at is not None


def test_each_sign_in_has_a_key_of_its_own_kept_as_a_hash(app: Flask, users: Users, user_id: Find) -> None:
    client = users.browser("clerk")
    with client.session_transaction() as first:
        key = first["sign_in_key"]
    assert [r.key_hash for r in rows(app, user_id("clerk"))] == [hash_of(key)]
    client.get("/logout/")
    client.post("/login/", data={"username": "clerk", "password": PASSWORD})
    with client.session_transaction() as second:
        assert second["sign_in_key"] != key


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"seen_at": utcnow() - timedelta(hours=7)}, 200),
        ({"seen_at": utcnow() - timedelta(hours=9)}, 302),
        ({"made_at": utcnow() - timedelta(days=6)}, 200),
        ({"made_at": utcnow() - timedelta(days=8)}, 302),
    ],
)
def test_sign_ins_grow_old(app: Flask, users: Users, values: dict[str, object], status: int) -> None:
    client, token = users.browser("clerk"), users.token("clerk")
    move(app, **values)
    program = users.app.test_client().get("/api/v1/pets/", headers=token)
    assert client.get("/profile/").status_code == status
    assert program.status_code == (200 if status == 200 else 401)


def test_seen_is_written_once_a_minute(app: Flask, users: Users, user_id: Find) -> None:
    client, key = users.browser("clerk"), user_id("clerk")
    move(app, seen_at=utcnow() - timedelta(seconds=30))
    before = rows(app, key)[0].seen_at
    client.get("/profile/")
    assert rows(app, key)[0].seen_at == before
    move(app, seen_at=utcnow() - timedelta(minutes=5))
    client.get("/profile/")
    assert utcnow() - rows(app, key)[0].seen_at < timedelta(minutes=1)
    with app.app_context():
        assert sweep(db.session)[1] == 0
    move(app, seen_at=utcnow() - timedelta(days=200))
    with app.app_context():
        assert sweep(db.session)[1] == 1


def test_a_page_does_not_wait_for_a_job_to_write_that_somebody_was_seen(app: Flask, users: Users) -> None:
    client = users.browser("clerk")
    move(app, seen_at=utcnow() - timedelta(minutes=5))
    with app.app_context(), db.engine.begin() as job:
        job.execute(sa.update(SignIn).values(agent="held"))
        if db.engine.dialect.name == "sqlite":
            started = time.monotonic()
            assert client.get("/profile/").status_code == 200
            assert time.monotonic() - started < 5
    assert client.get("/profile/").status_code == 200


def test_an_administrator_ends_sign_ins_of_others_but_not_of_the_stronger(
    app: Flask, users: Users, user_id: Find, make_role: Callable[..., int], make_user: Callable[..., int]
) -> None:
    clerk, key = users.browser("clerk"), user_id("clerk")
    assert users.browser("admin").get(f"/platform/users/{key}/sign-ins").status_code == 200
    assert users.browser("implementer").get(f"/platform/users/{key}/sign-ins").status_code == 403
    make_role("Office", "read:platform.users", "write:platform.users")
    make_user("office", "Office")
    office, admin = users.browser("office"), users.browser("admin")
    assert office.get(f"/platform/users/{user_id('admin')}/sign-ins").status_code == 403
    assert office.post(f"/platform/users/{user_id('admin')}/sign-ins/end").status_code == 403
    assert office.post(f"/platform/users/{key}/second-factor/off").status_code == 403
    assert admin.post(f"/platform/users/{key}/sign-ins/end").status_code == 302
    assert clerk.get("/profile/").status_code == 302


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge 140 · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox 130 · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Version/17.5 Safari/604", "Safari 17 · iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_in_words(agent: str, words: str) -> None:
    assert device(agent) == words


# ── passwords ──


def test_a_password_that_somebody_else_set_is_changed_first(users: Users, user_id: Find) -> None:
    key, given = user_id("clerk"), "seven herons by the lake"
    users.browser("admin").post(f"/platform/users/{key}/password", data={"password": given, "password_again": given})
    client = users.app.test_client()
    client.post("/login/", data={"username": "clerk", "password": given})
    assert client.get("/housing/pets/").headers["Location"] == "/profile/"
    assert client.post("/housing/pets/add", data={}).status_code == 403
    assert client.get("/housing/pets/", headers={"Sec-Fetch-Dest": "empty"}).status_code == 403
    login = {"username": "clerk", "password": given, "provider": "db"}
    token = {"Authorization": f"Bearer {client.post(LOGIN, json=login).json['access_token']}"}
    refused = users.app.test_client().get("/api/v1/pets/", headers=token)
    assert refused.status_code == 403
    assert refused.json["must_change_password"] is True
    assert change(client, given, given) == 422
    assert change(client, given, PASSWORD) == 422, "the one before"
    assert change(client, given, NEW) == 302
    assert client.get("/housing/pets/").status_code == 200


def test_a_password_grows_old_when_the_settings_say_so(app: Flask, users: Users, user_id: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    client = users.browser("clerk")
    monkeypatch.setitem(app.config, "PASSWORD_DAYS", 90)
    assert client.get("/housing/pets/").headers["Location"] == "/profile/", "of unknown age"
    assert change(client, PASSWORD, NEW) == 302
    assert client.get("/housing/pets/").status_code == 200


def test_length_and_list_are_settings(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, users: Users) -> None:
    refused = tmp_path / "refused.txt"
    refused.write_text("湖滨花园欢迎您来访\nLotus Leaves In The Rain\n", encoding="utf-8")
    client = users.browser("clerk")
    monkeypatch.setitem(app.config, "PASSWORD_LENGTH", 30)
    assert change(client, PASSWORD, NEW) == 422
    monkeypatch.setitem(app.config, "PASSWORD_LENGTH", 10)
    monkeypatch.setitem(app.config, "PASSWORD_LIST", str(refused))
    assert change(client, PASSWORD, NEW) == 422
    monkeypatch.setitem(app.config, "PASSWORD_LIST", "")
    assert change(client, PASSWORD, NEW) == 302


def test_as_many_passwords_are_remembered_as_the_settings_say(app: Flask, user_id: Find) -> None:
    key = user_id("clerk")
    with app.test_request_context("/", method="POST"):
        for n in range(6):
            user = lock_user(db.session, key)
            give(db.session, user, f"{NEW} {n}", by_other=False)
        assert [was_before(db.session, key, f"{NEW} {n}") for n in range(6)] == [False, False, True, True, True, False]
        db.session.rollback()


# ── the second factor ──


def test_it_is_on_only_after_a_first_code(app: Flask, users: Users, user_id: Find) -> None:
    client, other = users.browser("clerk"), users.browser("clerk")
    assert client.post("/profile/second-factor/begin", data={"password": "wrong"}).status_code == 422
    assert client.post("/profile/second-factor/begin", data={"password": PASSWORD}).status_code == 302
    page = client.get("/profile/second-factor/").text
    assert "<svg" in page
    assert "style=" not in re.search(r'<div class="qr".*?</div>', page, re.DOTALL)[0]
    totp = pyotp.TOTP(re.search(r'class="code secret">([^<]+)<', page)[1].replace(" ", ""))
    assert client.post("/profile/second-factor/confirm", data={"code": "12345x"}).status_code == 422
    assert users.browser("clerk").get("/profile/").status_code == 200, "not on yet"
    shown = client.post("/profile/second-factor/confirm", data={"code": totp.now()})
    codes = re.findall(r'<li class="code">([^<]+)<', shown.text)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert shown.headers["Cache-Control"] == "no-store, private"
    assert codes[0] not in client.get("/profile/second-factor/").text
    assert totp.secret not in client.get("/profile/second-factor/").text.replace(" ", "")
    assert other.get("/profile/").status_code == 302, "signed in without it"
    with app.app_context():
        row = db.session.scalar(sa.select(SecondFactor))
        assert totp.secret not in row.secret
        assert codes[0] not in str(row.recovery)


def test_the_password_alone_opens_nothing(app: Flask, users: Users, user_id: Find) -> None:
    totp, codes = switched_on(app, user_id("clerk"))
    client = users.app.test_client()
    answer = client.post("/login/?next=/housing/pets/", data={"username": "clerk", "password": PASSWORD})
    assert answer.headers["Location"] == "/login/code?next=/housing/pets/"
    assert client.get("/housing/pets/").status_code == 302
    assert client.get("/login/").headers["Location"] == "/login/code"
    assert client.post("/login/code", data={"code": "000 000"}).status_code == 422
    answer = client.post("/login/code?next=/housing/pets/", data={"code": f" {totp.now()} "})
    assert answer.headers["Location"].endswith("/housing/pets/")
    assert client.get("/housing/pets/").status_code == 200
    again = users.browser("clerk")
    assert again.post("/login/code", data={"code": totp.now()}).status_code == 422, "a code is taken once"
    assert again.post("/login/code", data={"code": codes[0].upper().replace("-", " ")}).status_code == 302
    assert again.get("/housing/pets/").status_code == 200
    third = users.browser("clerk")
    assert third.post("/login/code", data={"code": codes[0]}).status_code == 422, "so is one from paper"


def test_what_was_typed_is_carried_past_the_code(app: Flask, users: Users, user_id: Find) -> None:
    totp, _codes = switched_on(app, user_id("clerk"))
    client = users.app.test_client()
    typed = {"_form_address": "/housing/pets/add", "_form_typed": json.dumps([["name", "豆豆"]])}
    asked = client.post("/login/", data=typed | {"username": "clerk", "password": PASSWORD})
    assert "豆豆" in asked.text
    assert "豆豆" in client.post("/login/code", data=typed | {"code": "000000"}).text
    opened = client.post("/login/code", data=typed | {"code": totp.now()})
    assert "豆豆" in client.get(opened.headers["Location"]).text


def test_guessing_codes_costs_time(app: Flask, users: Users, user_id: Find) -> None:
    totp, _codes = switched_on(app, user_id("clerk"))
    for _n in range(5):
        users.browser("clerk").post("/login/code", data={"code": "000000"})
    client = users.browser("clerk")
    assert client.post("/login/code", data={"code": totp.now()}).status_code == 422, "the right one, too early"
    with app.app_context():
        db.session.execute(sa.update(SecondFactor).values(wait_until=utcnow() - timedelta(seconds=1)))
        db.session.commit()
    assert client.post("/login/code", data={"code": totp.now()}).status_code == 302


def test_the_code_must_come_soon(app: Flask, users: Users, user_id: Find) -> None:
    totp, _codes = switched_on(app, user_id("clerk"))
    client = users.browser("clerk")
    move(app, made_at=utcnow() - timedelta(minutes=11))
    assert client.post("/login/code", data={"code": totp.now()}).headers["Location"].startswith("/login/")
    assert client.get("/profile/").status_code == 302


def test_programs_send_it_too(app: Flask, users: Users, user_id: Find) -> None:
    totp, _codes = switched_on(app, user_id("clerk"))
    client, login = users.app.test_client(), {"username": "clerk", "password": PASSWORD, "provider": "db"}
    assert client.post(LOGIN, json=login).json["otp"] == "needed"
    assert client.post(LOGIN, json=login | {"password": "wrong", "otp": totp.now()}).status_code == 401
    assert client.post(LOGIN, json=login | {"otp": 123456}).status_code == 401
    assert client.post(LOGIN, json=login | {"otp": "000000"}).json["otp"] == "wrong"
    token = client.post(LOGIN, json=login | {"otp": totp.now()}).json["access_token"]
    assert client.get("/api/v1/pets/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_role_may_have_to_have_it(app: Flask, users: Users, user_id: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SECOND_FACTOR_ROLES", frozenset({"Clerk"}))
    client, token = users.browser("clerk"), users.token("clerk")
    assert client.get("/housing/pets/").headers["Location"] == "/profile/second-factor/"
    assert users.app.test_client().get("/api/v1/pets/", headers=token).json["second_factor"] == "missing"
    assert users.browser("manager").get("/housing/pets/").status_code == 200
    switched_on(app, user_id("clerk"))
    assert client.get("/housing/pets/").status_code == 200
    assert client.post("/profile/second-factor/off", data={"password": PASSWORD}).status_code == 422


def test_switching_off(app: Flask, users: Users, user_id: Find) -> None:
    key, client = user_id("clerk"), users.browser("clerk")
    _totp, codes = switched_on(app, key)
    assert client.post("/profile/second-factor/codes", data={"password": PASSWORD}).status_code == 200
    assert users.browser("clerk").post("/login/code", data={"code": codes[0]}).status_code == 422, "the codes before"
    assert client.post("/profile/second-factor/off", data={"password": "wrong"}).status_code == 422
    assert client.post("/profile/second-factor/off", data={"password": PASSWORD}).status_code == 302
    assert users.browser("clerk").get("/profile/").status_code == 200
    switched_on(app, key)
    assert users.browser("admin").post(f"/platform/users/{key}/second-factor/off").status_code == 302
    assert client.get("/profile/").status_code == 302, "signed out by it"
    assert users.browser("clerk").get("/profile/").status_code == 200
    switched_on(app, key)
    assert app.test_cli_runner().invoke(args=["second-factor-off", "clerk"]).exit_code == 0
    assert users.browser("clerk").get("/profile/").status_code == 200


def test_another_secret_key_is_named(app: Flask, users: Users, user_id: Find) -> None:
    totp, _codes = switched_on(app, user_id("clerk"))
    with app.app_context():
        db.session.execute(sa.update(SecondFactor).values(secret="gAAAAAB" + "x" * 80))
        db.session.commit()
    assert "SECRET_KEY" in users.browser("clerk").post("/login/code", data={"code": totp.now()}).text


# ── looking as somebody else ──


def test_an_administrator_looks_as_somebody_else_and_changes_nothing(app: Flask, users: Users, user_id: Find) -> None:
    admin, key = users.browser("admin"), user_id("nobody")
    assert admin.post(f"/platform/users/{key}/try").status_code == 302
    home = admin.get("/")
    assert 'class="trying"' in home.text
    assert admin.get("/housing/pets/").status_code == 403
    assert 'class="trying"' in admin.get("/housing/pets/").text
    assert 'class="trying"' in admin.get("/nowhere").text
    assert admin.post("/profile/password", data={}).status_code == 403
    assert admin.post(f"/platform/users/{user_id('clerk')}/try").status_code == 403
    assert admin.post("/api/v1/pets/", json={}).status_code == 401, "a browser's session is nobody there"
    assert users.app.test_client().get("/api/v1/pets/", headers=users.token("admin")).status_code == 200
    assert rows(app, user_id("admin"))[0].tried_id == key
    assert admin.post("/platform/users/back").headers["Location"] == f"/platform/users/{key}"
    assert 'class="trying"' not in admin.get("/").text
    assert admin.get("/housing/pets/").status_code == 200


def test_only_administrators_look_as_others(
    users: Users, user_id: Find, make_role: Callable[..., int], make_user: Callable[..., int]
) -> None:
    make_role("Office", "read:platform.users", "write:platform.users")
    make_user("office", "Office")
    for name in ("clerk", "implementer", "office"):
        client = users.browser(name)
        assert client.post(f"/platform/users/{user_id('nobody')}/try").status_code == 403
        assert 'class="trying"' not in client.get("/").text
    assert "/try" not in users.browser("office").get(f"/platform/users/{user_id('nobody')}").text
    assert users.browser("admin").post(f"/platform/users/{user_id('admin')}/try").status_code == 403
    assert users.browser("admin").post("/platform/users/999999/try").status_code == 403


def test_a_forged_note_in_the_cookie_makes_nobody_somebody_else(users: Users, user_id: Find) -> None:
    """Also not with the portal's own signature: the list on the server must say the same."""
    client = users.browser("clerk")
    with client.session_transaction() as kept:
        kept["tried_user"] = user_id("admin")
    assert client.get("/platform/users/").status_code == 403


def test_it_ends_with_the_sign_in_and_with_the_rights(app: Flask, users: Users, user_id: Find) -> None:
    admin, key = users.browser("admin"), user_id("clerk")
    admin.post(f"/platform/users/{key}/try")
    admin.get("/logout/")
    admin.post("/login/", data={"username": "admin", "password": "admin-password"})
    assert 'class="trying"' not in admin.get("/").text
    admin.post(f"/platform/users/{key}/try")
    with app.app_context():
        user = lock_user(db.session, key)
        user.active = False
        db.session.commit()
    page = admin.get("/platform/users/")
    assert page.status_code == 200, "whom he looked as is inactive: his own account again"
    assert 'class="trying"' not in page.text


def test_a_page_still_costs_one_query_for_who_asks(app: Flask, users: Users, user_id: Find) -> None:
    client, counted = users.browser("admin"), []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            counted.append(statement)

    client.get("/help/")
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        client.get("/help/")
        own = len(counted)
        client.post(f"/platform/users/{user_id('clerk')}/try")
        client.get("/help/")
        counted.clear()
        client.get("/help/")
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert own == len(counted) == 1
