"""Speed of tools.detect: frames per second of a 640 x 480 video with one face, from the command to the last file.

  python -m experiments.bench_detect --model runs/bundle

The video is a photograph that drifts, with a camera's noise (experiments/bench_faces.py). The stages are measured
again in this process, each in a pass of its own. The last line is JSON; `fps` counts the whole command, start and page
included, `stages` are seconds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from data_prep.faces.tracker import FaceTracker
from data_prep.system.arguments import positive
from data_prep.system.code import ROOT
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import load_json
from data_prep.system.pool import cores
from experiments.bench_faces import photographed, repeated
from tools.detection.au_scores import au_scores
from tools.detection.bundle import load_bundle
from tools.detection.inputs import find_inputs, read_frames
from tools.detection.sightings import find_sightings
from tools.report.tables import markdown_table

SIZE, FRAMES, REPEATS = (640, 480), 300, 6


def whole_command(video, model, out):
    """Seconds of the command on `video`, overlay off."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tools.detect", video, "--model", model, "--out", out],
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise InputError(f"tools.detect failed: {done.stderr.strip().splitlines()[-1]}")
    return time.perf_counter() - start


def stages(video, model):
    """{stage: seconds} of reading, of finding faces, and of net and QDA on `video`."""
    cv2.setNumThreads(1)
    (item,), bundle = find_inputs([video]), load_bundle(model)
    start = time.perf_counter()
    for _ in read_frames(item):
        pass
    reading = time.perf_counter() - start
    start = time.perf_counter()
    sightings = [frame for _, frame in find_sightings(item, FaceTracker(), bundle.face.shape[0])]
    searching = time.perf_counter() - start - reading
    crops = [sighting.crop for frame in sightings for sighting in frame]
    start = time.perf_counter()
    au_scores(bundle, np.stack(crops), "video")
    return {"read": reading, "find and crop faces": searching, "net and QDA": time.perf_counter() - start}


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder of a bundle")
    parser.add_argument(
        "--out", default="runs", help="a folder for scratch files, removed at the end (default %(default)s)"
    )
    parser.add_argument(
        "--frames", type=positive, default=FRAMES, help="different frames of the video (default %(default)s)"
    )
    parser.add_argument("--repeats", type=positive, default=REPEATS, help="times they are shown (default %(default)s)")
    arguments = parser.parse_args(argv)
    load_bundle(arguments.model)
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    count = arguments.frames * arguments.repeats
    with tempfile.TemporaryDirectory(dir=arguments.out, prefix="bench_detect_") as folder:
        video = Path(folder) / "video.avi"
        photographed(Path(folder) / "short.avi", arguments.frames, phase=0, size=SIZE)
        repeated(Path(folder) / "short.avi", video, arguments.repeats, size=SIZE)
        seconds = whole_command(video, arguments.model, Path(folder) / "out")
        facts = load_json(Path(folder) / "out/video.json")
        parts = stages(video, arguments.model)
    parts["start, tables and page"] = max(seconds - sum(parts.values()), 0.0)
    rows = [*parts.items(), ("the whole command", seconds)]
    print(
        markdown_table(
            [
                [f"{count} frames of {SIZE[0]} x {SIZE[1]}", "seconds", "ms a frame"],
                *([name, f"{value:.2f}", f"{1000 * value / count:.2f}"] for name, value in rows),
            ]
        )
    )
    summary = {
        "bench": "detect",
        "fps": round(count / seconds, 1),
        "seconds": round(seconds, 2),
        "frames": count,
        "with_face": facts["with_face"],
        "faces": facts["faces"],
        "cores": cores(),
        "stages": {name: round(value, 2) for name, value in parts.items()},
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
