"""The weights of a TorchNet as Caffe's own .caffemodel files."""

import torch

from tools.net import caffemodel
from tools.net.params import number_of_weights


def save_caffemodel(path, net, row):
    """Write the weights of net number `row` of a TorchNet."""
    layers = [(layer, [value[row].detach().cpu().numpy() for value in net.values(layer.name)]) for layer in net.layers]
    caffemodel.save_caffemodel(path, net.name, layers)


@torch.no_grad()
def load_caffemodel(path, net):
    """Set the weights of a TorchNet of one net by layer name, as Caffe does. Raises InputError where one is missing."""
    shapes = {layer.name: [param.blob.shape for param in net.params[layer.name]] for layer in net.layers}
    needed = [name for name, count in number_of_weights(net.params).items() if count]
    for name, arrays in caffemodel.load_weights(path, shapes, needed).items():
        for value, array in zip(net.values(name), arrays):
            value[0] = torch.from_numpy(array)
