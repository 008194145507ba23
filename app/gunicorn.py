"""Gunicorn's settings, from the same environment as everything else."""

from config import environment

_env = environment()
bind = f"{_env['HOST']}:{_env['PORT']}"
worker_class = "gthread"
workers = int(_env["WEB_WORKERS"])
threads = int(_env["WEB_THREADS"])
# Imports of large files run in their request until they are jobs.
timeout = 600
accesslog = "-"
preload_app = False
