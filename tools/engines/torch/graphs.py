"""Work on a device that is always the same, as a CUDA graph: the host starts it at once, not operation by operation."""

import torch

WARM_UP = 3  # ours: times without a graph, in which libraries choose their kernels


class Captured:
    """Calls `work()`: on a GPU, after a few times, by a CUDA graph of it.

    `work` may change nothing but values of tensors that stay where they are: it runs on the device alone, and neither
    takes numbers from the host nor gives any. Where it cannot be captured, one line says so and it is called as it is.
    """

    def __init__(self, work, device):
        self.work, self.graph = work, None
        self.ahead = WARM_UP if device.type == "cuda" else -1  # calls until the graph is made; below 0, never

    def __call__(self):
        if self.ahead == 0:
            self.capture()
        self.ahead -= self.ahead > 0
        if self.graph:
            self.graph.replay()
        else:
            self.work()

    def capture(self):
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self.work()
            self.graph = graph
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            why = str(error).splitlines()[0]
            print(f"this net cannot be captured as a CUDA graph ({why}); it trains operation by operation", flush=True)
        self.ahead = -1
