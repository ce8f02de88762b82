"""Markdown tables, and the numbers in them."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

CERTAIN = 12  # ours: significant digits of a double that sums and means leave right: 70.85 may be 70.84999999999999
EXACT = Context(prec=400, rounding=ROUND_HALF_UP)


def markdown_table(rows):
    """Rows of cells as a Markdown table: the first row is the head, the first column aligns left, the others right."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]

    def line(row):
        first, *others = (str(cell) for cell in row)
        return " | ".join([f"| {first:<{widths[0]}}", *map(str.rjust, others, widths[1:])]) + " |"

    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def number(value, digits, sign=""):
    """A number rounded to `digits` decimals, half up as in print (70.85 is 70.9); a dash for None and NaN: undefined.

    `sign`: "+" to write it before positive numbers and zero, too.
    """
    if value is None or math.isnan(value):
        return "-"
    if math.isinf(value):
        return f"{value:{sign}}"
    rounded = Decimal(f"{value:.{CERTAIN}g}").quantize(Decimal(1).scaleb(-digits), context=EXACT)
    return f"{EXACT.plus(rounded):{sign}.{digits}f}"  # plus: zero has no minus


def signed(value, digits):
    """A difference, rounded, with its sign; a dash where it is undefined."""
    return number(value, digits, "+")
