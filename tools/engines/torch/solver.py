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

import math

import torch

TWO_HISTORIES = ("Adam", "AdaDelta")


class Solver:
    """Updates the learned weights of a TorchNet by a SolverParameter that tools/net/solver_checks.py has accepted.

    history  for each weight [V], [h], or of Adam [m, v], or of AdaDelta [h, u]; each [F, ...]
    """

    def __init__(self, message, weights):
        self.message, self.weights, self.iteration, self.step_number = message, weights, 0, 0
        kept = 2 if message.type in TWO_HISTORIES else 1
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
        elif p.type in ("AdaGrad", "RMSProp"):
            decay, share = (1, 1) if p.type == "AdaGrad" else (p.rms_decay, 1 - p.rms_decay)
            first.mul_(decay).addcmul_(gradient, gradient, value=share)
            value.addcdiv_(gradient, first.sqrt().add_(p.delta), value=-rate)
        elif p.type == "AdaDelta":
            second = history[1]
            first.mul_(p.momentum).addcmul_(gradient, gradient, value=1 - p.momentum)
            update = gradient * ((second + p.delta) / (first + p.delta)).sqrt()
            second.mul_(p.momentum).addcmul_(update, update, value=1 - p.momentum)
            value.sub_(update, alpha=rate)
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
