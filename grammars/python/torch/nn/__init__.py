"""`torch.nn`: its modules."""
from . import functional, init, utils
from .activations import *
from .attention import *
from .containers import *
from .convolutions import *
from .layers import *
from .losses import *
from .module import Buffer, Module, Parameter, UninitializedParameter
from .recurrent import *
