"""`torch.nn.parameter`."""
from .module import Parameter, UninitializedParameter
