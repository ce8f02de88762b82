"""The random numbers of training: each is a hash of (seed, pass, place), all those of a pass made at once.

A net draws the same among others as alone, on a GPU as on a CPU, to the bit: there is no state but a count of passes,
which lies on the device. The hash is a shortened SplitMix64: a counter in steps of the golden ratio from a key that is
mixed in full, then two rounds of xor-shift and multiplication.
"""

import itertools
import math

import torch

GOLDEN, FIRST, SECOND = (
    number - 2**64 for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)  # as int64; products wrap


class Draws:
    """Random numbers for F nets.

    seeds   one for each net
    counts  {layer name: how many 64-bit numbers it takes in a pass}
    clock   int64 [], passes so far
    """

    def __init__(self, seeds, counts, device):
        self.seeds = torch.tensor(list(seeds), dtype=torch.int64, device=device)
        self.clock = torch.zeros((), dtype=torch.int64, device=device)
        self.starts = dict(zip(counts, itertools.accumulate(counts.values(), initial=0)))
        self.counts, self.numbers = counts, None
        self.counters = torch.arange(sum(counts.values()), device=device) * GOLDEN

    def draw(self):
        """Make the numbers of this pass."""
        keys = mixed(self.seeds * FIRST + self.clock * SECOND)
        values = keys[:, None] + self.counters
        self.numbers = fold_in(fold_in(values, 32).mul_(SECOND), 32)

    def bits(self, name):
        """int64 [F, count], all 64 bits random, for the layer `name` in this pass."""
        return self.numbers[:, self.starts[name] : self.starts[name] + self.counts[name]]

    def uniform(self, name):
        """float32 [F, count] from 0 up to 1, 1 not included, in steps of 2**-24."""
        return (self.bits(name) & 0xFFFFFF).float() * 2.0**-24

    def kept(self, name, ratio, shape):
        """bool [F, *shape], False with probability `ratio`, to 1 in 65,536: several from each 64 random bits."""
        kind, count = kind_for(ratio), math.prod(shape)
        values = 2 ** torch.iinfo(kind).bits
        numbers = self.bits(name).view(kind)[:, :count]
        return (numbers >= round(ratio * values) - values // 2).reshape(-1, *shape)

    def select(self, rows):
        """Go on with the nets `rows` only."""
        self.seeds = self.seeds[rows]


def kind_for(ratio):
    """The integers that decide with probability `ratio`."""
    return torch.int8 if ratio * 256 % 1 == 0 else torch.int16


def words(ratio, count):
    """64-bit numbers from which `count` decisions with probability `ratio` come."""
    return -(-count * kind_for(ratio).itemsize // 8)


def fold_in(values, bits):
    """`values` int64, changed in place: xor with themselves, shifted to the right by `bits` as unsigned numbers."""
    return values.bitwise_xor_((values >> bits).bitwise_and_(2 ** (64 - bits) - 1))


def mixed(values):
    """SplitMix64's last rounds: from int64 that differ a little int64 that have nothing in common."""
    values = fold_in(values.clone(), 30) * FIRST
    return fold_in(fold_in(values, 27).mul_(SECOND), 31)
