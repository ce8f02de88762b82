"""The model card of a bundle, as Markdown: what it is, what it was trained on, how well it does, what it is not."""

from data_prep.subjects.aus import AU_NAMES
from tools.report.tables import markdown_table, number

WARNING = (
    "**Trained on drawn faces, not on people.** It shows that the system works; its detections on pictures of "
    "people mean nothing."
)


CALIBRATED = (
    "Probabilities are calibrated on validation subjects: of frames with a probability of 0.3, about 30% show the AU, "
    "in data like these."
)
UNCALIBRATED = "Probabilities are those of QDA, and too sure: nobody was left to calibrate them on."


def card(facts, above):
    """README.md of a bundle.

    facts  of its bundle.json
    above  [C] the probabilities above which its AUs are called present
    """
    metrics = facts.get("metrics")
    rows = [au_row(au, facts, value) for au, value in zip(facts["aus"], above)]
    lines = [f"# Action Unit model {facts['id']}", ""]
    if facts["synthetic"]:
        lines += [WARNING, ""]
    lines += [
        "The multi-label CNN of Ghosh, Laksana, Scherer and Morency (2015) with QDA per AU: presence of facial Action "
        "Units in a frame, no intensities.",
        "",
        f"Trained on {facts['data']}: {facts['subjects']} subjects, {facts['frames']} frames. Use it with",
        "",
        "    python -m tools.detect video.mp4 --model THIS_FOLDER --out runs/detect",
        "",
        "It needs the face's mean over a video, so videos of one person at a time suit it better than single "
        "pictures. An AU is called present where its probability is above the one in the table.",
        "",
        markdown_table([["AU", "name", "present above", "2AFC", "F1"], *rows]),
        "",
        CALIBRATED if "calibration" in facts else UNCALIBRATED,
        "",
    ]
    if metrics:
        lines += [f"Measured on {metrics['tested_on']}.", ""]
    else:
        lines += [
            "No subject was held out, so nothing is measured here; "
            "`make table1` measures such nets on held-out subjects.",
            "",
        ]
    lines += [f"AU {au} is not detected: {why}." for au, why in facts["not_modeled"].items()]
    lines += [f"AU {au} is unsure: {why}." for au, why in facts.get("remarks", {}).items()]
    return "\n".join(lines).rstrip() + "\n"


def au_row(au, facts, above):
    """The row of an AU in the table of metrics."""
    values = facts["metrics"]["per_au"][str(au)] if facts.get("metrics") else {}
    return [
        f"AU{au:02d}",
        AU_NAMES.get(au, ""),
        number(above, 3),
        number(values.get("two_afc"), 3),
        number(values.get("f1"), 3),
    ]
