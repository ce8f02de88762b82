"""What the layers of a net are for: which make images, labels and losses, and which feed the losses.

A Data or Input layer reads labels if its blob is called "label", or if all that is made of it, sliced or reshaped,
goes to losses and accuracies as what is compared; any other one reads images.
"""

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.layers import LAYERS
from tools.net.state import in_phase

LABEL = "label"
SOURCES = {name for name, known in LAYERS.items() if known.is_source}
LOSSES = {name for name, known in LAYERS.items() if known.is_loss}
REARRANGING = {"Slice", "Concat", "Flatten", "Reshape", "Silence"}


def is_loss(layer):
    return layer.type in LOSSES or any(layer.loss_weight)


def label_blobs(net):
    """The blobs of Data and Input layers that are labels."""
    made = {top for layer in net.layer if layer.type in SOURCES for top in layer.top}
    return {blob for blob in made if blob == LABEL or is_compared(net, blob)}


def is_compared(net, blob):
    """Whether a blob of a source, sliced or reshaped, reaches losses and accuracies, as their second bottom, alone."""
    derived, compared = {blob}, False
    for layer in net.layer:
        if not derived.intersection(layer.bottom):
            continue
        if layer.type in REARRANGING:
            derived.update(layer.top)
        elif (is_loss(layer) or layer.type == "Accuracy") and layer.bottom[0] not in derived:
            compared = True
        else:
            return False
    return compared


def label_layers(net):
    """The names of the Data and Input layers that read labels."""
    labels = label_blobs(net)
    return {layer.name for layer in net.layer if layer.type in SOURCES and labels.intersection(layer.top)}


def image_layer(net, phase):
    """The Data layer that gives `phase` its images. Raises InputError if there is none, or more than one."""
    labels = label_layers(net)
    layers = [
        layer for layer in net.layer if layer.type == "Data" and in_phase(layer, phase) and layer.name not in labels
    ]
    if len(layers) != 1:
        names = ", ".join(layer.name for layer in layers) or "none"
        raise InputError(f"net {net.name!r}: one Data layer must read images in {caffe_pb2.Phase.Name(phase)}: {names}")
    return layers[0]


def heads(net, through=()):
    """[(InnerProduct layer, label blob)] for each loss in training that compares the scores of such a layer; layers of
    the types `through` may stand between the two."""
    makers, found = {}, []
    for layer in (layer for layer in net.layer if in_phase(layer, caffe_pb2.TRAIN)):
        if is_loss(layer) and len(layer.bottom) > 1 and layer.bottom[0] in makers:
            found.append((makers[layer.bottom[0]], layer.bottom[1]))
        if layer.type == "InnerProduct" and layer.top:
            makers[layer.top[0]] = layer
        elif layer.type in through and layer.bottom[0] in makers:
            makers[layer.top[0]] = makers[layer.bottom[0]]
        elif list(layer.top) != list(layer.bottom):
            for top in layer.top:
                makers.pop(top, None)
    return found


def last_layer(net):
    """The InnerProduct layer whose scores the loss compares with the labels.

    Raises InputError if there is none, or if several feed losses.
    """
    layers = {layer.name: layer for layer, _ in heads(net) or heads(net, through=("Reshape", "Flatten"))}
    if not layers:
        raise InputError(
            f"net {net.name!r}: no InnerProduct layer feeds a loss (is loss_weight set on the Python layer?)"
        )
    if len(layers) > 1:
        raise InputError(
            f"net {net.name!r}: {len(layers)} layers feed losses ({', '.join(layers)}), so that it must be said whose "
            "outputs are the features: FEATURE=blob (--feature), for instance a Concat of them"
        )
    return next(iter(layers.values()))


def scores_blob(net):
    """The blob with a score for each label, in their order, or None: that of the only head that sees all labels."""
    labels = label_blobs(net)
    found = {layer.top[0] for layer, label in heads(net) if label in labels}
    return found.pop() if len(found) == 1 else None


def label_count(net):
    """How many labels the losses compare: the outputs of a head that sees them all, or of all heads together."""
    labels, found = label_blobs(net), heads(net)
    if not found:
        return last_layer(net).inner_product_param.num_output  # says what is missing
    whole = [layer.inner_product_param.num_output for layer, label in found if label in labels]
    return whole[0] if whole else sum(layer.inner_product_param.num_output for layer, _ in found)
