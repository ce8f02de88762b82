"""Where the blocks of a net go in its drawing, in inches; net_drawing.py draws them there."""

import functools
from math import ceil, log2, prod, sqrt
from typing import NamedTuple

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from tools.net.roles import is_loss
from tools.report.net_blocks import Block, caption, words

FONT = 7  # points; ours, as all sizes here: legible where the figure is as wide as a page of two columns
ROW = 9.2  # a longer net is wrapped
LINE, PAD, GAP = FONT * 1.3 / 72, 0.08, 0.3  # line of text, space around text, shortest arrow
LONGEST, SMALLEST, BAR = 0.78, 0.14, 0.12  # longest and shortest side of a map, width of a vector
SHEET = (0.028, 0.021)  # step from map to map


class Place(NamedTuple):
    """A block, the lines under it, the lines that say where its arrow comes from unless that is the block before it;
    and its drawing: left edge, middle, width and height of one map, how many maps, where the arrow starts."""

    block: Block
    lines: list
    origin: list
    x: float
    y: float
    face: tuple
    sheets: int
    start: float

    @property
    def width(self):
        return self.face[0] + (self.sheets - 1) * SHEET[0]

    @property
    def height(self):
        return self.face[1] + (self.sheets - 1) * SHEET[1]

    @property
    def center(self):
        return self.x + self.width / 2

    @property
    def half_span(self):
        """From the center to the end of the block or of the lines under it."""
        return max(self.width, text_width(self.lines)) / 2


def arrange(blocks, weights):
    """Rows of Places of about equal width, each from x = 0 on, downwards from y = 0."""
    return stack(wrap(line_up(blocks, weights)))


def line_up(blocks, weights):
    """Every Place in one row, as close as the texts on the arrows and under the blocks allow."""
    longest = max([1, *(max(block.shape[-2:]) for block in blocks if len(block.shape) > 2)])
    places, edge, text_edge = [], 0.0, -PAD
    for block in blocks:
        origin = origin_lines(block, places)
        place = Place(block, caption(block, weights), origin, 0.0, 0.0, *size(block, longest), edge)
        gap = max(GAP, text_width(arrow_lines(block) + origin) + PAD) if block.sources else PAD
        center = max(edge + gap + place.width / 2, text_edge + PAD + place.half_span)
        places.append(place._replace(x=center - place.width / 2))
        edge, text_edge = center + place.width / 2, center + place.half_span
    return places


def wrap(places):
    total = places[-1].center + places[-1].half_span
    rows = [[] for _ in range(ceil(total / ROW))]
    for place in places:
        rows[int(place.center / total * len(rows))].append(place)
    rows = [row for row in rows if row]
    lefts = [min(row[0].start, row[0].center - row[0].half_span) for row in rows]
    return [
        [place._replace(x=place.x - left, start=place.start - left) for place in row] for row, left in zip(rows, lefts)
    ]


def stack(rows):
    stacked, y = [], 0.0
    for row in rows:
        y -= max(0.5 * max(place.height for place in row), *(len(arrow_lines(p.block)) * LINE + PAD for p in row))
        stacked.append([place._replace(y=y) for place in row])
        y = under(stacked[-1]) - 3 * LINE - 3 * PAD
    return stacked


def under(row):
    """Where the lines under a row of blocks begin."""
    return row[0].y - max(place.height for place in row) / 2 - PAD


def size(block, longest):
    """((width, height) of one map, number of maps drawn); `longest` is the longest side of any map of the net.

    Less than in proportion, so that small maps can be seen: 40 and 7 pixels as 0.78 and 0.21 inches, 1, 20 and 50
    channels as 1, 7 and 11 maps.
    """
    if is_loss(block.maker):
        lines = words(block.maker)
        return (text_width(lines) + PAD, (len(lines) + 1) * LINE), 1
    if len(block.shape) < 3:
        return (BAR, max(SMALLEST, min(LONGEST, 0.12 * log2(1 + prod(block.shape[1:]))))), 1
    height, width = (max(SMALLEST, LONGEST * (length / longest) ** 0.75) for length in block.shape[-2:])
    channels = prod(block.shape[1:-2])
    return (width, height), min(20, channels, round(1.6 * sqrt(channels)))


def arrow_lines(block):
    return [line for layer in block.layers if not is_loss(layer) for line in words(layer)]


def origin_lines(block, before):
    if not block.sources or block.sources == [before[-1].block.name]:
        return []
    return [f"from {block.sources[0]}", *(f"and {name}" for name in block.sources[1:])]


def text_width(lines):
    return max(map(line_width, lines), default=0)


@functools.cache
def line_width(line):
    return TextPath((0, 0), line, size=FONT, prop=FontProperties(weight="bold")).get_extents().width / 72
