"""From a person's face crops to log-odds of each AU, with a bundle: the steps of a fold, by onnxruntime.

The net sees the difference from the person's mean face (paper: Sec. V). Where that mean comes from is a choice:

  video    all frames of this face in this input, as the paper does; a second pass over the crops
  running  the frames so far, for cameras; the first seconds are unreliable
  neutral  a picture or video of the person at rest, given as a file
  none     the average face of the training subjects: the least accurate, but all there is for a single picture
"""

import numpy as np

from data_prep.subjects.normalize import to_bytes

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


def au_scores(bundle, crops, mode, neutral=None, batch=BATCH, shapes=None):
    """float64 [n, C] scores of the bundle's AUs for one person's crops uint8 [n, S, S], `batch` at a time.

    shapes  float32 [n, 478, 2] of the same faces, for a bundle whose stage keeps them; None for others
    """
    if bundle.sees_mean_face:
        return bundle.scores(features(bundle, crops - mean_faces(crops, mode, bundle, neutral), batch))
    return bundle.scores(mirrored_features(bundle, crops, batch), shapes)


def mirrored_features(bundle, crops, batch=BATCH):
    """float64 [n, K]: the mean of the features of crops uint8 [n, S, S] and of those mirrored, so that left and right
    count alike."""
    both = [features(bundle, each.astype(np.float32), batch) for each in (crops, crops[:, :, ::-1])]
    return np.mean(both, axis=0, dtype=np.float64)


def features(bundle, difference, batch=BATCH):
    """float32 [n, K]: what the classifiers see of differences float32 [n, S, S] from a mean face."""
    pixels = to_bytes(difference, bundle.mean)[:, None]
    return np.concatenate([bundle.features(pixels[start : start + batch]) for start in range(0, len(pixels), batch)])
