"""What a GPU cannot do, in one line with the remedy."""

import contextlib

import torch

from tools.engines.stops import EngineStop

OTHER_IMAGE = "docker/README.md says which GPUs each image is for; without GPU= it computes on the CPU"
CAUSES = {  # words of an error of PyTorch, in lower case: what it means
    "out of memory": "the GPU's memory is short; free some (`nvidia-smi` lists who uses it), lower batch_size in the "
    "prototxt, or take another GPU",
    "no kernel image": f"this PyTorch has no code for this GPU, which is too old or too new for it; {OTHER_IMAGE}",
    "driver on your system is too old": "the NVIDIA driver is too old for this PyTorch; update the driver "
    f"(`nvidia-smi` shows its version). {OTHER_IMAGE}",
    "driver version is insufficient": "the NVIDIA driver is too old for this PyTorch; update the driver "
    f"(`nvidia-smi` shows its version). {OTHER_IMAGE}",
    "found no nvidia driver": "there is no NVIDIA driver here; leave GPU= out, or install one",
    "not compiled with cuda": "this PyTorch is the build without CUDA; leave GPU= out, or delete .venv and run "
    "`make setup ENGINE=torch` on a machine with an NVIDIA driver",
}


def cause(error):
    """What an error of PyTorch means and what to do, in one line; None where it is not about the GPU."""
    text = str(error).lower()
    return next((meaning for words, meaning in CAUSES.items() if words in text), None)


@contextlib.contextmanager
def explained(device):
    """Turn errors that are about the GPU `device`, a number, into an EngineStop."""
    try:
        yield
    except (RuntimeError, AssertionError) as error:
        meaning = cause(error)
        if meaning is None:
            raise
        raise EngineStop(f"GPU {device}, PyTorch {torch.__version__}: {meaning}") from error
