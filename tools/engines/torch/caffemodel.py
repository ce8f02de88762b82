"""The weights of a TorchNet as Caffe's own .caffemodel files."""

import torch

from tools.net import caffemodel
from tools.net.params import number_of_weights, shapes_of


def save_caffemodel(path, net, row):
    """Write the weights of net number `row` of a TorchNet."""
    layers = [(layer, [value[row].detach().cpu().numpy() for value in net.values(layer.name)]) for layer in net.layers]
    caffemodel.save_caffemodel(path, net.name, layers)


def load_caffemodel(path, net):
    """Set the weights of a TorchNet of one net by layer name, as Caffe does. Raises InputError where one is missing."""
    needed = [name for name, count in number_of_weights(net.params).items() if count]
    copy_weights(path, [net], [0], needed)


@torch.no_grad()
def copy_weights(path, nets, rows, needed=()):
    """Copy what the .caffemodel at `path` has of the layers of TorchNets into their nets `rows`, as Caffe does."""
    for net in nets:
        for name, arrays in caffemodel.load_weights(path, shapes_of(net.params), needed).items():
            for value, array in zip(net.values(name), arrays):
                value[rows] = torch.from_numpy(array).to(value.device)
