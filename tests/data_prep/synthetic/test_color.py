"""A camera's rendering: levels, colors, gray."""

import numpy as np

from data_prep.synthetic.color import KNEE, ColorStyle, curve, develop

RAMP = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)


def test_a_plain_style_changes_only_the_brightest_levels():
    picture = develop(RAMP, ColorStyle())
    assert (picture[:, : KNEE + 1] == RAMP[:, : KNEE + 1]).all()
    assert (np.diff(picture[0, :, 0].astype(int)) >= 0).all()


def test_contrast_spreads_levels_about_the_pivot_and_gains_color_them():
    levels = curve(ColorStyle(contrast=2.0, pivot=100, gains=(0.5, 1.0, 1.0)))[0]
    assert levels[100].tolist() == [50, 100, 100]
    assert levels[110].tolist() == [60, 120, 120]
    assert levels[0].tolist() == [0, 0, 0]


def test_a_gray_style_has_one_channel():
    assert develop(RAMP, ColorStyle(gray=True)).shape == (1, 256)
