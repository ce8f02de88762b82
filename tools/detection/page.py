"""The HTML page of one input of `tools.detect`: AU timelines, faces at the peaks, and where no face was found."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from data_prep.pictures.images import write_image
from data_prep.pictures.tiles import tile_sheet
from data_prep.subjects.aus import AU_NAMES
from tools.detection.bundle_checks import LINEAR
from tools.detection.tables import probability
from tools.report.page import Section, notice, paragraph, picture, save_page, table
from tools.report.plots import MOST_CELLS, plot_timelines
from tools.report.tables import number
from tools.report.versions import made_by_text

PEAK_SCALE, PEAK_COLUMNS = 2, 6  # ours: pixels of a thumbnail for each of the stored crop; thumbnails in a row
MOST_FACES = 20  # ours: faces with timelines, those that are seen longest; the others are listed
LONGEST_GAPS = 20  # ours: stretches without a face that are listed
TIMELINES = "Probability of each AU over time; blue where it is present, gray where this face is not seen."
GROUPS = (
    " Frames are drawn in groups: the line is their mean, a pale band goes from the lowest to the highest, blue and "
    "gray are as high as the share of such frames."
)
SETTINGS = ("input", "model", "trained_on", "mean_face", "command")
AVERAGE = "the average face of the training subjects"


def save_detect_page(path, facts, frames, peaks):
    """Write the page. `facts` as tools.detect's JSON; `frames` [Frame] and their Peaks."""
    sections = []
    with tempfile.TemporaryDirectory() as folder:
        seen = [face for face, _ in Counter(face.face for frame in frames for face in frame.faces).most_common()]
        for face in sorted(seen[:MOST_FACES]):
            sections.append(face_section(Path(folder), face, facts["aus"], frames, peaks.crops[face]))
        if others := sorted(seen[MOST_FACES:]):
            sections.append(Section("Other faces", [other_faces(others, frames)]))
        sections.append(Section("Frames without a face", gap_blocks(frames)))
        rows = [["what", "value"], *([name.replace("_", " "), str(facts[name])] for name in SETTINGS)]
        rows += [
            ["faces", as_words(facts["face_stage"])],
            ["made by", made_by_text(facts["made_by"])],
            ["with", as_words(facts["versions"])],
        ]
        sections.append(Section("How it was made", [table(rows, "Settings")]))
        save_page(path, f"Action Units in {Path(facts['input']).name}", lead_blocks(facts), sections)


def as_words(versions):
    """{software: version} as text."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def lead_blocks(facts):
    """What the reader must know first."""
    blocks = []
    if facts["synthetic"]:
        text = f"Model {facts['model']} was trained on {facts['trained_on']}: what it detects in people means nothing."
        blocks.append(notice(text))
    blocks += [notice(f"{note[:1].upper()}{note[1:]}.") for note in facts["notes"]]
    frames = f"{facts['frames']} {'frame' if facts['frames'] == 1 else 'frames'}, {facts['with_face']} with a face."
    blocks.append(paragraph(f"{frames} {method(facts)}"))
    return blocks


def method(facts):
    """A sentence on how presence was decided."""
    if facts.get("classifier") == LINEAR:
        unsure = f" Experimental: AU {', '.join(map(str, facts['experimental']))}." if facts["experimental"] else ""
        return f"Presence by linear classifiers; faces are not compared with a mean face.{unsure}"
    mean = AVERAGE if facts["mean_face"] == "none" else f"a mean face ({facts['mean_face']})"
    return f"Presence by QDA; each face is compared with {mean}."


def face_section(folder, number, aus, frames, crops):
    """Counts, timelines and peaks of the face with id `number`. Pictures are made in `folder`.

    crops  uint8 [S, S] of the face where each AU is most probable
    """
    own = [(index, face) for index, frame in enumerate(frames) for face in frame.faces if face.face == number]
    rows, seconds = [index for index, _ in own], [frames[index].seconds for index, _ in own]
    score, present = (np.stack([getattr(face, field) for _, face in own]) for field in ("score", "present"))
    blocks = [table(count_rows(aus, seconds, score, present), f"Face {number}: {len(own)} frames")]
    if len(frames) > 1:
        timelines = folder / f"time{number}.png"
        all_scores, all_present = np.full((len(frames), len(aus)), np.nan), np.zeros((len(frames), len(aus)), bool)
        all_scores[rows], all_present[rows] = score, present
        times = np.array([frame.seconds for frame in frames])
        plot_timelines(timelines, times, probability(all_scores), all_present, aus)
        description = f"Probability of each AU of face {number} over time"
        blocks.append(picture(timelines, description, TIMELINES + GROUPS * (len(frames) > MOST_CELLS)))
    thumbnails, size = folder / f"peaks{number}.png", [PEAK_SCALE * side for side in crops[0].shape[::-1]]
    sheet = tile_sheet(crops, [f"AU{au:02d}" for au in aus], size, PEAK_COLUMNS)
    write_image(thumbnails, sheet)
    description = f"Face {number} where each AU is most probable"
    blocks.append(picture(thumbnails, description, "The face where each AU is most probable, as the net sees it."))
    return Section(f"Face {number}", blocks)


def other_faces(numbers, frames):
    """A table of when the faces with these ids are seen."""
    times = {face: [] for face in numbers}
    for frame in frames:
        for face in frame.faces:
            times.get(face.face, []).append(frame.seconds)
    rows = [["face", "frames", "from second", "to second"]]
    rows += [[face, len(seen), number(seen[0], 2), number(seen[-1], 2)] for face, seen in times.items()]
    return table(rows, f"{len(numbers)} faces that are seen in fewer frames")


def count_rows(aus, seconds, score, present):
    """A row for each AU: how often it is present, and its peak. `score`, `present` [n, C] at `seconds` [n]."""
    rows = [["AU", "name", "frames", "share %", "highest probability", "at second"]]
    for column, (au, peak) in enumerate(zip(aus, score.argmax(axis=0))):
        count = int(present[:, column].sum())
        share, highest = number(100 * count / len(score), 1), number(probability(score[peak, column]), 3)
        rows.append([f"AU{au:02d}", AU_NAMES.get(au, ""), count, share, highest, number(seconds[peak], 2)])
    return rows


def gap_blocks(frames):
    """The stretches of frames without a face, longest first."""
    gaps, start = [], None
    for place, frame in enumerate([*frames, None], 1):
        if frame is not None and not frame.faces:
            start = start or place
        elif start:
            gaps.append((start, place - 1))
            start = None
    if not gaps:
        return [paragraph("None: a face was found in every frame." if frames else "There is no frame.")]
    gaps.sort(key=lambda gap: gap[0] - gap[1])
    rows = [["frames", "from second", "to second", "number"]]
    rows += [
        [
            f"{first} to {last}",
            *(number(frames[end - 1].seconds, 2) for end in (first, last)),
            last - first + 1,
        ]
        for first, last in gaps[:LONGEST_GAPS]
    ]
    title = "1 stretch" if len(gaps) == 1 else f"{len(gaps)} stretches"
    if len(gaps) > LONGEST_GAPS:
        title += f", the {LONGEST_GAPS} longest"
    return [table(rows, title)]
