"""How the nets of the zoo are written: prototxt, with functions for the lines that every net has.

Data are images of 1 x 16 x 16 and, of each, LABELS labels of 0 or 1, as `write_lmdb_pair` writes them.
"""

from typing import NamedTuple

LABELS = 5  # AUs and neutral
CROP = 16


class ZooNet(NamedTuple):
    """A net between its data and the loss.

    body     prototxt of its layers, which begin at "data"
    loss     prototxt of the layers that need "label"
    unknown  some labels are -1
    feature  the blob that is compared and that classifiers see
    state    prototxt of the net's own fields, such as `state { stage: "a" }`
    image    the transform_param of its images, `train` more of it in training
    refused  {engine: what its error says, a pattern with the layer and the field that it cannot follow}. "caffe" cannot
             train the net, but run it; "torch" and "onnx" can do neither; "all": it is refused before any is asked
    """

    body: str
    loss: str = ""
    unknown: bool = False
    feature: str = "fc"
    state: str = ""
    image: str = "crop_size: 16 mean_value: 128 scale: 0.0078431373"
    train: str = ""
    refused: dict = {}

    def text(self):
        """The train_val.prototxt."""
        phases = [("", "")] if not self.train else [(self.train, "TRAIN"), ("", "TEST")]
        data = [images(f"{self.image} {more}", phase) for more, phase in phases]
        return "\n".join([self.state, *data, layer("Data", "label", "", DB), self.body, self.loss or multilabel()])


DB = 'data_param { source: "lmdb" backend: LMDB batch_size: 6 }'


def layer(kind, name, bottoms, options="", tops=None):
    """A layer; several bottoms or tops are names apart by blanks. Its top has its name if `tops` does not say other."""
    bottoms = "".join(f'bottom: "{bottom}" ' for bottom in bottoms.split())
    tops = "".join(f'top: "{top}" ' for top in (name if tops is None else tops).split())
    return f'layer {{ name: "{name}" type: "{kind}" {bottoms}{tops}{options} }}\n'


def images(transform, phase):
    rule = f"include {{ phase: {phase} }}" if phase else ""
    return layer("Data", "data", "", f"transform_param {{ {transform} }} {DB} {rule}")


def conv(name, bottom, outputs=6, options="kernel_size: 3", more=""):
    return layer("Convolution", name, bottom, f"convolution_param {{ num_output: {outputs} {options} }} {more}")


def fc(name, bottom, outputs=LABELS, options="", more=""):
    return layer("InnerProduct", name, bottom, f"inner_product_param {{ num_output: {outputs} {options} }} {more}")


def relu(blob):
    """In place."""
    return layer("ReLU", f"relu_{blob}", blob, tops=blob)


def max_pool(name, bottom):
    return layer("Pooling", name, bottom, "pooling_param { kernel_size: 2 stride: 2 }")


def multilabel(bottoms="fc label", options="", name="loss"):
    """The project's own loss, which is a Python layer."""
    python = f'module: "layers.multilabel_softmax_loss" layer: "MultilabelSoftmaxLossLayer" {options}'
    return layer("Python", name, bottoms, f"loss_weight: 1 python_param {{ {python} }}")


def after_conv(kind, options="", **fields):
    """A net of one convolution with the layer "tested" behind it."""
    return ZooNet(conv("conv1", "data") + layer(kind, "tested", "conv1", options) + fc("fc", "tested"), **fields)


def after_relu(kind, options="", **fields):
    """A net of one convolution and ReLU with the layer "tested" behind them."""
    body = conv("conv1", "data") + relu("conv1") + layer(kind, "tested", "conv1", options) + fc("fc", "tested")
    return ZooNet(body, **fields)


def after_fc(kind, options="", **fields):
    """A net of a convolution and a fully connected layer with the layer "tested" behind them."""
    body = conv("conv1", "data") + relu("conv1") + fc("fc1", "conv1", 8)
    return ZooNet(body + layer(kind, "tested", "fc1", options) + fc("fc", "tested"), **fields)


def two_branches(joint, options="", **fields):
    """A net of two convolutions of as many maps and the layer "tested" that joins them."""
    body = conv("left", "data") + conv("right", "data") + layer(joint, "tested", "left right", options)
    return ZooNet(body + fc("fc", "tested"), **fields)
