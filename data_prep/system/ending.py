"""How a command is asked to end: by Ctrl-C, or by TERM, which stands for the same."""

import contextlib
import signal


@contextlib.contextmanager
def handled(handler, *numbers):
    """Have `handler` meet these signals within the block; elsewhere than in the main thread, nothing changes."""
    before = {}
    with contextlib.suppress(ValueError):  # another thread
        before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def term_is_ctrl_c():
    """Within the block, TERM raises KeyboardInterrupt."""
    return handled(signal.default_int_handler, signal.SIGTERM)


class Ending:
    """A context manager in which a first Ctrl-C or TERM only sets `asked`, and a second raises KeyboardInterrupt."""

    def __init__(self):
        self.asked, self.context = None, handled(self.note, signal.SIGINT, signal.SIGTERM)

    def __enter__(self):
        self.context.__enter__()
        return self

    def __exit__(self, *error):
        return self.context.__exit__(*error)

    def note(self, number, frame):
        if self.asked:
            signal.default_int_handler(number, frame)
        self.asked = number
