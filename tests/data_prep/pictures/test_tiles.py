"""Sheets of small pictures with captions."""

import numpy as np

from data_prep.pictures.tiles import GAP, LINE, tile_sheet

BLACK, WIDE = np.zeros((40, 60), np.uint8), np.zeros((20, 120, 3), np.uint8)


def test_one_picture_is_as_wide_as_its_tile_and_has_room_for_its_caption():
    sheet = tile_sheet([BLACK], [""], size=(60, 40), columns=6)
    assert sheet.shape == (40 + LINE, 60, 3)
    assert (sheet[:40] == 0).all() and (sheet[40:] == 255).all()


def test_pictures_fill_the_columns_row_by_row_and_the_rest_is_white():
    sheet = tile_sheet([BLACK] * 4, ["a"] * 4, size=(60, 40), columns=3)
    assert sheet.shape == (2 * (40 + LINE) + GAP, 3 * 60 + 2 * GAP, 3)
    second = 40 + LINE + GAP
    assert (sheet[second : second + 40, :60] == 0).all() and (sheet[second:, 60:] == 255).all()
    assert (sheet[:, 60 : 60 + GAP] == 255).all()


def test_a_picture_keeps_its_shape_when_it_is_fitted():
    sheet = tile_sheet([WIDE, BLACK[:20, :30]], ["", ""], size=(60, 40), columns=2)
    assert (sheet[:10, :60] == 0).all() and (sheet[10:40, :60] == 255).all()
    assert (sheet[:40, 60 + GAP :] == 0).all()


def test_a_caption_is_written_under_its_own_picture_and_nowhere_else():
    for captions, lines in ((["", "AU 1"], 1), (["", "AU 1\nInner brow raiser and far more than fits"], 2)):
        sheet = tile_sheet([BLACK, BLACK], captions, size=(60, 40), columns=2)
        under = sheet[40:]
        assert sheet.shape[0] == 40 + lines * LINE
        assert (under[:, : 60 + GAP] == 255).all()
        for line in range(lines):
            assert under[line * LINE : (line + 1) * LINE, 60 + GAP :].min() < 100
