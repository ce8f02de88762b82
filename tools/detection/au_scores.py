"""From a person's face crops to log-odds of each AU, with a bundle: the steps of a fold, by onnxruntime.

The net sees the difference from the person's mean face (paper: Sec. V). Where that mean comes from is a choice:

  video    all frames of this face in this input, as the paper does; a second pass over the crops
  running  the frames so far, for cameras; the first seconds are unreliable
  neutral  a picture or video of the person at rest, given as a file
  none     the average face of the training subjects: the least accurate, but all there is for a single picture
"""

import numpy as np

from data_prep.subjects.normalize import to_bytes
from tools.statistics.quadratic import log_odds

MODES = ("video", "running", "neutral", "none")
BATCH = 64  # ours: crops of a forward pass


def mean_faces(crops, mode, bundle, neutral=None):
    """What to subtract from crops uint8 [n, S, S]: float32 [S, S] or, for "running", [n, S, S]."""
    if mode == "none":
        return bundle.face
    if mode == "neutral":
        return neutral
    if mode == "video":
        return crops.mean(axis=0, dtype=np.float64).astype(np.float32)
    count = np.arange(1, len(crops) + 1)[:, None, None]
    return (np.cumsum(crops, axis=0, dtype=np.float64) / count).astype(np.float32)


def au_scores(bundle, crops, mode, neutral=None, batch=BATCH):
    """float64 [n, C] log-odds of the bundle's AUs for one person's crops uint8 [n, S, S], `batch` at a time."""
    feature = features(bundle, crops - mean_faces(crops, mode, bundle, neutral), batch)
    return np.stack([log_odds(bundle.quadratics[au], feature) for au in bundle.facts["aus"]], axis=1)


def features(bundle, difference, batch=BATCH):
    """float32 [n, K]: what the classifiers see of differences float32 [n, S, S] from a mean face."""
    pixels = to_bytes(difference, bundle.mean)[:, None]
    return np.concatenate([bundle.features(pixels[start : start + batch]) for start in range(0, len(pixels), batch)])
