"""Markdown tables, and the numbers in them."""

import math


def markdown_table(rows):
    """Rows of cells as a Markdown table: the first row is the head, the first column aligns left, the others right."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]

    def line(row):
        first, *others = (str(cell) for cell in row)
        return " | ".join([f"| {first:<{widths[0]}}", *map(str.rjust, others, widths[1:])]) + " |"

    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def number(value, digits):
    """A number rounded to `digits` decimals; a dash for None and NaN, which are undefined."""
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f}"
