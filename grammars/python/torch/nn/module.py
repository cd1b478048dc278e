"""`nn.Module` and what it holds."""
from builtins import Attributes

from torch import Tensor, empty


class Parameter(Tensor):
    def __new__(cls, data=None, requires_grad=True):
        return native("wright.role")(empty(0) if data is None else data, True, True)


class Buffer(Tensor):
    def __new__(cls, data=None, *, persistent=True):
        return native("wright.role")(empty(0) if data is None else data, False, persistent)


def UninitializedParameter(*arguments, **options):
    native("python.undecided")("a lazy module, whose shapes its first input decides, is not supported")


class _Hook:
    """A hook that is called before or after a module's `forward`."""

    def __init__(self, hooks, function):
        self.hooks = hooks
        self.function = function
        hooks.append(self)

    def remove(self):
        self.hooks.remove(self)


class Module:
    training = True
    dump_patches = False
    # What is computed anew before each call, and what the program hooked.
    _computed = ()
    _hooks_before = None
    _hooks_behind = None

    _modules = property(lambda self: Attributes(self, lambda value: isinstance(value, Module)))
    _parameters = property(lambda self: Attributes(self, lambda value: isinstance(value, Parameter)))
    _buffers = property(lambda self: Attributes(self, lambda value: isinstance(value, Tensor) and native("wright.is_buffer")(value)))

    def __init__(self, *arguments, **options):
        pass

    def __call__(self, *arguments, **options):
        for compute in self._computed:
            compute(self)
        for hook in list(self._hooks_before or ()):
            changed = hook.function(self, arguments)
            if changed is not None:
                arguments = changed if isinstance(changed, tuple) else (changed,)
        result = self.forward(*arguments, **options)
        for hook in list(self._hooks_behind or ()):
            changed = hook.function(self, arguments, result)
            result = result if changed is None else changed
        return result

    def register_buffer(self, name, tensor, persistent=True):
        if isinstance(tensor, Tensor):
            tensor = native("wright.role")(tensor, False, persistent)
        elif tensor is not None and persistent:
            native("python.undecided")("complex numbers in a file of weights are not supported: register the buffer with persistent=False")
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

    def named_buffers(self, prefix="", recurse=True):
        found = []
        for path, module in self.named_modules() if recurse else [("", self)]:
            found += [(path + ("." if path else "") + name, value) for name, value in module._buffers.items()]
        return found

    def buffers(self, recurse=True):
        return [value for name, value in self.named_buffers("", recurse)]

    def apply(self, function):
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def train(self, mode=True):
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

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

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        return self._hooked("_hooks_before", hook, prepend or with_kwargs)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        return self._hooked("_hooks_behind", hook, prepend or with_kwargs)

    def _hooked(self, name, hook, is_special):
        if is_special:
            native("python.undecided")("a hook with prepend or with_kwargs is not followed")
        if getattr(self, name) is None:
            setattr(self, name, [])
        return _Hook(getattr(self, name), hook)

    def register_full_backward_hook(self, hook, prepend=False):
        return _Hook([], hook)

    register_backward_hook = register_full_backward_hook

    def extra_repr(self):
        return ""
