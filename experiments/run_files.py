"""The names of what an experiment leaves in its folder, beside metrics.json (tools/folds/metrics_file.py) and folds."""

REPORT = "report.html"  # the page, to be opened first
TABLE = "table.md"  # what the terminal shows
RESULTS = "results.csv"  # every number of metrics.json in rows
RECORD = "run.json"  # the command that makes it, and of what (experiments/run_record.py)
TRAINING_PLOT = "training.png"


def reliability_plot(result):
    """The reliability diagram of a result."""
    return f"reliability_{result}.png"


def bars_plot(result):
    """The bar chart of a result of metrics["results"], by its name."""
    return f"aus_{result}.png"
