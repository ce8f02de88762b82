"""Types of command-line arguments; argparse turns a refusal into one line."""

import argparse


def positive(text):
    """A positive integer."""
    return at_least(text, 1)


def natural(text):
    """An integer that is not negative."""
    return at_least(text, 0)


def at_least(text, low):
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if value < low:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer of {low} or more")
    return value


def device(text):
    """A device: "cpu", or the number of a GPU."""
    if text != "cpu" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpu nor the number of a GPU")
    return text
