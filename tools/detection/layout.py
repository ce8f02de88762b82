"""Where the labels, bars and the note of an overlay stand: off all faces and off each other. Lengths are in pixels.

Bars stand to the right of their face, else to its left, below or above it, else in a corner, else wherever there is
room nearest to it, and never nearer to another face; in smaller type or more columns where that makes room for more.
Bars without room in the picture stand in a margin to its right, a note without room in a footer. What had a place in
the frame before keeps it while it is free, so that nothing jumps.
"""

from typing import NamedTuple

import numpy as np

ROWS_A_SIDE = 30  # ours: lines of text that would fill the short side of a picture
LEGIBLE, TINY = 14, 10  # ours: lines are as high as this at least, and where there is little room
SMALLER = (1, 0.75, 0.5)  # ours: sizes of bars to try, as shares of the usual one
COLUMNS = (1, 2, 4)  # ours: columns of bars to try
COLUMN = 7.5  # ours: width of a bar with its name, in lines
GRID = 12  # ours: places a side to try where the usual ones are taken


class Panel(NamedTuple):
    """The bars of a face: their place, left, top, right, bottom; the height of a line, and the number of columns."""

    box: tuple
    row: int
    columns: int


class Layout(NamedTuple):
    """What stands where. `labels` {face: box, None without room}, `panels` {face: Panel}, `note` a box; `size` (width,
    height) of the picture with margin and footer; `places` are to be given to the layout of the next frame."""

    labels: dict
    panels: dict
    note: tuple
    size: tuple
    places: dict


def row_height(size):
    """The height of a line of text in a picture of `size` (width, height)."""
    return max(LEGIBLE, round(min(size) / ROWS_A_SIDE))


def panel_size(row, columns, bars):
    """(width, height) of a panel: a line that names the face, and `bars` bars in columns."""
    return round(COLUMN * row * columns), row * (1 + -(-bars // columns))


class Room:
    """The free room of a picture: `taken` are the boxes in it, `places` {what: number of its place} where they stand.

    before  `places` of the frame before
    """

    def __init__(self, size, taken, before):
        self.size, self.taken, self.before, self.places = size, list(taken), before, {}

    def copy(self):
        copied = Room(self.size, self.taken, self.before)
        copied.places = dict(self.places)
        return copied

    def take(self, what, boxes, order, may=True):
        """Take the place of the frame before if it is free, else the first free one; returns its box, None if none is.

        boxes  int [k, 4]; `order` their numbers, the best first; `may` bool [k]: whether each may be taken
        """
        free = are_free(boxes, self.taken, self.size) & may
        last = [self.before[what]] if what in self.before else []
        for number in [*last, *order]:
            if number is not None and free[number]:
                self.places[what] = number
                self.taken.append(tuple(boxes[number].tolist()))
                return self.taken[-1]
        return None


def arrange(size, faces, *, bars, label, note, places):
    """The Layout of a frame.

    size    (width, height) of the picture
    faces   {face: (left, top, right, bottom)}
    bars    how many each face has
    label   {face: width} of their labels, which are a line high
    note    (width, height) of the note
    places  those of the Layout of the frame before, else {}
    """
    row = row_height(size)
    room = Room(size, faces.values(), places)
    corners = in_corners(size, note, row // 3)
    note_box = room.take("note", corners, range(len(corners)))
    labels = {}
    for face, box in faces.items():
        boxes = label_places(box, label[face], row)
        labels[face] = room.take(("label", face), boxes, range(len(boxes)))
    panels, chosen = fullest(room, faces, bars)
    size, panels = with_margin(size, panels, bars)
    if note_box is None:
        note_box = (0, size[1], note[0], size[1] + note[1])
        size = max(size[0], note[0]), size[1] + note[1]
    return Layout(labels, panels, note_box, size, chosen)


def fullest(room, faces, bars):
    """({face: Panel, None where there is no room}, places): all in one size, the first in which most have room."""
    usual = row_height(room.size)
    kinds = [(round(share * usual), columns) for share in SMALLER for columns in COLUMNS]
    kinds = [kind for kind in dict.fromkeys(kinds) if kind[0] >= TINY and kind[1] <= bars]
    last, enough = room.before.get("kind", (None, len(faces)))
    is_new = any(("panel", face) not in room.before for face in faces)
    best, most = {}, -1
    for kind in [last, *kinds] if last else kinds:
        trial = room.copy()
        panels = {face: panel_in(trial, face, faces, *kind, bars) for face in faces}
        count = sum(panel is not None for panel in panels.values())
        if count > most:
            trial.places["kind"] = kind, count
            best, places, most = panels, trial.places, count
        if count == len(faces) or (kind == last and count >= enough and not is_new):
            break
    return best, places


def panel_in(room, face, faces, row, columns, bars):
    """The Panel of a face in the first place with room, no nearer to another face; None without room."""
    what, box = ("panel", face), faces[face]
    if what in room.before and room.before[what] is None:  # it was in the margin before
        place = None
    else:
        boxes = panel_places(box, panel_size(row, columns, bars), row_height(room.size), room.size)
        others = [other for number, other in faces.items() if number != face]
        is_own = np.all([distance(boxes, box) <= distance(boxes, other) + row for other in others], axis=0)
        place = room.take(what, boxes, by_distance(boxes, box), is_own)
    room.places.setdefault(what, None)
    return place and Panel(place, row, columns)


def are_free(boxes, taken, size):
    """bool [k]: whether boxes [k, 4] lie in a picture of `size` and touch none of `taken`."""
    left, top, right, bottom = np.transpose(boxes)
    free = (left >= 0) & (top >= 0) & (right <= size[0]) & (bottom <= size[1])
    for other in taken:
        free &= (left >= other[2]) | (right <= other[0]) | (top >= other[3]) | (bottom <= other[1])
    return free


def distance(boxes, other):
    """int [k]: pixels, across or down, between boxes [k, 4] and another one."""
    left, top, right, bottom = np.transpose(boxes)
    return np.max([left - other[2], other[0] - right, top - other[3], other[1] - bottom], axis=0)


def boxes_at(corners, size):
    """int [k, 4]: boxes of `size` with their upper left corner at each of `corners` [k, 2]."""
    corners = np.asarray(corners, int)
    return np.hstack([corners, corners + size])


def in_corners(size, own, gap):
    """Boxes of size `own` in the four corners of a picture, the lower left first."""
    right, bottom = size[0] - own[0] - gap, size[1] - own[1] - gap
    return boxes_at([(gap, bottom), (right, bottom), (gap, gap), (right, gap)], own)


def label_places(box, width, row):
    """Boxes above and below a face, for a line of text."""
    left, top, right, bottom = box
    gap = row // 4
    return boxes_at([(x, y) for y in (top - gap - row, bottom + gap) for x in (left, right - width)], (width, row))


NEAR = 12  # boxes of panel_places that have an order of their own; the others follow by their distance


def panel_places(box, own, row, size):
    """Boxes of size `own` around a face, then in the corners of the picture, then all over it."""
    (left, top, right, bottom), (width, height) = box, own
    gap, most_x, most_y = row // 2, size[0] - width, size[1] - height
    beside, across = (right + gap, left - gap - width), (min(left, most_x), max(right - width, 0))
    near = [(x, y) for y in (min(top, most_y), max(bottom - height, 0)) for x in beside]
    near += [(x, y) for y in (bottom + gap, bottom + 2 * gap + row, top - 2 * gap - row - height) for x in across[:1]]
    near += [(across[1], bottom + gap)]
    corners = in_corners(size, own, 0)
    grid = np.stack(np.meshgrid(np.linspace(0, most_x, GRID), np.linspace(0, most_y, GRID)), -1).reshape(-1, 2)
    return np.vstack([boxes_at(near, own), corners, boxes_at(grid, own)])


def by_distance(boxes, box):
    """The order in which the boxes of panel_places are tried."""
    return [*range(NEAR), *(NEAR + np.argsort(distance(boxes[NEAR:], box), kind="stable"))]


def with_margin(size, panels, bars):
    """(size of the picture with its margin, panels) where panels that are None have got a place in the margin."""
    homeless = [face for face, panel in panels.items() if panel is None]
    if not homeless:
        return size, panels
    row = row_height(size)
    columns = next((count for count in range(1, bars) if panel_size(row, count, bars)[1] <= size[1]), bars)
    width, height = panel_size(row, columns, bars)
    gap = row // 2
    in_column = max((size[1] + gap) // (height + gap), 1)
    boxes = {
        face: (size[0] + gap + (width + gap) * (number // in_column), (height + gap) * (number % in_column))
        for number, face in enumerate(homeless)
    }
    panels = panels | {face: Panel((x, y, x + width, y + height), row, columns) for face, (x, y) in boxes.items()}
    margin = (width + gap) * -(-len(homeless) // in_column) + gap
    return (size[0] + margin, max(size[1], height)), panels
