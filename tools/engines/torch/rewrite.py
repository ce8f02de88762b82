"""The layers of a net in an order that trains faster and gives the same loss and gradients.

ReLU, Dropout and MAX pooling commute, as all three keep the order of numbers and dropped ones are 0; after the pooling
there is less to rectify, and its gradient is not spread over the windows first.
"""

from prototxt import caffe_pb2


def pooled_first(layers):
    """`layers` with each in-place ReLU that only MAX pooling follows (or in-place Dropout, then that) moved behind it."""
    layers = list(layers)
    for relu in [
        layer
        for layer in layers
        if is_in_place(layer, "ReLU") and not layer.relu_param.negative_slope and not layer.loss_weight
    ]:
        behind = layers[layers.index(relu) + 1 :]
        pool = next(
            (layer for layer in behind if relu.top[0] in layer.bottom and not is_in_place(layer, "Dropout")), None
        )
        readers = [layer for layer in behind if relu.top[0] in layer.bottom and layer.bottom != layer.top]
        if (
            pool is None
            or pool.type != "Pooling"
            or pool.pooling_param.pool != pool.pooling_param.MAX
            or readers != [pool]
        ):
            continue
        moved = caffe_pb2.LayerParameter()
        moved.CopyFrom(relu)
        moved.bottom[:], moved.top[:] = pool.top, pool.top
        layers.insert(layers.index(pool) + 1, moved)
        layers.remove(relu)
    return layers


def is_in_place(layer, kind):
    return layer.type == kind and layer.bottom == layer.top
