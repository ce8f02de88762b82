"""What is here: PyTorch, the GPU, its settings; and of all facts the numbers that one wants to see at once."""

import torch


def check_environment(report, setting):
    report.say("PyTorch", torch.__version__)
    if setting.is_gpu:
        report.say("GPU", torch.cuda.get_device_name(setting.device))
        report.say("compute capability", torch.cuda.get_device_capability(setting.device))
        report.say("cuDNN", torch.backends.cudnn.version())
    fast = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    report.say("TF32 in convolutions, in matrix products", fast, not any(fast))


def numbers(report):
    """{name: number} of the facts about speed and memory."""
    kept = ("plain runs", "ms an iteration", "peak memory")
    return {"facts": {name: value for name, value in report.facts.items() if any(word in name for word in kept)}}
