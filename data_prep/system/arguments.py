"""Types of command-line arguments; argparse shows their errors as one line."""

import argparse


def positive(text):
    """An integer of 1 or more."""
    return integer(text, 1, "a positive integer")


def natural(text):
    """An integer of 0 or more."""
    return integer(text, 0, "zero or a positive integer")


def integer(text, lowest, kind):
    try:
        value = int(text)
    except ValueError:
        value = lowest - 1
    if value < lowest:
        raise argparse.ArgumentTypeError(f"{text!r} is not {kind}")
    return value


def device(text):
    """ "cpu" or the number of a GPU."""
    if text != "cpu" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpu nor the number of a GPU")
    return text


def devices(text):
    """ "cpu", or the numbers of GPUs, separated by commas."""
    if text != "cpu" and not all(number.isdecimal() for number in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpu nor numbers of GPUs, such as 0 or 0,1")
    return text
