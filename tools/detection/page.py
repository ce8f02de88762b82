"""report.html of one input of `tools.detect`: AU timelines, faces at the peaks, and where no face was found."""

import tempfile
from pathlib import Path

import cv2
import numpy as np

from data_prep.subjects.aus import AU_NAMES
from tools.detection.tables import probability
from tools.report.page import Section, notice, paragraph, picture, save_page, table
from tools.report.plots import plot_timelines

PEAK = 2  # ours: thumbnails are so many times the stored crop's size


def save_detect_page(path, facts, found, crops):
    """Write the page. `facts` as tools.detect's JSON; `found` [Frame]; `crops` uint8 [S, S] of each Face of each."""
    lead = (
        [
            notice(
                f"Model {facts['model']} was trained on {facts['trained_on']}: what it detects in people means nothing."
            )
        ]
        if facts["synthetic"]
        else []
    )
    lead += [notice(f"{note[:1].upper()}{note[1:]}.") for note in facts["notes"]]
    lead.append(
        paragraph(
            f"{facts['frames']} frames, {facts['with_face']} of them with a face. Presence by QDA; each face "
            f"is compared with a mean face ({facts['mean_face']})."
        )
    )
    sections = []
    with tempfile.TemporaryDirectory() as folder:
        for face in sorted({one.face for frame in found for one in frame.faces}):
            sections.append(face_section(Path(folder), face, facts, found, crops))
        sections.append(Section("Frames without a face", gaps_blocks(found)))
        sections.append(
            Section(
                "How it was made",
                [
                    table(
                        [
                            ["what", "value"],
                            *(
                                [name, str(facts[name])]
                                for name in ("input", "model", "trained_on", "mean_face", "command", "versions")
                            ),
                        ],
                        "Settings",
                    )
                ],
            )
        )
        save_page(path, f"Action Units in {Path(str(facts['input'])).name}", lead, sections)


def face_section(folder, face, facts, found, crops):
    """Timelines, peaks and counts of one face."""
    aus = facts["aus"]
    rows = [
        (frame.seconds, one.score, crop)
        for frame, images in zip(found, crops)
        for one, crop in zip(frame.faces, images)
        if one.face == face
    ]
    seconds, score = np.array([row[0] for row in rows]), np.stack([row[1] for row in rows])
    counts = [["AU", "name", "frames", "share %", "highest probability", "at second"]]
    for column, au in enumerate(aus):
        top = int(score[:, column].argmax())
        present = int((score[:, column] > 0).sum())
        counts.append(
            [
                f"AU{au:02d}",
                AU_NAMES.get(au, ""),
                present,
                f"{100 * present / len(rows):.1f}",
                f"{probability(score[top, column]):.3f}",
                f"{seconds[top]:.2f}",
            ]
        )
    blocks = [table(counts, f"Face {face}: {len(rows)} frames")]
    if len(rows) > 1:
        plot_timelines(folder / f"time{face}.png", seconds, probability(score), score > 0, aus)
        blocks.append(
            picture(
                folder / f"time{face}.png",
                f"Probability of each AU of face {face} over time",
                "Probability of each AU over time; filled where it is present.",
            )
        )
    sheet(folder / f"peaks{face}.png", [rows[int(score[:, column].argmax())][2] for column in range(len(aus))], aus)
    blocks.append(
        picture(
            folder / f"peaks{face}.png",
            f"Face {face} where each AU is most probable",
            "The face where each AU is most probable, as the net sees it.",
        )
    )
    return Section(f"Face {face}", blocks)


def sheet(path, crops, aus):
    """A row of faces with the AU's number under each."""
    tiles = []
    for crop, au in zip(crops, aus):
        tile = cv2.resize(crop, None, fx=PEAK, fy=PEAK, interpolation=cv2.INTER_CUBIC)
        tile = cv2.copyMakeBorder(tile, 0, 18, 3, 3, cv2.BORDER_CONSTANT, value=255)
        cv2.putText(tile, f"AU{au:02d}", (24, tile.shape[0] - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 0, 1, cv2.LINE_AA)
        tiles.append(tile)
    columns = min(len(tiles), 6)
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    cv2.imwrite(str(path), np.vstack([np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)]))


def gaps_blocks(found):
    """The stretches of frames without a face, longest first."""
    gaps, start = [], None
    for number, frame in enumerate([*found, None], 1):
        if frame is not None and not frame.faces:
            start = start or number
        elif start:
            gaps.append((start, number - 1))
            start = None
    if not gaps:
        return [paragraph("None: a face was found in every frame." if found else "There is no frame.")]
    gaps.sort(key=lambda gap: gap[0] - gap[1])
    rows = [["frames", "from second", "to second", "number"]]
    rows += [
        [f"{first} to {last}", f"{found[first - 1].seconds:.2f}", f"{found[last - 1].seconds:.2f}", last - first + 1]
        for first, last in gaps[:20]
    ]
    return [table(rows, f"{len(gaps)} stretches" + (", the 20 longest" if len(gaps) > 20 else ""))]
