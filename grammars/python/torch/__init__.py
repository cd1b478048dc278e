"""PyTorch, as the interpreter knows it: what its functions do, in terms of the IR's ops and of ONNX's operators."""
from ._complex import *
from ._more import *
from ._tensor import *
from ._tensor import Tensor, bool, float, int, long

Size = tuple
Generator = object
__version__ = "2.15.0"


class device:
    def __init__(self, type="cpu", index=None):
        self.type = type
        self.index = index


class dtype:
    pass


class no_grad:
    def __init__(self, function=None):
        self.function = function

    def __call__(self, function):
        return function

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


enable_grad = inference_mode = no_grad


class autocast:
    def __init__(self, *arguments, enabled=True, **options):
        if enabled:
            native("python.undecided")("automatic mixed precision is not followed: call the model without it")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def set_grad_enabled(mode):
    return no_grad()


def compile(model=None, **options):
    if model is None:
        return lambda inner: inner
    return model


def manual_seed(seed):
    pass


def is_tensor(value):
    return isinstance(value, Tensor)


def is_grad_enabled():
    return False


def get_default_dtype():
    return float32


def is_autocast_enabled(*arguments):
    return False


def set_float32_matmul_precision(precision):
    pass


def load(*arguments, **options):
    native("python.undecided")("torch.load is not followed: --weights names the file of weights")


def get_autocast_gpu_dtype():
    return float32


def _assert(condition, message=""):
    pass
