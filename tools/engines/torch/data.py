"""What Caffe's Data layers give, on PyTorch: the records of LMDBs on the device as bytes, batches cut there.

Order, wrapping and transformations are Caffe's: records in key order, batch after batch, from the start again at the
end; (pixel - mean) * scale; a random window and a random mirror image in training, the middle one in test. The random
numbers are not Caffe's; each net has its own, so that a net trained among others sees what it sees alone.
"""

import numpy as np
import torch

from data_prep.subjects.lmdb_pair import load_lmdb
from prototxt import caffe_pb2
from tools.net.mean_file import load_mean
from tools.net.state import in_phase

BLOCK = 64  # ours: batches whose random numbers are made at a time; they do not depend on the other nets


class DataLayer:
    """One Data layer of F nets of one architecture, each with its own LMDB.

    layers      the F LayerParameters, alike but for their source
    generators  F torch.Generators on the CPU, for windows and mirrors
    shape       (N, channels, height, width) of its top
    """

    def __init__(self, layers, training, generators, device):
        self.name, self.top, self.training = layers[0].name, layers[0].top[0], training
        self.generators, self.device = generators, device
        self.batch, self.transform = layers[0].data_param.batch_size, layers[0].transform_param
        records = [torch.from_numpy(load_lmdb(layer.data_param.source)) for layer in layers]
        self.counts = torch.tensor([len(values) for values in records], device=device)
        self.starts = torch.cumsum(self.counts, 0) - self.counts
        self.records = torch.cat(records).to(device)
        self.mean = self.load_mean(self.records.shape[1:])
        self.iteration, self.random = 0, None  # random: [BLOCK, N, F, 3], uniform from 0 to 1
        channels, *sides = self.records.shape[1:]
        self.sides = [self.transform.crop_size or side for side in sides]
        self.shape = (self.batch, channels, *self.sides)

    def load_mean(self, shape):
        """float32, what is subtracted from records of `shape` (channels, height, width); broadcast to that, or None."""
        p = self.transform
        if p.mean_file:
            return torch.from_numpy(load_mean(p.mean_file, shape)).to(self.device)
        return torch.tensor(p.mean_value, device=self.device).reshape(-1, 1, 1) if p.mean_value else None

    def next(self):
        """The next batch of every net, float32 [N, F, channels, height, width]."""
        place = (self.iteration * self.batch + torch.arange(self.batch, device=self.device)).unsqueeze(1)
        rows = self.starts + place % self.counts  # [N, F]
        top, left, mirror = self.windows()
        self.iteration += 1
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

    def windows(self):
        """(top, left int64 [N, F], mirror bool [N, F]) of this iteration."""
        spare = [side - kept for side, kept in zip(self.records.shape[2:], self.sides)]
        nets = len(self.generators)
        corner = [torch.full((self.batch, nets), room // 2, device=self.device) for room in spare]
        if not self.transform.mirror and not (self.training and any(spare)):
            return *corner, torch.zeros((self.batch, nets), dtype=bool, device=self.device)
        if self.iteration % BLOCK == 0:
            random = [torch.rand((BLOCK, self.batch, 3), generator=generator) for generator in self.generators]
            self.random = torch.stack(random, 2).to(self.device)
        now = self.random[self.iteration % BLOCK]
        if self.training:
            corner = [(now[..., k] * (room + 1)).long() for k, room in enumerate(spare)]
        return *corner, (now[..., 2] < 0.5) & bool(self.transform.mirror)

    def select(self, rows):
        """Go on with the nets `rows` only."""
        self.counts, self.starts = self.counts[rows], self.starts[rows]
        self.generators = [self.generators[row] for row in rows]
        if self.random is not None:
            self.random = self.random[:, :, rows]


def mirrored(values, mirror):
    """`values` [N, F, ..., width], those for which `mirror` bool [N, F] is true from right to left."""
    return torch.where(mirror[:, :, None, None, None], values.flip(-1), values)


def data_layers(nets, training, generators, device):
    """The DataLayers of F parsed nets of one architecture, in the phase TRAIN or TEST."""
    phase = caffe_pb2.TRAIN if training else caffe_pb2.TEST
    by_net = [[layer for layer in net.layer if layer.type == "Data" and in_phase(layer, phase)] for net in nets]
    return [DataLayer(layers, training, generators, device) for layers in zip(*by_net)]


def shapes_of(layers):
    """{layer name: shape} of DataLayers, as `infer_shapes` takes them."""
    return {layer.name: layer.shape for layer in layers}


def as_array(blob):
    """A blob [N, 1, ...] as float32 [N, K]."""
    return blob.detach().reshape(len(blob), -1).cpu().numpy().astype(np.float32)
