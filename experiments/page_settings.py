"""How a run was made, as tables of a page: settings, versions, time, and the command that makes it again."""

from experiments.run_record import command_line, wrapped
from tools.report.page import details, paragraph, preformatted, table
from tools.report.versions import made_by_text


def made_blocks(metrics):
    """Commit, this command, settings, versions and seconds of what metrics.json says, as blocks of a page."""
    blocks = [
        paragraph(f"Made by {made_by_text(metrics['made_by'])}. Made again, in the project's folder, by:"),
        preformatted(wrapped(command_line())),
        table(as_rows(metrics["settings"]), "Settings"),
        details("Versions", [table(dictionary_rows("software", metrics["versions"]), "What computed these numbers")]),
    ]
    if "seconds" in metrics:
        seconds = table(
            dictionary_rows("stage", metrics["seconds"], "seconds"),
            "Seconds of this run; what was there already was not computed again",
        )
        blocks.append(details("Time", [seconds]))
    return blocks


def as_rows(settings):
    """Rows of a table of settings {name: value}."""
    return [["setting", "value"], *([name, as_word(value)] for name, value in settings.items())]


def dictionary_rows(head, values, value="version"):
    """Rows of a table of {name: value}."""
    return [[head, value], *map(list, values.items())]


def as_word(value):
    """The value of a setting as a cell."""
    if value is None:
        return "not given"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
