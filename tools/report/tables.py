"""Markdown tables."""

import math


def markdown_table(rows):
    """Rows of cells as a Markdown table; the first row is the head. Floats are shown as given by their caller."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]

    def line(row):
        cells = [
            str(cell).ljust(width) if not column else str(cell).rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        return "| " + " | ".join(cells) + " |"

    rule = (
        "|"
        + "|".join("-" * (width + 2 - bool(column)) + ":" * bool(column) for column, width in enumerate(widths))
        + "|"
    )
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def number(value, digits):
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f}"
