"""The rule for tasks whose worker dies, in a local pool and on a cluster: each is tried once more, then named."""

from data_prep.system.errors import InputError

ATTEMPTS = 2  # ours: a worker may die for want of memory, which the task's second turn may find


class WorkerDied(InputError):
    """Tasks whose worker died every time; raised after all others have ended, whose results stay."""


class Attempts:
    """The tasks that wait for a worker, in order; those whose worker died wait again, behind all others.

    waiting  [(task, number of its attempt)], the next one last
    died     {task name: how its worker ended} of those given up
    """

    def __init__(self, tasks, name):
        self.waiting, self.died, self.name = [(task, 1) for task in reversed(list(tasks))], {}, name

    def next(self):
        """(task, number of its attempt) of the next task."""
        return self.waiting.pop()

    def worker_died(self, task, attempt, how):
        """Try a task again whose worker ended so, or give it up."""
        if attempt < ATTEMPTS:
            self.waiting.insert(0, (task, attempt + 1))
        else:
            self.died[self.name(task)] = how

    def raise_if_died(self):
        """Raise WorkerDied, naming the tasks that were given up, if there are any."""
        if self.died:
            names = ", ".join(f"{name} ({how})" for name, how in self.died.items())
            raise WorkerDied(
                f"given up after {ATTEMPTS} attempts, as their process died: {names}; the results of all others are "
                "kept. Was memory short? Run the same command again, with fewer JOBS"
            )
