"""One self-contained HTML page from headings, text, tables and pictures: nothing else to ship, nothing to fetch.

    save_page("runs/demo/report.html", "Table I", [notice("Computed on synthetic faces."), paragraph("One net ...")],
              [Section("Result", [table([["AU", "2AFC"], [1, "0.81"]], "2AFC per AU"),
                                  picture("runs/demo/aus.png", alt="Bars of 2AFC per AU", caption="2AFC per AU")]),
               Section("Configuration", [details("solver.prototxt", [preformatted(text)])])])

A page needs no JavaScript, and its Content-Security-Policy forbids a browser to run any or to load anything.
Texts are plain: they are shown as they are, never read as HTML.
"""

import base64
import math
import re
import xml.etree.ElementTree as ElementTree
from html import escape
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.system.errors import InputError
from data_prep.system.files import atomic

STYLE = Path(__file__).with_name("page_style.css")
CONTENTS_FROM = 4  # ours: up to three sections are seen at a glance
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
PLAIN = r"[-+\u2212]?\d+(?:\.\d+)?"
RANGE = re.compile(  # 0.71-0.85, 0.847 (-0.038), 0.847 (0.81-0.88) \u00b1 0.004, 0.05 (-0.1 to 0.2)
    rf"{PLAIN}-{PLAIN}|{PLAIN}( \({PLAIN}((-| to ){PLAIN})?\))?( \u00b1 {PLAIN})?"
)
NUMBER = re.compile(r"[-+\u2212]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?( ?%)?( ?\u00b1 ?\d+(\.\d+)?)?", re.IGNORECASE)
NOTHING = "\u2013"  # shown for None and NaN
PIXELS = {"": 1, "px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}  # CSS 2.1, sec. 4.3.2


class Block(NamedTuple):
    """A piece of a page as HTML, made by the functions below; a type of its own, so that text never passes for HTML."""

    html: str


class Section(NamedTuple):
    """A heading (text) and the blocks under it."""

    heading: str
    blocks: list


def save_page(path, title, lead, sections):
    """Write `page(title, lead, sections)` to `path`, complete or not at all."""
    text = page(title, lead, sections)
    with atomic(path) as part:
        part.write_text(text, encoding="utf-8")


def page(title, lead, sections):
    """The page as HTML. `lead`: text, or the blocks that stand above all sections, warnings first.

    More than three sections get a table of contents.
    """
    lead = [paragraph(lead)] if isinstance(lead, str) else lead
    anchors = [anchor(number, section.heading) for number, section in enumerate(sections, 1)]
    body = "\n".join(
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(section.heading)}</h2>\n'
        f"{joined(section.blocks)}\n</section>"
        for name, section in zip(anchors, sections)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
{joined(lead)}
</header>
{contents(anchors, sections) if len(sections) >= CONTENTS_FROM else ""}
<main>
{body}
</main>
</body>
</html>
"""


def joined(blocks):
    return "\n".join(block.html for block in blocks)


def anchor(number, heading):
    """An id that is readable in an address and, by its number, unique: 2-per-au."""
    return f"{number}-" + re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def contents(anchors, sections):
    entries = "".join(
        f'<li><a href="#{name}">{escape(section.heading)}</a></li>\n' for name, section in zip(anchors, sections)
    )
    return f'<nav aria-label="Contents">\n<ol>\n{entries}</ol>\n</nav>'


def paragraph(text):
    return Block(f"<p>{escape(text)}</p>")


def notice(text):
    """A warning in a frame, such as what data the numbers below rest on. Belongs at the start of the lead."""
    return Block(f'<p class="notice" role="note">{escape(text)}</p>')


def preformatted(text):
    """Text in fixed width with its own line breaks, such as a prototxt; long lines scroll."""
    return Block(f'<pre tabindex="0">{escape(text)}</pre>')


def details(summary, blocks):
    """Blocks that stay folded under `summary` until a reader opens them; printed, they are open."""
    return Block(f"<details>\n<summary>{escape(summary)}</summary>\n{joined(blocks)}\n</details>")


def links(entries):
    """A list of links. `entries`: (text, href, description); href is an address, so a path in it is percent-encoded."""
    items = "".join(
        f'<li><a href="{escape(href)}">{escape(text)}</a> <span>{escape(description)}</span></li>\n'
        for text, href, description in entries
    )
    return Block(f'<ul class="links">\n{items}</ul>')


def link_line(lead, entries):
    """A paragraph of links after the text `lead`. `entries`: (text, href), as in `links`."""
    found = ", ".join(f'<a href="{escape(href)}">{escape(text)}</a>' for text, href in entries)
    return Block(f"<p>{escape(lead)}{found}</p>")


def table(rows, caption, head_columns=1, groups=None):
    """A table under its caption, in a box that grows up to the window's width, and scrolls sideways beyond it.

    rows          lists of cells, equally long (else ValueError); the first row is the head. None and NaN show as a
                  dash, all else as str() gives it: numbers come rounded by their caller. Columns of numbers align right
    head_columns  how many leading columns name their row; the first of them stays in sight
    groups        for each column the name of its group, "" for none: equal neighbors get a head above their own
    """
    rows = [[shown(cell) for cell in row] for row in rows]
    starts = group_starts(groups or [""] * len(rows[0]))
    align = [
        class_of(column[1:] if place >= head_columns else (), place in starts[1:])
        for place, column in enumerate(zip(*rows, strict=True))
    ]
    head = "".join(f'<th scope="col"{kind}>{escape(cell)}</th>' for kind, cell in zip(align, rows[0]))
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(cell)}</th>'
            if place < head_columns
            else f"<td{align[place] or long(cell)}>{escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows[1:]
    )
    sticky = ' class="sticky"' if head_columns else ""
    return Block(
        f'<figure class="table">\n<figcaption>{escape(caption)}</figcaption>\n'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}">\n'
        f'<table{sticky} aria-label="{escape(caption)}">\n<thead>\n{group_head(groups)}<tr>{head}</tr>\n</thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table>\n</div>\n</figure>"
    )


def group_starts(groups):
    """The columns at which another group begins."""
    return [place for place, name in enumerate(groups) if not place or name != groups[place - 1]]


def group_head(groups):
    """The row of a table's head above that of its columns, if it has groups."""
    if not groups:
        return ""
    starts = group_starts(groups)
    cells = "".join(
        f'<th scope="colgroup" colspan="{end - start}" class="group">{escape(groups[start])}</th>'
        if groups[start]
        else f'<td colspan="{end - start}"></td>'
        for start, end in zip(starts, [*starts[1:], len(groups)])
    )
    return f"<tr>{cells}</tr>\n"


def class_of(cells, starts_group):
    """The class attribute of a column by its cells: of numbers or ranges, and whether a group begins with it."""
    kind = "number" if matches(NUMBER, cells) else "range" if matches(RANGE, cells) else ""
    names = " ".join(filter(None, (kind, "start" if starts_group else "")))
    return f' class="{names}"' if names else ""


def long(cell):
    """The class of a cell that is a sentence, and gets room to wrap in, or has a path or the like, which may break."""
    if len(cell) > 40:
        return ' class="long"'
    return ' class="word"' if max(map(len, cell.split()), default=0) > 20 else ""


def shown(cell):
    return NOTHING if cell is None or (isinstance(cell, float) and math.isnan(cell)) else str(cell)


def matches(kind, cells):
    """Whether all cells match the regex `kind`, but for those that are empty or a dash."""
    cells = [cell for cell in cells if cell not in ("", "-", NOTHING)]
    return bool(cells) and all(map(kind.fullmatch, cells))


def picture(path, alt, caption):
    """A PNG, JPEG or SVG file inside the page, its space reserved, on white, where plots are readable in dark mode too.

    An SVG is shown as a picture, not as part of the page: its ids, styles and scripts stay its own and do nothing.
    Raises InputError if the file is none of the three.
    """
    data = Path(path).read_bytes()
    kind, (width, height) = raster(path, data) or svg(path, data)
    return Block(
        f'<figure class="picture">\n<img src="data:image/{kind};base64,{base64.b64encode(data).decode()}" '
        f'width="{width}" height="{height}" alt="{escape(alt)}">\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>"
    )


def raster(path, data):
    """("png" or "jpeg", (width, height) in pixels as a browser turns it), or None if it is neither."""
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg" if data.startswith(b"\xff\xd8\xff") else None
    if kind:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise InputError(f"{path}: a damaged {kind.upper()} file; make it again")
        return kind, image.shape[1::-1]
    return None


def svg(path, data):
    """("svg+xml", (width, height) in CSS pixels) from the root's width and height, else from its viewBox."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise InputError(f"{path}: neither PNG nor JPEG, and not an SVG ({error}); convert it to one of them") from None
    lengths = [re.fullmatch(r"([\d.]+)([a-z]*)", root.get(side, "")) for side in ("width", "height")]
    if root.tag == "{http://www.w3.org/2000/svg}svg":
        if all(length and length[2] in PIXELS for length in lengths):
            return "svg+xml", tuple(round(float(length[1]) * PIXELS[length[2]]) for length in lengths)
        box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
        if len(box) == 4:
            return "svg+xml", tuple(round(float(side)) for side in box[2:])
    raise InputError(f"{path}: not an SVG with a width and a height, or a viewBox; give its root <svg> one")
