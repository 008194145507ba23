"""`python -m tests.jobs.worker`: a real worker that knows the kinds of tests/jobs/kinds.py; configured by the environment."""

import os
import signal
import sys

from werkzeug.utils import import_string

from app import create_app
from app.jobs import ticker
from app.jobs.queue import Queue, queue
from tests.jobs.kinds import registry

if __name__ == "__main__":
    ticker.TICK_SECONDS = ticker._UNSENT_SECONDS = 1  # a message that a killed worker took along comes again while a test waits
    if "DIE_AFTER_COMMIT" in os.environ:
        Queue.forget = lambda self, job_id: os.kill(os.getpid(), signal.SIGKILL)
    app = create_app({"FAB_PASSWORD_HASH_METHOD": "pbkdf2:sha256:1000"}, registry())
    with app.app_context():
        queue()
    import_string("app.jobs.worker:serve")(app, int(sys.argv[1]), parent=int(sys.argv[2]))
