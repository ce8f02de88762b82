"""Caffe's solvers on PyTorch: gradients to weights, in Caffe's own order of operations, for several nets at once.

G = sum of loss gradients over iter_size; clipped by its norm over all weights; divided by iter_size;
plus weight_decay * decay_mult * (W, or sign(W) for L1)
SGD       V = momentum V + rate lr_mult G;  W -= V  (torch.optim.SGD has the rate outside: another V where it changes)
Nesterov  V' = momentum V + rate lr_mult G;  W -= (1 + momentum) V' - momentum V
Adam      m = b1 m + (1 - b1) G;  v = b2 v + (1 - b2) G^2;
          W -= rate lr_mult sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + delta)
"""

import math

import torch

from data_prep.system.errors import InputError

TYPES = ("SGD", "Nesterov", "Adam")
POLICIES = ("fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid")


class Solver:
    """Updates the learned weights of a TorchNet by a SolverParameter.

    history  for each weight [V] or, of Adam, [m, v]; each [F, ...]
    """

    def __init__(self, message, weights):
        if (message.type or "SGD") not in TYPES:
            raise InputError(f"solver type {message.type!r} is not supported on PyTorch; supported: {', '.join(TYPES)}")
        if message.lr_policy not in POLICIES:
            raise InputError(f"unknown lr_policy {message.lr_policy!r}; known: {', '.join(POLICIES)}")
        if message.regularization_type not in ("L1", "L2"):
            raise InputError(f"regularization_type {message.regularization_type!r} is neither L1 nor L2")
        self.message, self.weights, self.iteration, self.step_number = message, weights, 0, 0
        kept = 2 if message.type == "Adam" else 1
        self.history = [[torch.zeros_like(weight.value) for _ in range(kept)] for weight in weights]

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

    @torch.no_grad()
    def step(self, gradients):
        """One update from `gradients` [F, ...], one for each weight, summed over iter_size passes."""
        p, rate = self.message, self.rate()
        if p.clip_gradients >= 0:
            norm = sum(gradient.reshape(len(gradient), -1).square().sum(1) for gradient in gradients).sqrt()
            factor = torch.where(norm > p.clip_gradients, p.clip_gradients / norm, torch.ones_like(norm))
            gradients = [gradient * factor.reshape(-1, *[1] * (gradient.dim() - 1)) for gradient in gradients]
        for weight, gradient, history in zip(self.weights, gradients, self.history):
            if p.iter_size > 1:
                gradient = gradient / p.iter_size
            decay = p.weight_decay * weight.decay_mult
            if decay:
                value = weight.value.sign() if p.regularization_type == "L1" else weight.value
                gradient = gradient.add(value, alpha=decay)
            self.update(weight.value, gradient, history, rate * weight.lr_mult)
        self.iteration += 1

    def update(self, value, gradient, history, rate):
        p, first = self.message, history[0]
        if p.type == "Adam":
            second, t = history[1], self.iteration + 1
            first.mul_(p.momentum).add_(gradient, alpha=1 - p.momentum)
            second.mul_(p.momentum2).addcmul_(gradient, gradient, value=1 - p.momentum2)
            correction = math.sqrt(1 - p.momentum2**t) / (1 - p.momentum**t)
            value.addcdiv_(first, second.sqrt().add_(p.delta), value=-rate * correction)
        elif p.type == "Nesterov":
            before = first.clone()
            first.mul_(p.momentum).add_(gradient, alpha=rate)
            value.sub_((1 + p.momentum) * first - p.momentum * before)
        else:
            first.mul_(p.momentum).add_(gradient, alpha=rate)
            value.sub_(first)

    def select(self, rows, weights):
        """Go on with the nets `rows` only, whose weights are now `weights`."""
        self.weights = weights
        self.history = [[values[rows].clone() for values in history] for history in self.history]
