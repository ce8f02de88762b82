"""A plain PyTorch training loop of the DISFA net for one fold, written by hand: what the engine is timed against.

  python -m experiments.plain_torch runs/lmdb/disfa/train --out runs/plain --iterations 200

The same net, batch, random crop and mirror, loss and update as prototxt/disfa; the images are on the device as bytes
from the start. Reads no prototxt. Leaves log.csv (iteration, seconds, train_loss) like an engine's.
"""

import argparse
from pathlib import Path

import torch
from torch import nn

from data_prep.subjects.lmdb_pair import image_lmdb, label_lmdb, load_lmdb
from data_prep.system.arguments import device, positive
from tools.engines.run_folder import LogWriter

BATCH, CROP, DISPLAY = 64, 40, 20


def build_net(labels):
    return nn.Sequential(
        nn.Conv2d(1, 20, 5),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(2450, 32),
        nn.ReLU(),
        nn.Linear(32, labels),
    )


def augment(image):
    """A random window of each image [n, 1, 44, 44], mirrored or not; float32 [n, 1, 40, 40], mean 0 and variance 1."""
    count, room = len(image), image.shape[-1] - CROP + 1
    top, left = (torch.randint(room, (count, 1), device=image.device) for _ in range(2))
    x = torch.arange(CROP, device=image.device).expand(count, CROP)
    x = torch.where(torch.rand(count, 1, device=image.device) < 0.5, CROP - 1 - x, x)
    rows, columns = top + torch.arange(CROP, device=image.device), left + x
    window = image[torch.arange(count, device=image.device)[:, None, None], 0, rows[:, :, None], columns[:, None, :]]
    window = (window.float() - 128) * (2 / 255)
    deviation, mean = torch.std_mean(window, (1, 2), keepdim=True, correction=0)
    return ((window - mean) / (deviation + 1e-9)).unsqueeze(1)


class Loop:
    """Training on images uint8 [n, 1, 44, 44] and labels [n, C, 1, 1], both on a device."""

    def __init__(self, image, label):
        self.image, self.label, self.iteration = image, label.reshape(len(label), -1).float(), 0
        self.net = build_net(self.label.shape[1]).to(image.device)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9, weight_decay=0.0005)

    def iterate(self):
        """One iteration; returns its loss, on the device."""
        start = self.iteration * BATCH
        rows = torch.arange(start, start + BATCH, device=self.image.device) % len(self.image)
        loss = -(self.label[rows] * self.net(augment(self.image[rows])).log_softmax(1)).sum() / BATCH
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.iteration += 1
        return loss.detach()


def train(prefix, out, iterations, device):
    loop = Loop(*(torch.from_numpy(load_lmdb(lmdb(prefix))).to(device) for lmdb in (image_lmdb, label_lmdb)))
    losses = []
    Path(out).mkdir(parents=True, exist_ok=True)
    with LogWriter(out) as log:
        for iteration in range(1, iterations + 1):
            losses.append(loop.iterate())
            if iteration % DISPLAY == 0:
                log.write(iteration, torch.stack(losses).mean().item())  # here the device is waited for
                losses = []


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lmdb", help="prefix of the LMDB pair")
    parser.add_argument("--out", required=True, help="folder for log.csv")
    parser.add_argument("--iterations", type=positive, required=True)
    parser.add_argument("--device", type=device, default="cpu", help="cpu or a GPU number")
    arguments = parser.parse_args(argv)
    where = torch.device("cpu" if arguments.device == "cpu" else f"cuda:{arguments.device}")
    train(arguments.lmdb, arguments.out, arguments.iterations, where)


if __name__ == "__main__":
    main()
