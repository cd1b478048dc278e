"""`nn.Module` and what it holds."""
from torch import Tensor


def Parameter(data, requires_grad=True):
    return native("wright.role")(data, True, True)


def Buffer(data, persistent=True):
    return native("wright.role")(data, False, persistent)


def UninitializedParameter(*arguments, **options):
    native("python.undecided")("a lazy module, whose shapes its first input decides, is not supported")


class Module:
    training = False
    dump_patches = False

    def __init__(self, *arguments, **options):
        pass

    def __call__(self, *arguments, **options):
        return self.forward(*arguments, **options)

    def register_buffer(self, name, tensor, persistent=True):
        if tensor is not None:
            tensor = native("wright.role")(tensor, False, persistent)
        setattr(self, name, tensor)

    def register_parameter(self, name, param):
        setattr(self, name, param)

    def add_module(self, name, module):
        setattr(self, name, module)

    register_module = add_module

    def _attributes(self):
        return native("python.attributes")(self)

    def named_children(self):
        return [(name, value) for name, value in self._attributes() if isinstance(value, Module)]

    def children(self):
        return [value for name, value in self.named_children()]

    def named_modules(self, memo=None, prefix=""):
        found = [(prefix, self)]
        for name, child in self.named_children():
            found += child.named_modules(None, prefix + ("." if prefix else "") + name)
        return found

    def modules(self):
        return [module for name, module in self.named_modules()]

    def named_parameters(self, prefix="", recurse=True):
        found = []
        for path, module in self.named_modules() if recurse else [("", self)]:
            for name, value in module._attributes():
                if isinstance(value, Tensor) and native("wright.is_parameter")(value):
                    found.append((path + ("." if path else "") + name, value))
        return found

    def parameters(self, recurse=True):
        return [value for name, value in self.named_parameters()]

    def buffers(self, recurse=True):
        return []

    def apply(self, function):
        return self

    def train(self, mode=True):
        return self

    def eval(self):
        return self

    def to(self, *arguments, **options):
        for argument in [*arguments, *options.values()]:
            if native("type")(argument) == native("dtype") and argument != native("dtype.float32"):
                self.half()
        return self

    cuda = cpu = float = type = to

    def half(self):
        native("python.undecided")("another element type of a module, as by `.half()`, is not followed: the weights have the types that the program declares")

    double = bfloat16 = half

    def requires_grad_(self, mode=True):
        return self

    def zero_grad(self, set_to_none=True):
        pass

    def load_state_dict(self, state, strict=True, assign=False):
        native("python.undecided")("load_state_dict is not followed: --weights names the file of weights")

    def get_submodule(self, target):
        module = self
        for name in target.split("."):
            module = getattr(module, name)
        return module

    def register_forward_hook(self, *arguments, **options):
        native("python.undecided")("hooks of modules are not followed")

    register_forward_pre_hook = register_forward_hook
    register_full_backward_hook = register_forward_hook

    def extra_repr(self):
        return ""
