"""A provider of OpenID Connect, as far as signing in asks for one: served on a port of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify, redirect, request
from jwt.algorithms import RSAAlgorithm
from werkzeug.serving import make_server


@contextmanager
def provider(claims: dict[str, Any]) -> Iterator[str]:
    """Its address; whoever comes is signed in with these claims, which a test may change meanwhile."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    app, nonces = Flask("oidc"), {}

    @app.get("/.well-known/openid-configuration")
    def configuration() -> Any:
        base = request.host_url.rstrip("/")
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {name: f"{base}/{end}" for name, end in ends.items()} | {"issuer": base, "id_token_signing_alg_values_supported": ["RS256"]}

    @app.get("/keys")
    def keys() -> Any:
        public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return jsonify(keys=[public | {"kid": "1", "alg": "RS256", "use": "sig"}])

    @app.get("/authorize")
    def authorize() -> Any:
        code = f"code{len(nonces)}"
        nonces[code] = request.args["nonce"]
        return redirect(request.args["redirect_uri"] + "?" + urlencode({"code": code, "state": request.args["state"]}))

    @app.post("/token")
    def token() -> Any:
        now = int(time.time())
        about = {"iss": request.host_url.rstrip("/"), "aud": "portal", "iat": now, "exp": now + 60, "nonce": nonces[request.form["code"]]}
        signed = jwt.encode(claims | about, key, algorithm="RS256", headers={"kid": "1"})
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
