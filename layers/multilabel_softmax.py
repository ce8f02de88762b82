"""The arithmetic of the multi-label softmax loss (paper: Eq. 1 and 2), in plain NumPy.

Runs under the Caffe interpreter (CPython 3.6 or newer) and under main Python alike.
"""

import numpy as np


def multilabel_softmax(scores, labels, normalize_positives=False):
    """Loss and gradient of Eq. 1 for a batch.

    scores  f  [N, C] real, float32 or float64 (the result has the same dtype)
    labels  y  [N, C] 1 present, 0 absent, negative unknown
    Returns (J, dJ/df [N, C]): J in nats, a mean over all N images.

    An unknown label is left out of the sum of Eq. 1 and of the softmax of Eq. 2; its gradient is 0. An image with
    no present label adds nothing to J and has gradient 0.
    normalize_positives divides each image's term by its number of present labels (Gong et al. 2013, the paper's
    reference [22]); Eq. 1 as printed does not.
    """
    known = labels >= 0
    present = np.where(known, labels, 0).astype(scores.dtype)
    if normalize_positives:
        present = present / np.maximum(present.sum(axis=1, keepdims=True), 1)
    # Eq. 2 by log-sum-exp. A row without a known label has no present one either: any finite maximum will do.
    peak = np.max(np.where(known, scores, -np.inf), axis=1, keepdims=True)
    shifted = np.where(known, scores - np.where(np.isneginf(peak), 0, peak), -np.inf)
    exp = np.exp(shifted)
    total = exp.sum(axis=1, keepdims=True)
    total = np.where(total == 0, 1, total)
    log_p = np.where(known, shifted - np.log(total), 0)
    n = scores.dtype.type(len(scores))
    loss = -(present * log_p).sum() / n
    gradient = (exp / total * present.sum(axis=1, keepdims=True) - present) / n
    return loss, gradient
