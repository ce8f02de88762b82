"""Which blobs a loss sees through a softmax."""

import numpy as np
import pytest

from layers.multilabel_softmax import multilabel_softmax
from tests.conftest import NET
from tools.net.loss import ignores_shift
from tools.net.prototxt import load_net


@pytest.fixture
def disfa():
    return load_net(NET)


def test_the_multi_label_softmax_sees_the_last_layer_but_for_a_shift_and_the_one_before_as_it_is(disfa):
    assert ignores_shift(disfa, "fc2") and not ignores_shift(disfa, "fc1") and not ignores_shift(disfa, "data")


def test_its_gradient_sums_to_zero_over_the_labels_of_a_frame_known_or_not():
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(0, 3, (50, 13)), rng.integers(-1, 2, (50, 13))
    for normalize in (False, True):
        loss, gradient = multilabel_softmax(scores, labels, normalize)
        assert np.abs(gradient.sum(axis=1)).max() < 1e-15 < np.abs(gradient).max()
        assert multilabel_softmax(scores + 5, labels, normalize)[0] == pytest.approx(loss, rel=1e-12)


def test_a_loss_that_is_no_softmax_or_a_second_reader_sees_all(disfa):
    (loss,) = (layer for layer in disfa.layer if layer.type == "Python")
    extra = disfa.layer.add(name="second", type="Power", bottom=["fc2"], top=["power"])
    assert not ignores_shift(disfa, "fc2")
    extra.type = "Accuracy"
    assert ignores_shift(disfa, "fc2")
    loss.python_param.layer = "AnotherLayer"
    assert not ignores_shift(disfa, "fc2")
    loss.type = "SigmoidCrossEntropyLoss"
    assert not ignores_shift(disfa, "fc2")
    loss.type = "SoftmaxWithLoss"
    assert ignores_shift(disfa, "fc2")
