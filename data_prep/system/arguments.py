"""Types of command-line arguments; argparse turns a refusal into one line."""

import argparse


def positive(text):
    """A whole number of 1 or more."""
    return at_least(text, 1)


def natural(text):
    """A whole number of 0 or more."""
    return at_least(text, 0)


def at_least(text, low):
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if value < low:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of {low} or more")
    return value


def device(text):
    """ "cpu" or the number of a GPU."""
    if text != "cpu" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpu nor the number of a GPU")
    return text
