"""Caffe's losses and its accuracy as PyTorch functions, for several nets at once: one number for each net, [F].

Blobs are as in tools/engines/torch/blobs.py: scores [N, F, ...] with Caffe's axes from channels on, labels [N, F, ...].
"""

import math

import torch
from torch.nn import functional

from tools.engines.torch.blobs import axis_in
from tools.engines.torch.checks import loss_options

LOG_FLT_MIN = math.log(1.17549435e-38)


def over_images(term):
    """The sum of a term [N, F, ...] for each net, [F]."""
    return term.transpose(0, 1).flatten(1).sum(1)


def divisor(layer, valid, images, default):
    """What a loss is divided by, [F]; `valid` bool [N, F, ...] labels that are not ignored."""
    p = layer.loss_param
    mode = p.normalization if p.HasField("normalization") else default
    if not p.HasField("normalization") and p.HasField("normalize"):
        mode = p.VALID if p.normalize else p.BATCH_SIZE
    if mode == p.NONE:
        return 1
    if mode == p.BATCH_SIZE:
        return images
    counted = valid if mode == p.VALID else torch.ones_like(valid)
    return over_images(counted.float()).clamp(min=1)


def classes(scores, label, axis, p):
    """(class numbers int64, 0 where ignored; bool, whether counted) of the shape of `scores` but for its `axis`."""
    label = label.reshape([size for k, size in enumerate(scores.shape) if k != axis]).long()
    valid = label != p.ignore_label if p.HasField("ignore_label") else torch.ones_like(label, dtype=bool)
    return torch.where(valid, label, 0), valid


def softmax_loss(layer, weights, bottoms, _):
    """A probability below FLT_MIN counts as FLT_MIN in the loss, but not in its gradient."""
    scores, axis = bottoms[0], axis_in(layer, bottoms[0])
    label, valid = classes(scores, bottoms[1], axis, layer.loss_param)
    log_p = scores.log_softmax(axis).gather(axis, label.unsqueeze(axis)).squeeze(axis)
    log_p = log_p + (log_p.clamp(min=LOG_FLT_MIN) - log_p).detach()
    outer = scores.shape[0] * math.prod(scores.shape[2:axis])  # what Caffe takes for the number of images
    return [over_images(-log_p * valid) / divisor(layer, valid, outer, layer.loss_param.VALID)]


def sigmoid_loss(layer, weights, bottoms, _):
    scores, target = bottoms[0], bottoms[1].reshape(bottoms[0].shape)
    ignored = layer.loss_param.HasField("ignore_label")
    valid = target.int() != layer.loss_param.ignore_label if ignored else torch.ones_like(target, dtype=bool)
    term = functional.binary_cross_entropy_with_logits(scores, target, reduction="none") * valid
    return [over_images(term) / divisor(layer, valid, scores.shape[0], layer.loss_param.BATCH_SIZE)]


def euclidean_loss(layer, weights, bottoms, _):
    difference = bottoms[0] - bottoms[1].reshape(bottoms[0].shape)
    return [over_images(difference * difference) / (2 * len(difference))]


def accuracy(layer, weights, bottoms, _):
    """A class whose score is that of the right class counts as ranked before it."""
    p, scores = layer.accuracy_param, bottoms[0]
    axis = axis_in(layer, scores)
    label, valid = classes(scores, bottoms[1], axis, p)
    hit = (scores >= scores.gather(axis, label.unsqueeze(axis))).sum(axis) <= p.top_k
    return [over_images((hit & valid).float()) / over_images(valid.float()).clamp(min=1)]


def multilabel_softmax_loss(layer, weights, bottoms, _):
    """layers/multilabel_softmax.py, Eq. 1 and 2."""
    scores, labels = (bottom.reshape(*bottom.shape[:2], -1) for bottom in bottoms)
    known = labels >= 0
    present = torch.where(known, labels, 0).to(scores.dtype)
    if loss_options(layer).get("normalize_positives"):
        present = present / present.sum(2, keepdim=True).clamp(min=1)
    masked = scores.masked_fill(~known, -torch.inf)
    any_known = known.any(2, keepdim=True)
    log_p = (masked - torch.where(any_known, masked, 0).logsumexp(2, keepdim=True)).masked_fill(~known, 0)
    return [-over_images(present * log_p) / len(scores)]
