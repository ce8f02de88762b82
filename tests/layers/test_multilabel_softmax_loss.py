"""The Caffe layer, through real Caffe."""

import numpy as np
import pytest

from layers.multilabel_softmax import multilabel_softmax

NET = """
layer {{ name: "in" type: "Input" top: "x" top: "label" input_param {{ shape {{ dim: 5 dim: 6 }}
         shape {{ dim: 5 dim: {labels} dim: 1 dim: 1 }} }} }}
layer {{ name: "fc" type: "InnerProduct" bottom: "x" top: "f" inner_product_param {{ num_output: 4
         weight_filler {{ type: "gaussian" std: 1 }} }} }}
layer {{ name: "loss" type: "Python" bottom: "f" bottom: "label" top: "J" loss_weight: {weight}
         python_param {{ module: "layers.multilabel_softmax_loss" layer: "MultilabelSoftmaxLossLayer"
         param_str: '{param_str}' }} }}
"""
RUN = """
    caffe.set_random_seed(1)
    try:
        net = caffe.Net(given['net'], caffe.TRAIN)
        net.blobs['x'].data[...] = given['x']
        net.blobs['label'].data[...] = np.reshape(given['label'], net.blobs['label'].data.shape)
        net.forward(); net.backward()
        answer.update(J=float(net.blobs['J'].data[0]), f=net.blobs['f'].data.tolist(),
                      df=net.blobs['f'].diff.tolist(), dW=net.params['fc'][0].diff.tolist())
        W = net.params['fc'][0].data
        numeric = np.zeros_like(W)
        for index in np.ndindex(*W.shape):
            for sign in (1, -1):
                W[index] += sign * 1e-2
                net.forward()
                numeric[index] += sign * net.blobs['J'].data[0] / 2e-2 * given['weight']
                W[index] -= sign * 1e-2
        answer['numeric'] = numeric.tolist()
    except ValueError as error:
        answer['error'] = str(error)
"""


@pytest.fixture
def layer(caffe, tmp_path):
    rng = np.random.default_rng(0)
    values = {"x": rng.standard_normal((5, 6)).tolist(), "label": rng.integers(-1, 2, (5, 4)).tolist()}

    def run(weight=1, param_str="", labels=4):
        path = tmp_path / "net.prototxt"
        path.write_text(NET.format(weight=weight, param_str=param_str, labels=labels))
        if labels != 4:
            values["label"] = np.zeros((5, labels)).tolist()
        return caffe(RUN, net=str(path), weight=weight, **values), np.array(values["label"])

    return run


@pytest.mark.parametrize("weight, param_str", [(1, ""), (0.25, '{"normalize_positives": true}')])
def test_real_caffe_computes_eq_1_and_its_gradient(layer, weight, param_str):
    answer, labels = layer(weight, param_str)
    loss, gradient = multilabel_softmax(np.array(answer["f"]), labels, bool(param_str))
    assert answer["J"] == pytest.approx(loss, rel=1e-5)
    assert np.array(answer["df"]) == pytest.approx(weight * gradient, abs=1e-6)
    assert np.array(answer["dW"]) == pytest.approx(np.array(answer["numeric"]), abs=1e-3)
    assert np.abs(answer["dW"]).max() > 0.05


def test_scores_and_labels_of_different_width_are_an_error(layer):
    assert "num_output must be the number of labels" in layer(labels=3)[0]["error"]


def test_a_misspelt_option_is_an_error_that_names_it(layer):
    assert "'normalise'" in layer(param_str='{"normalise": true}')[0]["error"]
