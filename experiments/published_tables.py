"""The paper's tables, as CSV under experiments/published."""

import csv


def load_published(path):
    """A published table: {"1": {column: number}, ..., "Average": ...} from a CSV whose first column is `au`."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {row.pop("au"): {column: float(cell) for column, cell in row.items()} for row in rows}
