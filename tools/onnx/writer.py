"""A trained Caffe net as an ONNX model, which computes what Caffe's TEST phase does and runs without Caffe.

Axis 0 of every blob is that of the images; how many there are is open, and all other sizes are those of the prototxt.
"""

from collections import Counter
from functools import partial

import numpy as np
import onnx
from onnx import TensorProto, helper

from data_prep.system.code import project_version
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.fields import fail
from tools.net.layers import LAYERS
from tools.net.prototxt import clone
from tools.net.shapes import infer_shapes
from tools.onnx.graph import Blob, Graph
from tools.onnx.layers import FORMS
from tools.onnx.limits import check_layer

OPSET = 13  # ours: the oldest whose Softmax is along one axis, as Caffe's; older runtimes, in browsers too, read it
IR_VERSION = 7  # ours: the one that came with it; onnxruntime reads it since 1.6
PRODUCER = "facial-aus"  # the project's name in pyproject.toml
IMAGES = "n"  # name of the open axis


def to_onnx(net, weights, blobs, metadata):
    """The onnx.ModelProto that computes `blobs` of a net. The same arguments give the same bytes.

    net       NetParameter as of a deploy.prototxt: Input layers and what is computed at test, no Data, no loss
    weights   {layer name: [float32 arrays]} in Caffe's order and of Caffe's shapes
    blobs     names of the blobs that become the outputs, [n, ...]; of one that in-place layers change, its last value
    metadata  {str: str}, kept in the model's metadata_props

    Inputs are called like the tops of the Input layers, outputs like their blobs.
    Raises InputError naming the layer that ONNX cannot follow here, or whose weights do not fit.
    """
    net = needed(net, blobs)
    infer_shapes(net, caffe_pb2.TEST, {})  # raises InputError for layers that do not fit each other
    graph = Graph(taken=[top for layer in net.layer for top in layer.top])
    values = {}  # {blob: Blob}, the last value so far
    for layer in net.layer:
        bottoms = [values[name] for name in layer.bottom]
        shapes = [blob.shape for blob in bottoms]
        check_layer(layer, shapes)
        arrays = fitting(layer, shapes, weights)
        tops = FORMS[layer.type](layer, arrays, bottoms, partial(graph.write, layer.name))
        values.update(zip(layer.top, map(Blob, tops, LAYERS[layer.type].shapes(layer, shapes))))
    inputs = input_blobs(net)
    give_names(graph, net, values, inputs, blobs)
    parts = helper.make_graph(
        graph.nodes,
        net.name or "net",
        inputs=[described(blob) for blob in inputs],
        outputs=[described(values[name]._replace(name=name)) for name in dict.fromkeys(blobs)],
        initializer=graph.constants,
    )
    model = helper.make_model(
        parts,
        producer_name=PRODUCER,
        producer_version=project_version(),
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    helper.set_model_props(model, dict(sorted(metadata.items())))
    onnx.checker.check_model(model, full_check=True)
    return model


def needed(net, blobs):
    """A copy of `net` with the layers that `blobs` depend on, and no others: a model with less to compute, and one that
    can be written although a layer behind those blobs cannot."""
    wanted, layers = set(blobs), []
    for layer in reversed(net.layer):
        if wanted.intersection(layer.top):
            layers.insert(0, layer)
            wanted = wanted.difference(layer.top).union(layer.bottom)
    unknown = [name for name in blobs if not any(name in layer.top for layer in layers)]
    if unknown or not blobs:
        known = ", ".join(dict.fromkeys(top for layer in net.layer for top in layer.top))
        raise InputError(f"net {net.name!r}: no blob {', '.join(unknown) or 'is asked for'}; there are: {known}")
    counts = Counter(layer.name for layer in layers)
    for layer in layers:
        if counts[layer.name] > 1:
            fail(layer, "another layer has this name too; weights are kept by name")
    copy = clone(net)
    del copy.layer[:]
    copy.layer.extend(layers)
    return copy


def fitting(layer, shapes, weights):
    """The float32 arrays of a layer, whose bottoms have `shapes`. Raises InputError if they are not what it needs."""
    wanted = [tuple(blob.shape) for blob in LAYERS[layer.type].weights(layer, shapes)]
    if wanted and layer.name not in weights:
        fail(layer, f"no weights for it; there are some for: {', '.join(weights) or 'no layer'}")
    arrays = [np.asarray(array, np.float32) for array in weights.get(layer.name, ())]
    given = [array.shape for array in arrays]
    if given != wanted:
        fail(layer, f"weights of shapes {given} do not fit; the net wants {wanted}")
    return arrays


def input_blobs(net):
    """The Blobs of the Input layers. Raises InputError unless all have the same number of images."""
    blobs = []
    for layer in net.layer:
        if layer.type == "Input":
            blobs += [Blob(name, tuple(shape.dim)) for name, shape in zip(layer.top, layer.input_param.shape)]
            if blobs[-1].shape[0] != blobs[0].shape[0]:
                fail(layer, f"has {blobs[-1].shape[0]} images, but {blobs[0].name!r} has {blobs[0].shape[0]}")
    return blobs


def give_names(graph, net, values, inputs, blobs):
    """Name the last value of each blob like the blob, that of an output in any case; an Input's first value has its
    name already."""
    inputs, names = {blob.name for blob in inputs}, {}
    for blob in dict.fromkeys([*blobs, *values]):
        value = values[blob].name
        if blob in inputs:
            if value != blob and blob in blobs:
                layer = [layer for layer in net.layer if blob in layer.top][-1]
                fail(
                    layer, f"changes the input {blob!r} in place, so it cannot be an output; give its top another name"
                )
            continue
        if value not in names and value not in inputs:
            names[value] = blob
        elif names.get(value) != blob and blob in blobs:  # the value of another blob, as behind Dropout
            names[graph.write(blob, "Identity", value)] = blob
    graph.rename(names)


def described(blob):
    return helper.make_tensor_value_info(blob.name, TensorProto.FLOAT, [IMAGES, *blob.shape[1:]])
