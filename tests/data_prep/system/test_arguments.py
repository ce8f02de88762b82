"""What command-line arguments may be, and what is said otherwise."""

import argparse

import pytest

from data_prep.system.arguments import device, natural, positive


def test_what_is_valid_is_returned():
    assert (positive("1"), positive("12"), natural("0"), natural("3")) == (1, 12, 0, 3)
    assert (device("cpu"), device("0"), device("3")) == ("cpu", "0", "3")


@pytest.mark.parametrize(
    "kind, text, message",
    [
        (positive, "0", "'0' is not a positive integer"),
        (positive, "1.5", "'1.5' is not a positive integer"),
        (positive, "many", "'many' is not a positive integer"),
        (natural, "-1", "'-1' is not zero or a positive integer"),
        (device, "gpu", "'gpu' is neither cpu nor the number of a GPU"),
        (device, "-1", "'-1' is neither cpu nor the number of a GPU"),
    ],
)
def test_what_is_not_is_named(kind, text, message):
    with pytest.raises(argparse.ArgumentTypeError, match=f"^{message}$"):
        kind(text)
