"""Long work apart from the page that asked for it: jobs, the queue that carries them, workers, schedules. docs/jobs.md tells how
to declare a kind of job and what is guaranteed."""
