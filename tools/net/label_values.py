"""Labels that a loss cannot take, found in the label LMDBs before training: Caffe would compute with them all the same.

The labels of a loss are followed back to the values of an LMDB's records through the layers that only rearrange them:
Slice, Flatten, Reshape, Concat. Past any other layer, and where the Data layer changes values, they are not checked.
"""

from dataclasses import dataclass

import numpy as np

from data_prep.subjects.lmdb_pair import read_lmdb
from prototxt import caffe_pb2
from tools.net.fields import axis_of, fail

UNKNOWN = -1  # of a label, as data_prep/subjects/lmdb_pair.py writes it
UNTOUCHED = caffe_pb2.TransformationParameter()


@dataclass(frozen=True)  # not a tuple: NumPy would take one apart
class Place:
    """Where a label comes from: an LMDB, and the number of the value in its records."""

    source: str
    number: int


def check_labels(layers, shapes):
    """Raise InputError naming the loss, the LMDB and the first label in it that the loss cannot take.

    layers  [(LayerParameter, shapes of its bottoms)] of one phase, in order
    shapes  {blob: shape}
    """
    places = {}  # {blob: object array of Places, of the shape of one image's part of the blob}
    for layer, bottoms in layers:
        if layer.type in RULES and layer.bottom[1] in places:
            RULES[layer.type](layer, bottoms, list(places[layer.bottom[1]].flat))
        tops = rearranged(layer, places, shapes) or [None] * len(layer.top)
        for top, placed in zip(layer.top, tops):
            places.pop(top, None)
            if placed is not None:
                places[top] = placed


def rearranged(layer, places, shapes):
    """The Places of each top of a layer, or None where its tops are not labels as they stand in an LMDB."""
    tops = [shapes[top] for top in layer.top]
    if layer.type == "Data" and layer.transform_param == UNTOUCHED:
        return [all_places(layer.data_param.source, tops[0][1:])]
    if not layer.bottom or not all(bottom in places for bottom in layer.bottom):
        return None
    bottoms = [places[bottom] for bottom in layer.bottom]
    before = [shapes[bottom] for bottom in layer.bottom]
    if layer.type in ("Flatten", "Reshape") and tops[0][0] == before[0][0]:
        return [bottoms[0].reshape(tops[0][1:])]
    axis = axis_of(layer, len(before[0])) if layer.type in ("Concat", "Slice") else 0
    if layer.type == "Concat" and axis:
        return [np.concatenate(bottoms, axis - 1)]
    if layer.type == "Slice" and axis:
        return np.split(bottoms[0], np.cumsum([top[axis] for top in tops])[:-1], axis - 1)
    return None


def all_places(source, shape):
    places = np.empty(shape, object)
    places.flat = [Place(source, number) for number in range(places.size)]
    return places


def softmax_loss(layer, bottoms, places):
    p = layer.accuracy_param if layer.type == "Accuracy" else layer.loss_param
    name = "accuracy_param" if layer.type == "Accuracy" else "loss_param"
    classes = bottoms[0][axis_of(layer, len(bottoms[0]))]

    def is_wrong(values):
        is_class = (values == np.trunc(values)) & (values >= 0) & (values < classes)
        return ~is_class & ~ignored(p, values)

    check_values(
        layer,
        places,
        is_wrong,
        unknown=f"set {name} {{ ignore_label: {UNKNOWN} }}",
        wrong=f"the scores have {classes} classes, numbered from 0: correct the labels, or the layer that makes "
        f"{layer.bottom[0]!r}",
    )


def sigmoid_loss(layer, bottoms, places):
    def is_wrong(values):
        return ~((values >= 0) & (values <= 1)) & ~ignored(layer.loss_param, values)

    check_values(
        layer,
        places,
        is_wrong,
        unknown=f"set loss_param {{ ignore_label: {UNKNOWN} }}",
        wrong="a target is a probability, from 0 to 1: correct the labels",
    )


def euclidean_loss(layer, bottoms, places):
    """-1 is a number like any other where the labels have other values than 0, 1 and unknown."""
    if all(np.isin(values, (UNKNOWN, 0, 1)).all() for *_, values in records(places)):
        check_values(
            layer,
            places,
            is_wrong=lambda values: values == UNKNOWN,
            unknown=f"{layer.type} has no ignore_label and would learn it as a number: use SigmoidCrossEntropyLoss "
            f"with loss_param {{ ignore_label: {UNKNOWN} }}, or the Python layer of layers/multilabel_softmax_loss.py; "
            "if it is meant as a number, pass the labels through a Power layer",
        )


RULES = {
    "SoftmaxWithLoss": softmax_loss,
    "Accuracy": softmax_loss,
    "SigmoidCrossEntropyLoss": sigmoid_loss,
    "EuclideanLoss": euclidean_loss,
}


def ignored(p, values):
    """Which values a loss leaves out; it compares them without what follows the decimal point."""
    return (np.trunc(values) == p.ignore_label) if p.HasField("ignore_label") else np.zeros(values.shape, bool)


def check_values(layer, places, is_wrong, unknown, wrong=""):
    """Raise InputError at the first label for which `is_wrong` (values -> bool) is true.

    `unknown`, `wrong`: the remedy where it is UNKNOWN, and where it is another number.
    """
    for source, key, numbers, values in records(places):
        for number, value in zip(numbers[is_wrong(values)], values[is_wrong(values)]):
            if value == UNKNOWN:
                fail(layer, f"label {number} of record {key} in {source} is {UNKNOWN}, unknown; {unknown}")
            fail(layer, f"label {number} of record {key} in {source} is {value:g}; {wrong}")


def records(places):
    """Yield (LMDB, key of the record, numbers of the values, these values) for each record of the LMDBs of `places`."""
    for source in dict.fromkeys(place.source for place in places):
        numbers = np.array(sorted({place.number for place in places if place.source == source}))
        for key, datum in read_lmdb(source):
            values = np.frombuffer(datum.data, np.uint8) if datum.data else np.array(datum.float_data)
            yield source, key.decode(errors="replace"), numbers, values[numbers].astype(np.float64)
