"""Write a small stand-in for CK+: synthetic faces that pose expressions, in the layout of the real dataset.

No real person is shown and no number measured on it says anything about CK+. On disk:

    ROOT/synthetic.json                                               what the tree was made with
    ROOT/cohn-kanade-images/S005/001/S005_001_00000011.png            640x490 gray; every fourth subject 640x480 color
    ROOT/FACS/S005/001/S005_001_00000011_facs.txt                     AU and intensity per line, of the last frame only:
                                                                         9.0000000e+00   4.0000000e+00
                                                                         1.7000000e+01   3.0000000e+00
                                                                         2.5000000e+01   0.0000000e+00

Intensity 0: the AU is present and was not graded. A sequence runs from neutral to the peak in 8 to 15 frames. Variant
`zips` keeps the archives' names as folders: extended-cohn-kanade-images/cohn-kanade-images/... and
FACS_labels/FACS/..., with the odd .DS_Store.
"""

import cv2
import numpy as np

from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.acting import lights, poses
from data_prep.synthetic.color import ColorStyle, develop
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity, with_dark_hair
from data_prep.synthetic.scene import Camera, Light
from data_prep.synthetic.tree import Layout, arguments, write_image, write_tree
from data_prep.system.errors import one_clear_error
from data_prep.system.files import ANY, atomic

STREAM = 1  # ours: random stream, so that no subject looks like one of DISFA's or BP4D's
SUBJECTS = (5, 10, 11, 14, 22, 26, 28, 29, 32, 34, 35, 37, 42, 44, 45, 46, *range(50, 139), *range(501, 507), 895, 999)
VARIANTS = {  # folders of images and of labels
    "plain": ("cohn-kanade-images", "FACS"),
    "zips": ("extended-cohn-kanade-images/cohn-kanade-images", "FACS_labels/FACS"),
}
GRAY = Camera(640, 490, 236.0, noise=0.3, blur=0.4, backdrop=(176, 176, 176))
COLOR = GRAY._replace(height=480, backdrop=(186, 170, 150))
GRAY_STYLE = ColorStyle(contrast=1.22, pivot=112, gray=True)
COLOR_STYLE = ColorStyle(contrast=1.2, pivot=105, gains=(1.04, 1.0, 0.96))
STILL = (0.05, 0.04, 1.0, 0.025, 0.03)  # ours: a poser before the lens; units as acting.SEATED
FROM_ABOVE = -0.10  # ours: Light.y of a lamp beside the lens, a little above

FEWEST, MOST = 8, 15  # ours: frames of a sequence
UNGRADED = 0.15  # ours: share of AUs coded without an intensity
TRACE = 0.15  # ours: share of sequences with a weak AU besides, intensity 1 or 2
EMOTIONS = (  # ours: the variants of each are what posers show; together they have the ten shared AUs
    ((6, 12, 25), (6, 12)),
    ((1, 2, 5, 25, 26), (1, 2, 5, 25)),
    ((1, 4, 20, 25), (1, 2, 4, 5, 20, 25)),
    ((1, 4, 15, 17), (1, 15, 17)),
    ((4, 17), (4, 5, 17)),
    ((4, 9, 17), (9, 17), (6, 9, 17)),
)
SINGLES = (
    ((1, 2), (2,)), ((4,),), ((5,), (2, 5)), ((6,), (17,)),
    ((9,),), ((12,), (12, 25)), ((15, 17), (15,)), ((20, 25), (20,)),
)  # fmt: skip


def folders(root, subject, variant):
    """Where the labels and the images of `subject` (int) lie; the images are made last."""
    images, labels = VARIANTS[variant]
    return [root / labels / f"S{subject:03d}", root / images / f"S{subject:03d}"]


def repertoire(sequences, rng):
    """What a subject poses: a tuple of AUs for each of `sequences`, the six emotions first, in random order."""
    poses_ = []
    while len(poses_) < sequences:
        for group in (EMOTIONS, SINGLES):
            poses_ += [group[k][int(rng.integers(len(group[k])))] for k in rng.permutation(len(group))]
    return poses_[:sequences]


def peak(aus, rng):
    """Intensities shown at the peak, float [12], and what the coder notes: ((AU, grade), ...) with grade 0 for none."""
    shown, coded = np.zeros(len(DISFA_AUS)), []
    for au in aus:
        grade = int(rng.integers(3, 6))
        shown[DISFA_AUS.index(au)] = grade
        coded.append((au, 0 if rng.random() < UNGRADED else grade))
    if rng.random() < TRACE:
        au = int(rng.choice([au for au in DISFA_AUS if au not in aus]))
        grade = int(rng.integers(1, 3))
        shown[DISFA_AUS.index(au)] = grade
        coded.append((au, grade))
    return shown, tuple(sorted(coded))


def onset(frames):
    """How far the pose has come, float [frames], from 0 in the first frame to 1 in the last."""
    t = np.clip(np.arange(frames) / (frames - 1) * 1.15 - 0.10, 0, 1)  # ours: a moment of rest first
    return t * t * (3 - 2 * t)


def time_code(picture, frame):
    """Burn the recorder's clock into the lower rim of `picture`, in place."""
    cv2.rectangle(picture, (20, picture.shape[0] - 34), (190, picture.shape[0] - 10), (0, 0, 0), -1)
    text = f"00:{frame // 1800 % 60:02d}:{frame // 30 % 60:02d}:{frame % 30:02d}"
    at = 26, picture.shape[0] - 16
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_DUPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)


def draw_sequence(identity, shown, color, rng):
    """Yield the frames of one sequence, uint8 [490, 640] or [480, 640, 3], from neutral to `shown` float [12]."""
    frames = int(rng.integers(FEWEST, MOST + 1))
    camera, style = (COLOR, COLOR_STYLE) if color else (GRAY, GRAY_STYLE)
    clock = int(rng.integers(50000))
    states = zip(onset(frames), poses(frames, rng, STILL), lights(frames, rng))
    for k, (strength, pose, light) in enumerate(states):
        light = Light(1 + 0.4 * (light.level - 1), 0.5 * light.x, 0.5 * light.y + FROM_ABOVE)
        pose = pose._replace(gaze_x=0.3 * pose.gaze_x, gaze_y=0.3 * pose.gaze_y, blink=0.0)
        picture = develop(draw(identity, strength * shown, pose, light, camera, rng), style)
        if not color:
            time_code(picture, clock + k)
        yield picture


def write_subject(root, subject, settings):
    """Draw one subject; all of it follows from its id and from `settings` sequences and seed."""
    rng = np.random.default_rng([settings["seed"], subject, STREAM])
    identity, color = with_dark_hair(random_identity(rng)), SUBJECTS.index(subject) % 4 == 3
    acted = repertoire(settings["sequences"], rng)
    label_folder, image_folder = folders(root, subject, settings["variant"])
    with atomic(label_folder, holds=ANY) as labels, atomic(image_folder, holds=ANY) as images:
        for take, aus in enumerate(acted, 1):
            shown, coded = peak(aus, rng)
            (images / f"{take:03d}").mkdir(parents=True)
            for number, picture in enumerate(draw_sequence(identity, shown, color, rng), 1):
                stem = f"S{subject:03d}_{take:03d}_{number:08d}"
                write_image(images / f"{take:03d}" / f"{stem}.png", picture)
            (labels / f"{take:03d}").mkdir(parents=True)
            rows = [f"   {au:.7e}   {grade:.7e}\n" for au, grade in coded]
            (labels / f"{take:03d}" / f"{stem}_facs.txt").write_text("".join(rows))
        if settings["variant"] == "zips":
            (images / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")


LAYOUT = Layout(name="CK+", subjects=SUBJECTS, variants=tuple(VARIANTS), paths=folders, draw=write_subject)


def write_ckplus(root, subjects, seed, jobs=None, variant=None, sequences=6):
    """Write the first `subjects` ids with `sequences` posed expressions each under `root`, in `jobs` processes."""
    write_tree(root, LAYOUT, subjects, variant, jobs, sequences=sequences, seed=seed)


@one_clear_error
def main(argv=None):
    parser = arguments(__doc__, LAYOUT, subjects=12)
    parser.add_argument("--sequences", type=int, default=6, help="expressions per subject (default %(default)s)")
    args = parser.parse_args(argv)
    write_ckplus(args.out, args.subjects, args.seed, args.jobs, args.variant, args.sequences)


if __name__ == "__main__":
    main()
