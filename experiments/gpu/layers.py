"""Every layer on the device, forward and backward, against float64 on the CPU."""

import numpy as np
import torch
from google.protobuf import text_format

from experiments.gpu.cases import CASES, FOLDED, LABELS, bottoms_of, net_text
from experiments.gpu.setting import CPU, as_on_cpu, distance
from prototxt import caffe_pb2
from tools.engines.torch.draws import Draws, words
from tools.engines.torch.net import TorchNet

FAR = 1e-5  # the issue of parity: the same as the tests want against real Caffe
SMALL = ("conv", "conv_group_dilation", "max_3_2", "inner", "multilabel", "batch_norm")  # cases of a small check


def computed(name, nets, device, dtype):
    """Tops, gradients of bottoms and of weights of `nets` nets, float64 arrays."""
    message = text_format.Parse(net_text(name), caffe_pb2.NetParameter())
    net, shapes = TorchNet(message, caffe_pb2.TRAIN, {}, seeds=range(10, 10 + nets), device=device), FOLDED[name][1]
    rng, bottoms = np.random.default_rng(5), {}
    by_net = [bottoms_of(shapes, rng) for _ in range(nets)]
    for k, shape in enumerate(shapes):
        stacked = torch.from_numpy(np.stack([own[k] for own in by_net], 1)).to(device, dtype)
        bottoms[f"in{k}"] = stacked.requires_grad_(shape not in LABELS)
    for weight in net.owned():
        weight.value = weight.value.to(dtype).requires_grad_(weight.lr_mult > 0)
    blobs, loss = net.forward(bottoms)
    tops = [blobs[top] for top in message.layer[-1].top]
    if isinstance(loss, int):  # not the tops' squares: of a normalized blob their sum has no gradient but rounding
        seeds = [torch.from_numpy(rng.normal(0, 1, tuple(top.shape))).to(device, dtype) for top in tops]
        loss = sum((top * seed).sum() for top, seed in zip(tops, seeds))
    loss.sum().backward()
    found = tops + [bottom.grad for bottom in bottoms.values() if bottom.requires_grad]
    found += [weight.value.grad for weight in net.learned()]
    return [array.detach().double().cpu().numpy() for array in found]


def check_layers(report, setting):
    far, names = {}, [name for name in (SMALL if setting.small else FOLDED) if name != "dropout"]
    for name in names:
        for nets in (1, 3):
            with as_on_cpu():
                expected = computed(name, nets, CPU, torch.float64)
            ours = computed(name, nets, setting.device, torch.float32)
            scale = 1e-3 * max(np.abs(array).max() for array in expected)  # a gradient of 0 is rounding in both
            worst = max(distance(one, other, scale) for one, other in zip(ours, expected, strict=True))
            if not worst <= FAR:
                far[f"{name}, {nets} nets"] = f"{worst:.0e}"
    report.say(
        "layers within 1e-5 of float64 on the CPU",
        f"{2 * len(names) - len(far)} of {2 * len(names)} {far or ''}",
        not far,
    )
    assert set(SMALL) <= {*CASES, "batch_norm"}


def check_draws(report, setting):
    same, shares = True, {}
    for ratio in (0.5, 0.25, 0.1, 0.3):
        shape = (64, 14, 14, 50)
        kept = []
        for device in (CPU, setting.device):
            draws = Draws([3, 4], {"windows": 192, "drop": words(ratio, np.prod(shape).item())}, device)
            draws.clock += 7
            draws.draw()
            kept.append((draws.kept("drop", ratio, shape).cpu(), draws.uniform("windows").cpu()))
        same &= all(torch.equal(one, other) for one, other in zip(*kept))
        shares[ratio] = round(kept[1][0].float().mean().item(), 4)
    report.say("random numbers are those of the CPU, to the bit", same, same)
    fair = all(abs(1 - ratio - share) < 2e-3 for ratio, share in shares.items())
    report.say("share that Dropout keeps, by its ratio", shares, fair)
