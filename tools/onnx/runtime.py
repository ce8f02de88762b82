"""Run an ONNX model with onnxruntime, on a processor or an NVIDIA GPU."""

from pathlib import Path

import numpy as np
import onnxruntime

from data_prep.system.errors import InputError

CUDA = "CUDAExecutionProvider"
# ours: float32 throughout, and the same algorithms in every run: by default 10 bits of a factor count, and the fastest
# algorithm of the moment is taken
CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "DEFAULT"}
FATAL = 4  # severity from which onnxruntime prints; what is less severe is raised, or is no error


class Runtime:
    """An ONNX model that can be run.

    inputs, outputs  names of its inputs and outputs, in order
    metadata         {str: str}, what its maker put into it
    """

    def __init__(self, model, device="cpu", threads=1, name=None):
        """
        model    path of a model, or its bytes
        device   "cpu" or the number of a GPU
        threads  that one run may use
        name     what errors call the model; by default its path

        Raises InputError for what is no model that can be run here, and for a GPU that cannot be used.
        """
        self.name = name or ("ONNX model" if isinstance(model, bytes) else str(model))
        onnxruntime.disable_telemetry_events()  # there is some on Windows
        onnxruntime.set_default_logger_severity(FATAL)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = FATAL
        options.use_deterministic_compute = True
        self.session = self.checked(
            "load", onnxruntime.InferenceSession, content_of(model), options, providers=providers(device)
        )
        if device != "cpu" and CUDA not in self.session.get_providers():  # it runs on the processor then, silently
            raise no_gpu(device, "does not get it to work: driver, CUDA and cuDNN must be those that it was built for")
        self.inputs = [value.name for value in self.session.get_inputs()]
        self.outputs = [value.name for value in self.session.get_outputs()]
        self.metadata = dict(self.session.get_modelmeta().custom_metadata_map)

    def run(self, *pixels):
        """{output: float32 array [n, ...]} of float32 arrays [n, C, H, W], one for each input.

        Raises InputError for arrays that the model does not take.
        """
        if len(pixels) != len(self.inputs):
            raise InputError(
                f"{self.name}: {len(pixels)} arrays for its inputs {', '.join(self.inputs)}; give one for each"
            )
        arrays = [np.ascontiguousarray(array, np.float32) for array in pixels]
        values = self.checked("run", self.session.run, self.outputs, dict(zip(self.inputs, arrays)))
        return dict(zip(self.outputs, values))

    def checked(self, verb, call, *arguments, **options):
        """What a call of onnxruntime returns. Its errors have no class of their own; their first line says enough."""
        try:
            return call(*arguments, **options)
        except Exception as error:
            first_line = str(error).partition("\n")[0]
            raise InputError(f"{self.name}: onnxruntime cannot {verb} it ({first_line})") from error


def content_of(model):
    """The bytes of a model, given as bytes or by its path. From bytes onnxruntime reads no other file that it names."""
    if isinstance(model, bytes):
        return model
    try:
        return Path(model).read_bytes()
    except OSError as error:
        raise InputError(f"{model}: cannot be read ({error.strerror}); give the path of an ONNX model") from error


def providers(device):
    if device == "cpu":
        return ["CPUExecutionProvider"]
    if CUDA not in onnxruntime.get_available_providers():
        raise no_gpu(device, "has no CUDA: install onnxruntime-gpu in its place")
    return [(CUDA, {"device_id": str(device), **CUDA_OPTIONS})]


def no_gpu(device, why):
    return InputError(
        f"GPU {device}: onnxruntime {onnxruntime.__version__} {why}; or leave --device out, and the CPU computes"
    )
