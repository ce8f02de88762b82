"""Errors a user can mend, and how a command shows them: one line, no traceback."""

import functools
import sys
import warnings


class InputError(ValueError):
    """Bad input; the message names the file, the place in it and the remedy."""


def one_clear_error(main):
    """Decorate a command's `main(argv)`: what the user can mend ends as one line on stderr and exit status 1.

    Anything else is a defect of the project and keeps its traceback.
    """

    @functools.wraps(main)
    def wrapped(argv=None):
        try:
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
                return main(argv)
        except InputError as error:
            message = str(error)
        except OSError as error:  # full disk, no permission, a path that is no folder
            where = f"{error.filename}: " if error.filename else ""
            message = f"{where}{error.strerror or error}"
        except KeyboardInterrupt:
            message = "stopped; the same command goes on from here"
        print(f"error: {message}", file=sys.stderr)
        sys.exit(1)

    return wrapped
