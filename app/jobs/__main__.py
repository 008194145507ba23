"""`python -m app.jobs <pid>`: the worker that a web process keeps beside itself; by hand it is `flask --app run worker`."""

import logging
import sys

from werkzeug.utils import import_string

from app import create_app
from app.jobs.queue import queue

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s worker %(levelname)s %(name)s: %(message)s")
    app = create_app()
    with app.app_context():
        queue()  # first, because it imports Huey without the drivers that nobody here needs
    import_string("app.jobs.worker:serve")(app, max(1, app.config["JOB_WORKERS"]), parent=int(sys.argv[1]))
