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

RENDERED = (
    "Learned from rendered faces alone: no picture of a person took part, and no label of one. Pictures and weights "
    "are free for any use (CC0 and MIT, see NOTICE)."
)
READY_USE = """
It is what `tools.detect` takes without `--model`:

    python -m tools.detect video.mp4 --out results

Usable AUs are shown; `--experimental` shows those that are experimental, too. `make ready` makes it again."""
OWN_USE = """
Use it with

    python -m tools.detect video.mp4 --model THIS_FOLDER --out results

In the table, "ready" is the model that it began with, and "adapted" are classifiers that have not seen the person."""
READING = """
Each row is of people of a source of faces that the classifier had not seen, frames as rendered: 2AFC; hits and false
alarms, in percent, at the threshold; the correlation of `AUxx_r` with the intensities that were rendered. "net" are the
features of the net on the aligned crop, "shape" the aligned landmarks, "both" the score of the shape and three tenths
of the net's. No frames of people were among them: what is usable is a judgement from these figures and from pictures of
people that were labelled before they were scored.

`AUxx_c` is 1 above a threshold with few false alarms: 0.5 to 4% of such frames without the AU, as few as leave three
quarters of the frames with it found; the probability there is the one in the column "present above". `AUxx_p` is the
probability, by Platt scaling on those frames, in which an AU is as frequent as the renderer shows it. `AUxx_r` is the
mean intensity of frames with such a score. All three rise with one score, so they never contradict each other."""


def linear_card(facts, above):
    """README.md of a bundle of linear classifiers: learned from rendered people, or adapted to one's own."""
    present, use = dict(zip(map(str, facts["aus"]), above)), OWN_USE if "adapted_from" in facts else READY_USE
    afc = [f"2AFC, {name}" for name in next(iter(facts["measured"].values()))["two_afc"]]
    head = ["AU", "name", "status", "rests on", *afc, "hits", "false alarms", "AUxx_r", "present above"]
    rows = [linear_row(au, facts, values, present.get(au)) for au, values in facts["measured"].items()]
    reasons = [f"- AU {au}: {why}." for au, why in facts["reasons"].items()]
    lines = [f"# Action Unit model {facts['id']}", "", facts.get("about", RENDERED), ""]
    lines += [f"Trained on {facts['data']}: {facts['subjects']} people, {facts['frames']} pictures.", use, ""]
    return "\n".join([*lines, markdown_table([head, *rows]), READING, "", "Why:", "", *reasons]) + "\n"


def linear_row(au, facts, values, above):
    correlations = list(values["intensity_correlation"].values())
    return [
        f"AU{int(au):02d}",
        AU_NAMES[int(au)],
        facts["status"].get(au, "no"),
        values["rests_on"],
        *(number(afc, 2) for afc in values["two_afc"].values()),
        *(number(100 * share, 1) for share in (values["hits"], values["false_alarms"])),
        number(sum(correlations) / len(correlations) if correlations else None, 2),
        number(above, 3),
    ]


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
