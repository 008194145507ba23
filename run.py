"""`python run.py` brings the database up to date and serves; `flask --app run …` finds the application here."""

from __future__ import annotations

import signal
import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from app.cli import ADMIN, is_empty, load_demo, set_up
from app.jobs.supervise import keep_worker

app = create_app()


class Handler(WSGIRequestHandler):
    """Logs addresses without what stands behind the question mark: names and telephones that people looked for are there."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One line for an answer."""
        whole = self.path
        self.path = whole.partition("?")[0]
        super().log_request(code, size)
        self.path = whole


def prepare() -> None:
    """Everything a first start needs; on later ones it only looks."""
    with app.app_context():
        first = set_up()
        if first.password:
            print(f"\n  Administrator: {ADMIN}\n  Password:      {first.password}\n  (shown only this once)\n", flush=True)
        households = app.config["DEMO_HOUSEHOLDS"]
        # Only ever on the first start: somebody who emptied the portal on purpose does not want the demo back.
        if first.is_first and households and is_empty():
            print(f"Loading a demo community of {households} households …", flush=True)
            print(f"Loaded in {load_demo(households, seed=1):.1f} s.", flush=True)


def main() -> int:
    prepare()
    host, port = app.config["HOST"], app.config["PORT"]
    server = make_server(host, port, app, threaded=True, request_handler=Handler)
    print(f"The portal is at http://{host}:{port}   (stop with Ctrl C)", flush=True)
    # Stopped by a service manager as by Ctrl C: the worker is stopped too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    worker = keep_worker(app)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        if worker is not None:
            worker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
