"""What Caffe's Data layers give, on PyTorch: the records of LMDBs on the device as bytes, batches cut there.

Order, wrapping and transformations are Caffe's: records in key order, batch after batch, from the start again at the
end; (pixel - mean) * scale; a random window and a random mirror image in training, the middle one in test. The random
numbers are not Caffe's (tools/engines/torch/draws.py). A batch is made on the device alone, from the count of passes
that lies there.
"""

import numpy as np
import torch

from prototxt import caffe_pb2
from tools.engines.torch.records import load_records
from tools.net.mean_file import load_mean
from tools.net.state import in_phase


class DataLayer:
    """One Data layer of F nets of one architecture, each with its own LMDB.

    layers   the F LayerParameters, alike but for their source
    shape    (N, channels, height, width) of its top
    numbers  how many random numbers a pass takes
    """

    def __init__(self, layers, training, device):
        self.name, self.top, self.training = layers[0].name, layers[0].top[0], training
        self.batch, self.transform = layers[0].data_param.batch_size, layers[0].transform_param
        self.records, rows = load_records([layer.data_param.source for layer in layers], device)
        self.rows = torch.cat(rows)  # of the records of all nets, one net after the other
        self.counts = torch.tensor([len(own) for own in rows], device=device)
        self.starts = torch.cumsum(self.counts, 0) - self.counts
        self.places = torch.arange(self.batch, device=device)
        self.mean = self.load_mean(self.records.shape[1:], device)
        channels, *sides = self.records.shape[1:]
        self.sides = [self.transform.crop_size or side for side in sides]
        self.spare = [side - kept for side, kept in zip(sides, self.sides)]
        self.shape = (self.batch, channels, *self.sides)
        self.numbers = 3 * self.batch if self.transform.mirror or (training and any(self.spare)) else 0

    def load_mean(self, shape, device):
        """float32, what is subtracted from records of `shape` (channels, height, width); broadcast to that, or None."""
        p = self.transform
        if p.mean_file:
            return torch.from_numpy(load_mean(p.mean_file, shape)).to(device)
        return torch.tensor(p.mean_value, device=device).reshape(-1, 1, 1) if p.mean_value else None

    def next(self, draws):
        """The batch of every net in this pass, float32 [N, F, channels, height, width]."""
        place = (draws.clock * self.batch + self.places).unsqueeze(1)
        rows = self.rows[self.starts + place % self.counts]  # [N, F]
        top, left, mirror = self.windows(draws)
        values = mirrored(self.every_window(self.records)[rows, :, top, left], mirror).float()
        if self.transform.mean_file:  # cut and mirrored as the image is
            mean = self.every_window(self.mean[None])[torch.zeros_like(rows), :, top, left]
            values = values - mirrored(mean, mirror)
        elif self.mean is not None:
            values = values - self.mean
        return values * self.transform.scale if self.transform.scale != 1 else values

    def every_window(self, images):
        """A view of `images` [n, channels, ...]: [n, channels, top, left, height, width] of each window in them."""
        return images.unfold(2, self.sides[0], 1).unfold(3, self.sides[1], 1)

    def windows(self, draws):
        """(top, left int64 [N, F], mirror bool [N, F]) of this pass; numbers where they are the same for all."""
        corner = [room // 2 for room in self.spare]
        if not self.numbers:
            return *corner, None
        random = draws.uniform(self.name).reshape(-1, self.batch, 3).transpose(0, 1)
        if self.training:
            corner = [(random[..., k] * (room + 1)).long() for k, room in enumerate(self.spare)]
        return *corner, random[..., 2] < 0.5 if self.transform.mirror else None

    def select(self, rows):
        """Go on with the nets `rows` only."""
        self.counts, self.starts = self.counts[rows], self.starts[rows]


def mirrored(values, mirror):
    """`values` [N, F, ..., width], those for which `mirror` bool [N, F] is true from right to left; None is none."""
    return values if mirror is None else torch.where(mirror[:, :, None, None, None], values.flip(-1), values)


def data_layers(nets, training, device):
    """The DataLayers of F parsed nets of one architecture, in the phase TRAIN or TEST."""
    phase = caffe_pb2.TRAIN if training else caffe_pb2.TEST
    by_net = [[layer for layer in net.layer if layer.type == "Data" and in_phase(layer, phase)] for net in nets]
    return [DataLayer(layers, training, device) for layers in zip(*by_net)]


def numbers_of(layers):
    """{layer name: random numbers a pass} of DataLayers, as Draws take them."""
    return {layer.name: layer.numbers for layer in layers}


def shapes_of(layers):
    """{layer name: shape} of DataLayers, as `infer_shapes` takes them."""
    return {layer.name: layer.shape for layer in layers}


def as_array(blob):
    """A blob [N, 1, ...] as float32 [N, K]."""
    return blob.detach().reshape(len(blob), -1).cpu().numpy().astype(np.float32)
