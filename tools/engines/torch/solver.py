"""Caffe's solvers on PyTorch: gradients to weights, in Caffe's own order of operations, for several nets at once.

G = sum of loss gradients over iter_size; clipped by its norm over all weights; divided by iter_size;
plus weight_decay * decay_mult * (W, or sign(W) for L1)
SGD       V = momentum V + rate lr_mult G;  W -= V  (torch.optim.SGD has the rate outside: another V where it changes)
Nesterov  V' = momentum V + rate lr_mult G;  W -= (1 + momentum) V' - momentum V
Adam      m = b1 m + (1 - b1) G;  v = b2 v + (1 - b2) G^2;
          W -= rate lr_mult sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + delta)
AdaGrad   h = h + G^2;  W -= rate lr_mult G / (sqrt(h) + delta)
RMSProp   h = d h + (1 - d) G^2, d being rms_decay;  W as AdaGrad's
AdaDelta  h = momentum h + (1 - momentum) G^2;  U = G sqrt((u + delta) / (h + delta));
          u = momentum u + (1 - momentum) U^2;  W -= rate lr_mult U
"""

import itertools
import math

import torch

TWO_HISTORIES = ("Adam", "AdaDelta")
ALIGNED = 16  # ours: numbers; a weight begins at a multiple, as the fastest matrix products want it


class Solver:
    """Updates the learned weights of a TorchNet by a SolverParameter that tools/net/solver_checks.py has accepted.

    All weights of a net stand in one row, and so do their gradients: a step is a few operations, whatever the net.

    values    float32 [F, P]; the values of the Weights are views of it
    gradient  float32 [F, P], summed over the passes of an iteration
    history   [V], [h], or of Adam [m, v], or of AdaDelta [h, u]; each [F, P]
    rates     float32 [P]: rate lr_mult of this iteration, on the device
    """

    def __init__(self, message, weights):
        self.message, self.weights, self.iteration, self.step_number = message, weights, 0, 0
        self.pack()
        kept = 2 if message.type in TWO_HISTORIES else 1
        self.history = [torch.zeros_like(self.values) for _ in range(kept)]
        self.lr_mult = self.constant([weight.lr_mult for weight in weights])
        self.decay = self.constant([message.weight_decay * weight.decay_mult for weight in weights])
        self.rates, self.last_rate = torch.zeros_like(self.lr_mult), 0

    def pack(self):
        """Move the values of the Weights into one tensor."""
        room = [-(-weight.value[0].numel() // ALIGNED) * ALIGNED for weight in self.weights]
        self.starts = [0, *itertools.accumulate(room)]
        self.values = self.weights[0].value.new_zeros((len(self.weights[0].value), self.starts[-1]))
        for weight, part in zip(self.weights, self.parts(self.values)):
            part.copy_(weight.value.detach())
            weight.value = part.requires_grad_(True)
        self.gradient = torch.zeros_like(self.values)
        self.gradients = self.parts(self.gradient)

    def parts(self, packed):
        """The views of `packed` [F, P] that belong to each weight, [F, ...]."""
        shapes = [weight.value.shape[1:] for weight in self.weights]
        return [packed[:, start : start + shape.numel()].view(-1, *shape) for start, shape in zip(self.starts, shapes)]

    def constant(self, numbers):
        """float32 [P] with a number for each weight."""
        packed = torch.zeros_like(self.values[:1])
        for part, number in zip(self.parts(packed), numbers):
            part.fill_(number)
        return packed[0]

    def rate(self):
        """The learning rate of this iteration."""
        p, t = self.message, self.iteration
        if p.lr_policy == "step":
            return p.base_lr * p.gamma ** (t // p.stepsize)
        if p.lr_policy == "exp":
            return p.base_lr * p.gamma**t
        if p.lr_policy == "inv":
            return p.base_lr * (1 + p.gamma * t) ** -p.power
        if p.lr_policy == "multistep":
            if self.step_number < len(p.stepvalue) and t >= p.stepvalue[self.step_number]:
                self.step_number += 1
            return p.base_lr * p.gamma**self.step_number
        if p.lr_policy == "poly":
            return p.base_lr * (1 - t / p.max_iter) ** p.power
        if p.lr_policy == "sigmoid":
            return p.base_lr / (1 + math.exp(-p.gamma * (t - p.stepsize)))
        return p.base_lr

    def set_rates(self):
        """Before a step: bring the learning rates to the device where they have changed."""
        p, rate, t = self.message, self.rate(), self.iteration + 1
        if p.type == "Adam":
            rate *= math.sqrt(1 - p.momentum2**t) / (1 - p.momentum**t)
        if rate != self.last_rate:
            torch.mul(self.lr_mult, rate, out=self.rates)
            self.last_rate = rate

    @torch.no_grad()
    def add(self, gradients, first):
        """Add the gradients [F, ...] of a pass, one for each weight; `first` of an iteration, they replace what is."""
        if first:
            torch._foreach_copy_(self.gradients, gradients)
        else:
            torch._foreach_add_(self.gradients, gradients)

    @torch.no_grad()
    def step(self):
        """One update from `gradient`; on the device alone."""
        p, gradient = self.message, self.gradient
        if p.clip_gradients >= 0:
            norm = gradient.square().sum(1, keepdim=True).sqrt()
            gradient.mul_(torch.where(norm > p.clip_gradients, p.clip_gradients / norm, 1))
        if p.iter_size > 1:
            gradient.div_(p.iter_size)
        if p.weight_decay:
            gradient.addcmul_(self.values.sign() if p.regularization_type == "L1" else self.values, self.decay)
        self.update(self.values, gradient, self.rates)

    def update(self, value, gradient, rates):
        p, (first, *second) = self.message, self.history
        if p.type == "Adam":
            first.mul_(p.momentum).add_(gradient, alpha=1 - p.momentum)
            second[0].mul_(p.momentum2).addcmul_(gradient, gradient, value=1 - p.momentum2)
            value.sub_(rates * first / second[0].sqrt().add_(p.delta))
        elif p.type in ("AdaGrad", "RMSProp"):
            decay, share = (1, 1) if p.type == "AdaGrad" else (p.rms_decay, 1 - p.rms_decay)
            first.mul_(decay).addcmul_(gradient, gradient, value=share)
            value.sub_(rates * gradient / first.sqrt().add_(p.delta))
        elif p.type == "AdaDelta":
            first.mul_(p.momentum).addcmul_(gradient, gradient, value=1 - p.momentum)
            update = gradient * ((second[0] + p.delta) / (first + p.delta)).sqrt()
            second[0].mul_(p.momentum).addcmul_(update, update, value=1 - p.momentum)
            value.sub_(rates * update)
        elif p.type == "Nesterov":
            before = first.clone()
            first.mul_(p.momentum).addcmul_(gradient, rates)
            value.sub_((1 + p.momentum) * first - p.momentum * before)
        else:
            first.mul_(p.momentum).addcmul_(gradient, rates)
            value.sub_(first)

    def select(self, rows):
        """Go on with the nets `rows` only; the Weights have theirs already."""
        self.history = [values[rows].clone() for values in self.history]
        self.pack()
