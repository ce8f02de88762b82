"""Draw the architecture of a net from its prototxt, as vector PDF and as PNG (paper: Fig. 1).

A stack of maps is a blob of channels x height x width, a bar a vector. On an arrow stand the layers that lead from blob
to blob; the dark square is the window of a convolution or pooling, to the scale of the map it slides over.
"""

import itertools

from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle

from data_prep.system.errors import InputError
from tools.net.prototxt import load_net
from tools.net.roles import is_loss
from tools.report.net_blocks import kernel, read_blocks, words
from tools.report.net_layout import FONT, LINE, PAD, SHEET, arrange, arrow_lines, under
from tools.report.plots import ACCENT, INK, PAPER, QUIET, STYLE, plt, save_figure

COLORS = {"Convolution": ACCENT, "Pooling": "#0f9d8a", "InnerProduct": PAPER}  # the others are gray
STROKE, HAIR = 0.8, 0.5  # points


def draw_net_file(source, shape, path):
    """`draw_net` for the prototxt file `source`, which its errors name; returns the parsed net."""
    net = load_net(source)
    try:
        draw_net(net, shape, path)
    except InputError as error:
        raise InputError(f"{source}: {error}") from error
    return net


def draw_net(net, shape, path):
    """Write path.pdf and path.png of `net` for images of `shape` (channels, height, width); None takes what
    `read_blocks` does. Raises InputError as `read_blocks` does."""
    blocks, weights = read_blocks(net, shape)
    with plt.rc_context({**STYLE, "font.size": FONT}):
        save_figure(draw(arrange(blocks, weights), f"{sum(weights.values()):,} weights in all"), path)


def draw(rows, total):
    """The figure of `rows` of Places; one unit of its axes is one inch."""
    right = max(place.center + place.half_span for row in rows for place in row)
    bottom = under(rows[-1]) - 4.5 * LINE
    margin = PAD if len(rows) == 1 else 3 * PAD  # room for the line from row to row
    figure = plt.figure(figsize=(right + 2 * margin, 2 * PAD - bottom))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-margin, right + margin), ylim=(bottom - PAD, PAD))
    axes.set_axis_off()
    for row in rows:
        for place in row:
            draw_block(axes, place)
            draw_caption(axes, place, under(row))
            if place.block.sources:
                draw_arrow(axes, place)
        for before, place in itertools.pairwise(row):
            draw_window(axes, before, place)
    for row, below in itertools.pairwise(rows):
        if below[0].block.sources and not below[0].origin:
            draw_turn(axes, row, below[0], right + 2 * PAD)
    axes.text(right / 2, bottom, total, ha="center", va="bottom")
    return figure


def draw_block(axes, place):
    maker, (width, height), bottom = place.block.maker, place.face, place.y - place.height / 2
    if is_loss(maker):
        axes.add_patch(
            FancyBboxPatch(
                (place.x, bottom),
                width,
                height,
                facecolor="white",
                edgecolor=INK,
                linewidth=STROKE,
                boxstyle="round,pad=0,rounding_size=0.06",
            )
        )
        axes.text(place.center, place.y, "\n".join(words(maker)), ha="center", va="center")
        return
    color, is_vector = COLORS.get(maker.type, QUIET), len(place.block.shape) < 3
    for behind in reversed(range(place.sheets)):
        share = 0.4 if is_vector else 0.26 if behind else 0.14
        axes.add_patch(
            Rectangle(
                (place.x + behind * SHEET[0], bottom + behind * SHEET[1]),
                width,
                height,
                facecolor=tint(color, share),
                edgecolor=color,
                linewidth=STROKE if is_vector else 0.6,
            )
        )


def draw_caption(axes, place, top):
    for line, text in enumerate(place.lines):
        axes.text(place.center, top - line * LINE, text, va="top", ha="center", weight="normal" if line else "bold")


def draw_arrow(axes, place):
    """The arrow to a block with its layers; from the block before it, or from the blocks named under it."""
    middle = (place.start + place.x) / 2
    axes.annotate(
        "",
        (place.x - 0.03, place.y),
        (middle if place.origin else place.start + 0.03, place.y),
        arrowprops={
            "arrowstyle": "-|>,head_width=0.18,head_length=0.35",
            "color": INK,
            "linewidth": STROKE,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
    for line, text in enumerate(reversed(arrow_lines(place.block))):
        axes.text(middle, place.y + 0.05 + line * LINE, text, ha="center", va="bottom")
    for line, text in enumerate(place.origin):
        axes.text(middle, place.y - 0.05 - line * LINE, text, ha="center", va="top", style="italic")


def draw_window(axes, before, place):
    """The window on the map before, and the place on the next map it leads to."""
    if place.block.maker.type not in ("Convolution", "Pooling") or place.origin or 0 in kernel(place.block.maker):
        return
    shape, (width, height), (rows, columns) = before.block.shape, before.face, kernel(place.block.maker)
    w, h = min(1, columns / shape[3]) * width, min(1, rows / shape[2]) * height
    x, y = before.x + min(0.7 * width, width - w), before.y - before.height / 2 + min(0.15 * height, height - h)
    tip = place.x + 0.2 * place.face[0], place.y - place.height / 2 + 0.2 * place.face[1]
    axes.add_patch(
        Polygon([(x + w, y + h), tip, (x + w, y)], closed=False, fill=False, edgecolor=QUIET, linewidth=HAIR)
    )
    axes.add_patch(Rectangle((x, y), w, h, facecolor=tint(INK, 0.25), edgecolor=INK, linewidth=HAIR))


def draw_turn(axes, row, place, right):
    """The line from the end of `row` to the arrow of the first block in the next."""
    last, gutter = row[-1], under(row) - 3 * LINE - PAD
    axes.plot(
        [last.x + last.width + 0.03, right, right, -2 * PAD, -2 * PAD, place.start + 0.03],
        [last.y, last.y, gutter, gutter, place.y, place.y],
        color=INK,
        linewidth=STROKE,
    )


def tint(color, share):
    """`share` of `color`, the rest white."""
    return tuple(1 - share * (1 - channel) for channel in to_rgb(color))
