"""Speed of tools.detect: frames per second of a 640 x 480 video with one face, from the command to the last file.

  python -m experiments.bench_detect --model runs/bundle

The video is a photograph that drifts, with a camera's noise (experiments/bench_faces.py). The stages are measured besides, in
this process: each as a pass of its own. The last line is JSON; `fps` counts the whole command, start and page included.
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

from data_prep.system.arguments import positive
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.pool import cores
from experiments.bench_faces import photographed, repeated
from tools.detection.au_scores import au_scores
from tools.detection.bundle import load_bundle
from tools.detection.inputs import find_inputs, frames
from tools.detection.tracks import FaceTracker
from tools.engines.process import ROOT
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
    (one,), bundle = find_inputs([video]), load_bundle(model)
    tracker = FaceTracker(bundle.face.shape[0])
    start = time.perf_counter()
    for _ in frames(one):
        pass
    read, crops, search = time.perf_counter() - start, [], 0.0
    for _, image in frames(one):
        start = time.perf_counter()
        crops += [seen.crop for seen in tracker.find(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))]
        search += time.perf_counter() - start
    start = time.perf_counter()
    au_scores(bundle, np.stack(crops), "video")
    return {"read": read, "find and crop faces": search, "net and QDA": time.perf_counter() - start}


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder of a bundle")
    parser.add_argument("--out", default="runs", help="a folder for scratch files; left as it was (default runs)")
    parser.add_argument(
        "--repeats", type=positive, default=REPEATS, help=f"times that {FRAMES} frames are shown (default %(default)s)"
    )
    arguments = parser.parse_args(argv)
    load_bundle(arguments.model)
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    count = FRAMES * arguments.repeats
    with tempfile.TemporaryDirectory(dir=arguments.out, prefix="bench_detect_") as folder:
        video = Path(folder) / "video.avi"
        photographed(Path(folder) / "short.avi", FRAMES, 0, SIZE)
        repeated(Path(folder) / "short.avi", video, arguments.repeats, SIZE)
        seconds = whole_command(video, arguments.model, Path(folder) / "out")
        facts = json.loads((Path(folder) / "out/video.json").read_text())
        parts = stages(video, arguments.model)
    parts["start, tables and page"] = max(seconds - sum(parts.values()), 0.0)
    print(
        markdown_table(
            [
                [f"{count} frames of {SIZE[0]} x {SIZE[1]}", "seconds", "ms a frame"],
                *([name, f"{value:.2f}", f"{1000 * value / count:.2f}"] for name, value in parts.items()),
                ["the whole command", f"{seconds:.2f}", f"{1000 * seconds / count:.2f}"],
            ]
        )
    )
    print(
        json.dumps(
            {
                "bench": "detect",
                "fps": round(count / seconds, 1),
                "seconds": round(seconds, 2),
                "frames": count,
                "with_face": facts["with_face"],
                "faces": facts["faces"],
                "cores": cores(),
                "stages": {name: round(value, 2) for name, value in parts.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
