"""The weights of a TorchNet as Caffe's own .caffemodel files."""

import torch

from tools.net import caffemodel


def save_caffemodel(path, net, row):
    """Write the weights of net number `row` of a TorchNet."""
    layers = [
        (layer, [weight.value[row].detach().cpu().numpy() for weight in net.weights[layer.name]])
        for layer in net.layers
    ]
    caffemodel.save_caffemodel(path, net.name, layers)


@torch.no_grad()
def load_caffemodel(path, net):
    """Set the weights of a TorchNet of one net by layer name, as Caffe does. Raises InputError where one is missing."""
    shapes = {name: [tuple(weight.value.shape[1:]) for weight in weights] for name, weights in net.weights.items()}
    needed = [name for name, weights in net.weights.items() if weights]
    for name, arrays in caffemodel.load_weights(path, shapes, needed).items():
        for weight, array in zip(net.weights[name], arrays):
            weight.value[0] = torch.from_numpy(array)
