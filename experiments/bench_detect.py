"""Speed of tools.detect: frames per second of a 640 x 480 video with one face, from the command to the last file.

  python -m experiments.bench_detect --model runs/bundle

The video is a photograph that drifts, with a camera's noise (experiments/bench_faces.py). It is done by either
detector, by BlazeFace with its landmarks in the table; with a model of linear classifiers, such as the one that comes
with this, by BlazeFace alone, as it is used. The stages are measured again in this process, each in a pass of
its own, and the net alone beside OpenCV's importer of Caffe's nets, in turns. The last line is JSON; `fps` and `stages`
are of the cascade, those of BlazeFace begin with `blazeface_`; `fps` counts the whole command, start and page included,
`stages` are seconds, `net_ms` milliseconds of the net for a crop, by onnxruntime and by OpenCV, on one thread.
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

from data_prep.faces.detectors import BLAZEFACE, DETECTORS, HAAR
from data_prep.faces.tracker import FaceTracker
from data_prep.system.arguments import positive
from data_prep.system.code import ROOT
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import load_json
from data_prep.system.pool import cores
from experiments.bench_faces import photographed, repeated
from tools.detection.au_scores import BATCH, au_scores
from tools.detection.bundle import READY, load_bundle
from tools.detection.inputs import find_inputs, read_frames
from tools.detection.sightings import find_sightings, stacked
from tools.engines.run_folder import DEPLOY, WEIGHTS
from tools.report.tables import markdown_table

SIZE, FRAMES, REPEATS = (640, 480), 300, 6
NET_ROUNDS = 50


def whole_command(video, model, out, options):
    """Seconds of the command on `video`, overlay off."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tools.detect", video, "--model", model, "--out", out, *options],
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise InputError(f"tools.detect failed: {done.stderr.strip().splitlines()[-1]}")
    return time.perf_counter() - start


def stages(video, model, detector):
    """{stage: seconds} of reading, of finding faces, and of net and QDA on `video`."""
    cv2.setNumThreads(1)
    (item,), bundle = find_inputs([video]), load_bundle(model)
    start = time.perf_counter()
    for _ in read_frames(item):
        pass
    reading = time.perf_counter() - start
    tracker, start = FaceTracker(DETECTORS[detector].make()), time.perf_counter()
    seen = find_sightings(item, tracker, bundle.stage, bundle.face.shape[0])
    crops, shapes = stacked([sighting for *_, sightings in seen for sighting in sightings])
    searching = time.perf_counter() - start - reading
    start = time.perf_counter()
    au_scores(bundle, crops, "video", shapes=shapes)
    return {"read": reading, "find and crop faces": searching, "net and QDA": time.perf_counter() - start}


def opencv_net(bundle):
    """The net of a bundle as OpenCV's importer reads it."""
    net = cv2.dnn.readNetFromCaffe(str(bundle.folder / DEPLOY), str(bundle.folder / WEIGHTS))
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    return net


def net_ms(model):
    """{"onnxruntime", "opencv": milliseconds for a crop}: the least of NET_ROUNDS rounds in turns, a batch each."""
    bundle = load_bundle(model)
    crop, blob = bundle.preprocessing.crop, bundle.facts["blob"]
    pixels = np.random.default_rng(0).normal(0, 0.3, (BATCH, 1, crop, crop)).astype(np.float32)
    other = opencv_net(bundle)

    def by_opencv():
        other.setInput(pixels)
        return other.forward(blob)

    sides = {"onnxruntime": lambda: bundle.net.run(pixels)[blob], "opencv": by_opencv}
    rounds = {name: [] for name in sides}
    cv2.setNumThreads(1)
    for _ in range(NET_ROUNDS):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            rounds[name].append(time.perf_counter() - start)
    return {name: round(1000 * min(seconds) / BATCH, 4) for name, seconds in rounds.items()}


def measure(video, model, folder, detector, options=()):
    """What the JSON line says of one detector."""
    out = folder / detector
    seconds = whole_command(video, model, out, ["--detector", detector, *options])
    facts, parts = load_json(out / f"{video.stem}.json"), stages(video, model, detector)
    parts["start, tables and page"] = max(seconds - sum(parts.values()), 0.0)
    return {
        "fps": round(facts["frames"] / seconds, 1),
        "seconds": round(seconds, 2),
        "with_face": facts["with_face"],
        "faces": facts["faces"],
        "stages": {name: round(value, 2) for name, value in parts.items()},
    }


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=READY, help="folder of a bundle (default: the one that comes with this)")
    parser.add_argument(
        "--out", default="runs", help="a folder for scratch files, removed at the end (default %(default)s)"
    )
    parser.add_argument(
        "--frames", type=positive, default=FRAMES, help="different frames of the video (default %(default)s)"
    )
    parser.add_argument("--repeats", type=positive, default=REPEATS, help="times they are shown (default %(default)s)")
    arguments = parser.parse_args(argv)
    sees_mean_face = load_bundle(arguments.model).sees_mean_face
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    count = arguments.frames * arguments.repeats
    with tempfile.TemporaryDirectory(dir=arguments.out, prefix="bench_detect_") as name:
        folder = Path(name)
        video = folder / "video.avi"
        photographed(folder / "short.avi", arguments.frames, phase=0, size=SIZE)
        repeated(folder / "short.avi", video, arguments.repeats, size=SIZE)
        both = {}
        if sees_mean_face:
            both[HAAR] = measure(video, arguments.model, folder, HAAR)
        options = ["--landmarks"] if sees_mean_face else []
        both[" ".join([BLAZEFACE, *options])] = measure(video, arguments.model, folder, BLAZEFACE, options)
    rows = [
        [name, stage, f"{seconds:.2f}", f"{1000 * seconds / count:.2f}"]
        for name, result in both.items()
        for stage, seconds in (*result["stages"].items(), ("the whole command", result["seconds"]))
    ]
    title = f"{count} frames of {SIZE[0]} x {SIZE[1]}"
    print(markdown_table([["detector", title, "seconds", "ms a frame"], *rows]))
    nets = net_ms(arguments.model)
    print(markdown_table([["the net alone, by", "ms a crop"], *([name, f"{ms:.4f}"] for name, ms in nets.items())]))
    summary = {
        "bench": "detect",
        "frames": count,
        "cores": cores(),
        "net_ms": nets,
        **both.get(HAAR, {}),
        **{f"blazeface_{name}": value for name, value in list(both.values())[-1].items()},
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
