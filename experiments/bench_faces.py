"""Speed of the face stage against the plain loop: OpenCV's detector with its defaults on every full frame.

  python -m experiments.bench_faces

Both read the same 1024 x 768 videos in one run, decoding included: two videos of a photograph (scikit-image's
astronaut, who drifts and comes nearer, with a camera's noise), and two of drawn faces, whose flat background is cheaper
to search. The plain loop is one process with OpenCV's default threads; it decodes every frame, searches one in
SAMPLE_EVERY, and its search time is scaled up. Ours is `make disfa` as it is: boxes, crops and labels on disk, all
cores. The boxes are compared in the frames that the plain loop searched and found a face in; of several faces it takes
the largest, as we do. How much boxes shake is seen in a third video, in which the astronaut drifts, rolls and nods
slowly, and of which both ways search every frame.

The last line is JSON. `ratio` is the plain loop's time over ours, `same_face` the share of boxes that overlap by half
or more, `median_iou` how much they overlap; `plain_ms` and `our_misses` and the like are per frame. These are of the
photograph; those of the drawn faces begin with `drawn_`. `jitter_center` and `jitter_width` are medians of the second
differences of the box's center and width from frame to frame, in % of the width; those of the plain loop begin with
`plain_`.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from skimage.data import astronaut

from data_prep.faces.boxes import load_boxes
from data_prep.faces.search import load_cascade
from data_prep.faces.tracker import overlap
from data_prep.pictures.video import video_frames
from data_prep.preparation.prepare import prepare
from data_prep.readers.recording import Recording
from data_prep.synthetic.disfa import FPS, video_path, write_disfa
from data_prep.system.arguments import positive
from data_prep.system.errors import one_clear_error
from data_prep.system.pool import cores
from tools.report.tables import markdown_table

VIDEOS, FRAMES, REPEATS, SAMPLE_EVERY = 2, 300, 8, 12
HEAD_FRAMES = 150  # of the video of a head that nods, at most
SIZE = (1024, 768)  # DISFA's width and height
FACE = (224, 110)  # the middle of the face in the photograph, in its pixels
ZOOM = (3.2, 0.35)  # video pixels for each of the photograph's, and how much that changes
SWAY = (20, 12)  # pixels of the photograph by which the face drifts
# of the video's width and height: where the face is, so that the model behind her, which the plain loop takes for a
# face, is outside
PLACE = (0.66, 0.4)
NOISE = 3  # gray levels, standard deviation
ROLL, NOD = (8, 5.0), (12, 3.0)  # of the head that nods: degrees either way, and seconds
DRIFT = ((20, 12), (6.0, 9.0))  # x and y: pixels of the photograph either way, and seconds
LENS = 1.5  # focal length, of the video's width


def photographed(path, frames, phase, size=SIZE):
    """Write a video of the photograph, MJPG of `size` (width, height). `phase`: radians at which the drift begins."""
    places = []
    for turn in 2 * np.pi * np.arange(frames) / frames + phase:
        zoom = (ZOOM[0] + ZOOM[1] * np.sin(3 * turn)) * size[0] / SIZE[0]
        x, y = FACE[0] + SWAY[0] * np.sin(2 * turn), FACE[1] + SWAY[1] * np.cos(3 * turn)
        places.append([[zoom, 0, size[0] * PLACE[0] - zoom * x], [0, zoom, size[1] * PLACE[1] - zoom * y], [0, 0, 1]])
    write_views(path, places, size, int(100 * phase))


def nodding(path, frames, size=SIZE):
    """Write a video in which the photograph, a plane about the middle of the face, drifts, rolls and nods slowly."""
    places, zoom, lens = [], ZOOM[0] * size[0] / SIZE[0], LENS * size[0]
    about_face = np.array([[zoom, 0, -zoom * FACE[0]], [0, zoom, -zoom * FACE[1]], [0, 0, 1]])
    for turn in 2 * np.pi * np.arange(frames) / FPS:
        roll, nod = (np.radians(degrees) * np.sin(turn / seconds) for degrees, seconds in (ROLL, NOD))
        turned = cv2.Rodrigues(np.array([nod, 0, 0]))[0] @ cv2.Rodrigues(np.array([0, 0, roll]))[0]
        seen = np.diag([lens, lens, 1]) @ np.column_stack([turned[:, :2], (0, 0, lens)]) @ about_face
        x, y = (size * place + zoom * pixels * np.sin(turn / seconds)
                for size, place, pixels, seconds in zip(size, PLACE, *DRIFT))  # fmt: skip
        places.append(np.array([[1, 0, x], [0, 1, y], [0, 0, 1]]) @ seen)
    write_views(path, places, size, 0)


def write_views(path, places, size, seed):
    """Write a video: the photograph as each of the `places` [3, 3], homographies, shows it, with a camera's noise."""
    picture, rng = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR), np.random.default_rng(seed)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, size)
    for place in places:
        options = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REFLECT}
        frame = cv2.warpPerspective(picture, np.array(place, float), size, **options)
        video.write(cv2.add(frame, rng.normal(0, NOISE, frame.shape).astype(np.int16), dtype=cv2.CV_8U))
    video.release()


def repeated(source, path, times, size=SIZE):
    """Write the video `source` `times` times in a row into one long video."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, size)
    for _ in range(times):
        for *_, frame in video_frames(source):
            video.write(frame)
    video.release()


def make_videos(folder, frames, repeats):
    """Write the videos; returns {"photograph": [paths], "drawn": [paths]}."""
    write_disfa(folder / "DISFA", VIDEOS, frames, 0)
    videos = {"photograph": [], "drawn": []}
    for number in range(VIDEOS):
        photographed(folder / f"short{number}.avi", frames, number)
        for kind, source in (
            ("photograph", folder / f"short{number}.avi"),
            ("drawn", video_path(folder / "DISFA", number + 1)),
        ):
            videos[kind].append(folder / f"{kind}{number}.avi")
            repeated(source, videos[kind][-1], repeats)
    return videos


def plain_loop(videos, every=SAMPLE_EVERY):
    """Seconds for all frames of `videos`, and {(video's name, frame): box or None} of one in `every`."""
    cascade, boxes, search, frames, start = load_cascade(), {}, 0, 0, time.perf_counter()
    for video in videos:
        for number, _, image in video_frames(video):
            frames += 1
            gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            if number % every == 0:
                begin = time.perf_counter()
                found = cascade.detectMultiScale(gray)
                search += time.perf_counter() - begin
                boxes[video.stem, number] = max(found, key=lambda box: box[2] * box[3], default=None)
    return time.perf_counter() - start - search + search * frames / len(boxes), boxes


def face_stage(videos, frames, out):
    """Seconds for all frames of `videos`, and the boxes as `plain_loop` gives them."""
    recordings = [
        Recording(
            subject=video.stem,
            sequence="",
            source=video,
            images=None,
            frame=np.arange(1, frames + 1),
            label=np.zeros((frames, 1), np.int8),
            au=(1,),
        )
        for video in videos
    ]
    start = time.perf_counter()
    subjects = prepare(recordings, out)
    seconds = time.perf_counter() - start
    return seconds, {(name, row.frame): row.box for name in subjects for row in load_boxes(out, name).values()}


def compare(videos, frames, out):
    """Both ways on `videos` of so many frames: what the JSON line says about them."""
    plain, theirs = plain_loop(videos)
    seconds, ours = face_stage(videos, frames, out)
    overlaps = [
        0.0 if ours[key] is None else overlap(box, np.array(ours[key]))
        for key, box in theirs.items()
        if box is not None
    ]
    return {
        "ratio": round(plain / seconds, 1),
        "same_face": round(float(np.mean(np.array(overlaps) >= 0.5)), 4),
        "median_iou": round(float(np.median(overlaps)), 3),
        "plain_ms": round(1000 * plain / len(videos) / frames, 1),
        "ours_ms": round(1000 * seconds / len(videos) / frames, 2),
        "plain_misses": round(1 - len(overlaps) / len(theirs), 4),
        "our_misses": round(float(np.mean([box is None for box in ours.values()])), 4),
    }


def shaking(video, frames, out):
    """How much the boxes of both ways shake, on a `video` of so many frames."""
    (_, plain), (_, ours) = plain_loop([video], every=1), face_stage([video], frames, out)
    return {
        f"{way}jitter_{name}": round(value, 2)
        for way, boxes in (("", ours), ("plain_", plain))
        for name, value in zip(("center", "width"), jitter(list(boxes.values())))
    }


def jitter(boxes):
    """Medians of the second differences of center and width of `boxes`, [box [4] or None], in % of the width."""
    boxes = np.array([(np.nan,) * 4 if box is None else box for box in boxes], float)
    center, width = np.diff(boxes[:, :2] + boxes[:, 2:] / 2, 2, axis=0), boxes[:, 2]
    changes = np.hypot(*center.T), np.abs(np.diff(width, 2))
    return [100 * float(np.nanmedian(change / width[1:-1])) for change in changes]


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--out", default="runs", help="a folder for scratch files, removed at the end (default %(default)s)"
    )
    parser.add_argument(
        "--frames", type=positive, default=FRAMES, help="different frames of a video (default %(default)s)"
    )
    parser.add_argument("--repeats", type=positive, default=REPEATS, help="times they are shown (default %(default)s)")
    arguments = parser.parse_args(argv)
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    frames = arguments.frames * arguments.repeats
    with tempfile.TemporaryDirectory(dir=arguments.out, prefix="bench_faces_") as folder:
        videos = make_videos(Path(folder), arguments.frames, arguments.repeats)
        results = {kind: compare(paths, frames, Path(folder) / kind) for kind, paths in videos.items()}
        head, head_frames = Path(folder) / "head.avi", min(HEAD_FRAMES, arguments.frames)
        nodding(head, head_frames)
        shakes = shaking(head, head_frames, Path(folder) / "head")
    rows = [[f"{VIDEOS} videos of {frames} frames", *results["photograph"]]]
    rows += [[kind, *result.values()] for kind, result in results.items()]
    print(markdown_table(rows))
    print(markdown_table([[f"a nodding head, {head_frames} frames", *shakes], ["% of the width", *shakes.values()]]))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # Linux: in KiB, of the largest child
    summary = {
        "bench": "faces",
        **results["photograph"],
        **shakes,
        "cores": cores(),
        "frames": VIDEOS * frames,
        "largest_process_mb": round(memory),
        **{f"drawn_{name}": value for name, value in results["drawn"].items()},
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
