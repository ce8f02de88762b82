"""Work on a device that is always the same, as a CUDA graph: the host starts it at once, not operation by operation."""

import functools

import torch

WARM_UP = 3  # ours: times without a graph, in which libraries choose their kernels


class Captured:
    """Calls a function: on a GPU, after a few times, by a CUDA graph of it.

    The function may change nothing but values of tensors that stay where they are: it runs on the device alone, and
    neither takes numbers from the host nor gives any. Where it cannot be captured, one line says so and it is called
    as it is. It is no part of this object, whose owner's method it is: each would keep the other in memory.
    """

    def __init__(self, device):
        self.graph = None
        self.ahead = WARM_UP if device.type == "cuda" else -1  # calls until the graph is made; below 0, never
        self.stream = side_stream(device) if device.type == "cuda" else None

    def __call__(self, function):
        if self.ahead == 0:
            self.capture(function)
        self.ahead -= self.ahead > 0
        if self.graph:
            self.graph.replay()
        elif self.stream:
            self.directly(function)
        else:
            function()

    def directly(self, function):
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            function()
        torch.cuda.current_stream().wait_stream(self.stream)

    def capture(self, function):
        self.ahead, graph = -1, torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self.stream):
                function()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            why = str(error).splitlines()[0]
            print(f"this net cannot be captured as a CUDA graph ({why}); it trains operation by operation", flush=True)
        else:
            self.graph = graph


@functools.cache
def side_stream(device):
    """Where graphs are captured and what comes before is done: one for all, as cuBLAS keeps memory for each stream."""
    return torch.cuda.Stream(device)
