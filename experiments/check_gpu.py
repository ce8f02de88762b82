"""Proves or refutes that the PyTorch engine works on a GPU, and how fast: in at most 8 minutes.

  python -m experiments.check_gpu --device 0 --out runs
  python -m experiments.check_gpu --device cpu --small --out runs     all that a CPU can try, in seconds

Every layer against float64 on the CPU, random numbers, training alone, among others and twice, mixed precision, speed
of 1 to 27 nets against a plain PyTorch loop, memory at the size of DISFA, short memory, the engine's process and its
messages. A line for each fact, OK or FAIL where something is claimed; the last line is JSON. Exit status 1 where a
claim does not hold. gpu_check.json in the folder has all facts.
"""

import argparse
import functools
import json
import sys
import tempfile
from pathlib import Path

from data_prep.system.arguments import device, positive
from data_prep.system.errors import one_clear_error
from tools.engines.process import check_device

LIMIT = 440  # seconds; parts that would begin later are left out


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="runs", help="a folder for gpu_check.json and scratch files (default runs)")
    parser.add_argument("--device", type=device, default="0", help="a GPU number (default 0) or cpu")
    parser.add_argument("--small", action="store_true", help="little of everything, for a try on a CPU")
    parser.add_argument("--only", help="parts, separated by commas (default all)")
    parser.add_argument("--limit", type=positive, default=LIMIT, help="seconds (default %(default)s)")
    arguments = parser.parse_args(argv)
    check_device("torch", arguments.device)
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix="check_gpu_") as folder:
        broken = check(arguments, Path(folder).resolve(), out / "gpu_check.json")
    sys.exit(1 if broken else 0)


def check(arguments, folder, path):
    """Run the parts; returns the claims that do not hold."""
    import torch

    from experiments.gpu import environment, layers, limits, speed, training
    from experiments.gpu.report import Report
    from experiments.gpu.setting import Setting, as_on_gpu
    from tools.engines.torch.engine import select_device

    parts = {
        "environment": environment.check_environment,
        "layers": layers.check_layers,
        "draws": layers.check_draws,
        "training": training.check_training,
        "among": training.check_among,
        "determinism": training.check_determinism,
        "mixed": training.check_mixed,
        "speed": speed.check_speed,
        "memory": limits.check_memory,
        "validation": speed.check_validation,
        "short memory": limits.check_short_memory,
        "process": limits.check_process,
    }
    report, setting = Report(path), Setting(select_device(arguments.device), arguments.small, folder)
    if not setting.is_gpu:
        torch.set_num_threads(1)
    with as_on_gpu():
        for name, part in parts.items():
            if arguments.only and name not in arguments.only.split(","):
                continue
            if report.spent() > arguments.limit:
                report.say(f"left out for want of time: {name}", True, False)
                continue
            report.run(name, functools.partial(part, report, setting))
            setting.empty()
    print(
        json.dumps(
            {
                "bench": "check-gpu",
                "device": str(setting.device),
                "claims": len(report.claims),
                "broken": report.broken(),
                "seconds": round(report.spent()),
                **environment.numbers(report),
            }
        )
    )
    return report.broken()


if __name__ == "__main__":
    main()
