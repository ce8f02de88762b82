"""The multi-label softmax loss as a Caffe layer (paper: Sec. IV, Eq. 1 and 2). Python 3.6 syntax."""

import json

import caffe
import numpy as np

from layers.multilabel_softmax import multilabel_softmax

OPTIONS = {"normalize_positives": False}


class MultilabelSoftmaxLossLayer(caffe.Layer):
    """Eq. 1: cross-entropy of one softmax over C labels against a 0/1 vector.

    bottom[0]  scores f  [N, C]          real
    bottom[1]  labels y  [N, C (,1,1)]   1 present, 0 absent, negative unknown (left out of sum and softmax)
    top[0]     loss J    scalar          nats, mean over the N images
    param_str  JSON, e.g. '{"normalize_positives": true}': divide each image's term by its number of present
               labels (Gong et al. 2013); default false, Eq. 1 as printed
    An image with no present label adds nothing to J, hence the neutral label.
    The prototxt must set loss_weight: a Python layer gets none by itself, and without it nothing trains and
    nothing says so.
    """

    def setup(self, bottom, top):
        if len(bottom) != 2 or len(top) != 1:
            raise ValueError("MultilabelSoftmaxLoss takes two bottoms (scores, labels) and one top (loss)")
        options = json.loads(self.param_str) if self.param_str else {}
        unknown = sorted(set(options) - set(OPTIONS))
        if unknown:
            raise ValueError(
                "MultilabelSoftmaxLoss: param_str has unknown key %r; known: %s" % (unknown[0], ", ".join(OPTIONS))
            )
        self.normalize_positives = bool(options.get("normalize_positives", OPTIONS["normalize_positives"]))

    def reshape(self, bottom, top):
        if bottom[0].count != bottom[1].count or bottom[0].num != bottom[1].num:
            raise ValueError(
                "MultilabelSoftmaxLoss: scores %s and labels %s do not match; fc2's num_output must be the number "
                "of labels" % (list(bottom[0].data.shape), list(bottom[1].data.shape))
            )
        top[0].reshape(1)

    def forward(self, bottom, top):
        scores = bottom[0].data
        loss, self.gradient = multilabel_softmax(
            scores.reshape(len(scores), -1), bottom[1].data.reshape(len(scores), -1), self.normalize_positives
        )
        top[0].data[0] = loss

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            raise ValueError("MultilabelSoftmaxLoss has no gradient with respect to its labels")
        if propagate_down[0]:
            # top.diff is the layer's loss_weight
            bottom[0].diff[...] = np.reshape(top[0].diff[0] * self.gradient, bottom[0].data.shape)
