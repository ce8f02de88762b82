"""Numbers as a reader sees them."""

import math

import numpy as np
import pytest

from tools.report.tables import number, signed


@pytest.mark.parametrize(
    "value, digits, shown",
    [
        (70.85, 1, "70.9"),
        (70.85 - 1e-13, 1, "70.9"),  # as sums leave it
        (70.8499, 1, "70.8"),
        (0.0625, 3, "0.063"),
        (-0.0625, 3, "-0.063"),
        (2.5, 0, "3"),
        (-0.0001, 3, "0.000"),
        (1 / 3, 3, "0.333"),
        (1e30, 1, f"{10**30}.0"),
        (np.float64(0.125), 2, "0.13"),
        (130814, 0, "130814"),
        (None, 1, "-"),
        (math.nan, 1, "-"),
        (math.inf, 3, "inf"),
    ],
)
def test_numbers_are_rounded_half_up_as_they_are_written(value, digits, shown):
    assert number(value, digits) == shown


@pytest.mark.parametrize("value, shown", [(0.0125, "+0.013"), (-0.0125, "-0.013"), (-0.0001, "+0.000"), (None, "-")])
def test_differences_carry_their_sign(value, shown):
    assert signed(value, 3) == shown
