"""Nets under real Caffe, all in one process; runs in Caffe's interpreter: `python -m tests.zoo.under_caffe FOLDER`.

FOLDER/names.json        names of nets
FOLDER/<name>.prototxt   a net with Input layers
FOLDER/<name>_in.npz     what they are given
FOLDER/<name>.caffemodel is written: its weights; none is left as its filler made it, nor statistics at 0
FOLDER/<name>_out.npz    is written: test/<blob>, train/<blob>, grad/<layer>/<number> of weights; loss: in training;
                         values: how many numbers the weights are, shared ones once
"""

import json
import os
import sys

os.environ.setdefault("GLOG_minloglevel", "2")

import caffe
import numpy as np

NOISE = 0.05  # added to all weights, so that no bias is 0 and no slope that of its filler
FACTOR = 3  # of BatchNorm: its stored sums are divided by it


def move_weights(net, rng):
    for layer in net.layers:
        for number, blob in enumerate(layer.blobs):
            if layer.type != "BatchNorm":
                blob.data[...] += rng.normal(0, NOISE, blob.data.shape)
            elif number < 2:
                blob.data[...] = FACTOR * rng.uniform(0.3, 1.5, blob.data.shape)
            else:
                blob.data[...] = FACTOR


def memory(blob):
    return blob.data.__array_interface__["data"][0]


def run(folder, name):
    path, weights = os.path.join(folder, name + ".prototxt"), os.path.join(folder, name + ".caffemodel")
    given, out = np.load(os.path.join(folder, name + "_in.npz")), {}
    caffe.set_random_seed(1)
    for phase, word in ((caffe.TRAIN, "train"), (caffe.TEST, "test")):
        net = caffe.Net(path, phase, level=int(given["level"]))
        if phase == caffe.TRAIN:
            move_weights(net, np.random.RandomState(0))
            net.save(weights)
        else:
            net.copy_from(weights)
        for key in net.inputs:
            net.blobs[key].data[...] = given[key]
        net.forward()
        for key, blob in net.blobs.items():
            if "_split_" not in key:
                out[word + "/" + key] = blob.data.copy()
        if phase == caffe.TRAIN:
            weights_of_blobs = net.blob_loss_weights.items()
            out["loss"] = sum(weight * net.blobs[key].data.sum() for key, weight in weights_of_blobs if weight)
            net.clear_param_diffs()
            net.backward()
            for layer, blobs in net.params.items():
                for number, blob in enumerate(blobs):
                    out[f"grad/{layer}/{number}"] = blob.diff.copy()
        else:
            sizes = {memory(blob): blob.count for blobs in net.params.values() for blob in blobs}
            out["values"] = sum(sizes.values())
    np.savez(os.path.join(folder, name + "_out.npz"), **out)


if __name__ == "__main__":
    folder = sys.argv[1]
    with open(os.path.join(folder, "names.json")) as file:
        names = json.load(file)
    for name in names:
        print(name, flush=True)  # the last one is the net that Caffe aborts on
        run(folder, name)
