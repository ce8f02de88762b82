"""Whether Caffe computes a net rightly in which blobs are written over.

A layer whose top has the name of its bottom works in place: its values are written over those of the layer before. And
Flatten, Reshape, a Concat of one bottom and a Slice into one top do not copy: their top is the memory of their bottom.
Caffe refuses little of what cannot work then: values, or gradients, are wrong, and nothing says so. What is right was
found by trying, pair by pair (tests/tools/net/test_in_place.py).
"""

from tools.net.fields import fail

SHARING = {"Flatten", "Reshape", "Concat", "Slice"}
RIGHT = {"ReLU", "PReLU", "ELU", "Sigmoid", "TanH", "Dropout", "BatchNorm", "Scale", "Bias", "Softmax", "Python"}
RIGHT_FORWARD = {"Power", "MVN"}
KEEP_SIGN = {"ReLU", "Dropout", "TanH", "ELU", "PReLU"}  # of numbers that a ReLU leaves


class Memory:
    """The memory of the blobs of a net, layer by layer.

    training  whether gradients matter
    """

    def __init__(self, training):
        self.training = training
        self.places = {}  # {blob: the first name of its memory}
        self.makers = {}  # {place: the layers that wrote there and have a gradient}
        self.changed = {}  # {blob: the layer that has changed its memory by another name}
        self.read = set()  # blobs that a layer has read since they were made or changed
        self.learned = set()  # blobs that weights have made, so that there is a gradient

    def add(self, layer, has_weights):
        """Note what the next layer does. Raises InputError if Caffe refuses it, or computes it wrongly."""
        for bottom in layer.bottom:
            if bottom in self.changed:
                other = self.changed[bottom].name
                fail(layer, f"reads {bottom!r}, which layer {other!r} has changed in place; give that another top")
        learns = has_weights or not self.learned.isdisjoint(layer.bottom)
        for number, top in enumerate(layer.top):
            if top in self.places:
                self.check_in_place(layer, number)
                self.changed.update(dict.fromkeys(self.others(top), layer))
            elif layer.type in SHARING and len(layer.bottom) == len(layer.top) == 1:
                self.places[top] = self.places[layer.bottom[0]]
                continue
            else:
                self.places[top] = top
                self.makers[top] = []
            if not self.learned.isdisjoint(layer.bottom):
                self.makers[self.places[top]].append(layer)
        self.read = (
            self.read.union(layer.bottom).difference(layer.top).union(layer.top if any(layer.loss_weight) else ())
        )
        self.learned.update(layer.top if learns else ())

    def others(self, blob):
        return [other for other, place in self.places.items() if place == self.places[blob] and other != blob]

    def check_in_place(self, layer, number):
        top = layer.top[number]
        if list(layer.bottom[number : number + 1]) != [top]:
            fail(layer, f"top {top!r} is already the top of an earlier layer")
        remedy = f"give its top another name than {top!r}"
        if top in self.read:
            fail(layer, f"changes {top!r} in place, which an earlier layer reads as it was; {remedy}")
        has_gradient = self.training and top in self.learned
        if not is_right(layer, has_gradient):
            fail(layer, f"Caffe computes it wrongly in place; {remedy}")
        for maker in self.makers[self.places[top]] if self.training else ():
            if not leaves_enough(maker, layer):
                fail(
                    layer,
                    f"changes {top!r} in place, whose values Caffe needs for the gradient of layer {maker.name!r} "
                    f"({maker.type}); {remedy}",
                )


def is_right(layer, has_gradient):
    """Whether Caffe computes a layer rightly in place."""
    if layer.type == "MVN" and not layer.mvn_param.normalize_variance:
        return True
    if layer.relu_param.negative_slope < 0 or layer.elu_param.alpha < 0:  # the gradient goes by the sign of the top
        return not has_gradient
    return layer.type in RIGHT or (layer.type in RIGHT_FORWARD and not has_gradient)


def leaves_enough(maker, layer):
    """Whether Caffe computes the gradient of `maker` rightly although `layer` has changed its top in place."""
    is_relu = layer.type == "ReLU" and not layer.relu_param.negative_slope  # what it changes has no gradient
    if maker.type == "ReLU" and maker.top[0] == maker.bottom[0]:
        return layer.type in KEEP_SIGN
    if maker.type == "MVN":
        return not maker.mvn_param.normalize_variance
    if maker.type in ("Sigmoid", "TanH", "ELU", "Softmax"):
        return is_relu
    if maker.type == "LRN":
        return is_relu or maker.lrn_param.norm_region != maker.lrn_param.ACROSS_CHANNELS
    if maker.type == "Power":
        return is_relu or maker.power_param.power in (0, 1, 2)
    if maker.type == "Eltwise":
        p = maker.eltwise_param
        return is_relu or p.operation != p.PROD or p.stable_prod_grad
    return True
