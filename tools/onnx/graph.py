"""An ONNX graph while it is written: its nodes and constants, each with a name of its own."""

from typing import NamedTuple

import numpy as np
from onnx import helper, numpy_helper


class Blob(NamedTuple):
    """A blob of the net at one place in it.

    name   its value in the graph
    shape  as the prototxt has it, (N, ...): the graph leaves N open
    """

    name: str
    shape: tuple


class Graph:
    """Nodes and constants, in the order in which they were written."""

    def __init__(self, taken):
        """`taken`: names that no node or constant may have, those of the blobs."""
        self.taken = set(taken)
        self.nodes, self.constants = [], []

    def write(self, layer, op, *inputs, tops=None, **attributes):
        """Add a node of a layer (its name); returns the name of its output, or those of its `tops` outputs.

        inputs: Blobs, names, and constants: numbers or arrays, as float32 or, of integers, int64.
        """
        node = self.unique(f"{layer}/{op}")
        names = [self.named(value, f"{node}.{position}") for position, value in enumerate(inputs)]
        outputs = [node] if tops is None else [self.unique(f"{node}:{number}") for number in range(tops)]
        self.nodes.append(helper.make_node(op, names, outputs, name=node, **attributes))
        return outputs[0] if tops is None else outputs

    def named(self, value, name):
        """The name of an input: a value's own, or that of a new constant, `name` if it is free."""
        if isinstance(value, Blob):
            return value.name
        if isinstance(value, str):
            return value
        array, name = np.asarray(value), self.unique(name)
        kind = np.int64 if np.issubdtype(array.dtype, np.integer) else np.float32
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, kind).reshape(array.shape), name))
        return name

    def unique(self, name):
        number, free = 1, name
        while free in self.taken:
            number += 1
            free = f"{name}_{number}"
        self.taken.add(free)
        return free

    def rename(self, names):
        """Give values other names, {old: new}, in all nodes."""
        for node in self.nodes:
            for values in (node.input, node.output):
                values[:] = [names.get(value, value) for value in values]
