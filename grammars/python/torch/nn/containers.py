"""Modules that hold modules."""
from .module import Module


class _Several(Module):
    """What modules with numbers as names have in common."""

    def _put(self, modules):
        for name, module in self.named_children():
            delattr(self, name)
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def __len__(self):
        return len(self.children())

    def __iter__(self):
        return iter(self.children())

    def __setitem__(self, i, module):
        names = [name for name, child in self.named_children()]
        self.add_module(names[i], module)

    def __delitem__(self, i):
        modules = self.children()
        del modules[i]
        self._put(modules)

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules):
        for module in modules:
            self.append(module)
        return self

    def insert(self, index, module):
        modules = self.children()
        modules.insert(index, module)
        self._put(modules)
        return self

    def pop(self, i):
        module = self.children()[i]
        del self[i]
        return module

    def __iadd__(self, modules):
        return self.extend(modules)


class Sequential(_Several):
    def __init__(self, *modules):
        if len(modules) == 1 and isinstance(modules[0], dict):
            for name, module in modules[0].items():
                self.add_module(name, module)
        else:
            for i, module in enumerate(modules):
                self.add_module(str(i), module)

    def forward(self, input):
        for module in self.children():
            input = module(input)
        return input

    def __getitem__(self, i):
        modules = self.children()
        if isinstance(i, slice):
            return Sequential({name: module for name, module in self.named_children()[i]})
        return modules[i]


class ModuleList(_Several):
    def __init__(self, modules=None):
        self.extend(modules or [])

    def __getitem__(self, i):
        modules = self.children()
        return ModuleList(modules[i]) if isinstance(i, slice) else modules[i]

    def __add__(self, other):
        return ModuleList([*self, *other])


class ModuleDict(Module):
    def __init__(self, modules=None):
        self.update(modules or {})

    def update(self, modules):
        for name, module in modules.items() if isinstance(modules, dict) else modules:
            self.add_module(name, module)

    def __len__(self):
        return len(self.children())

    def __iter__(self):
        return iter(self.keys())

    def __getitem__(self, name):
        return getattr(self, name)

    def __setitem__(self, name, module):
        self.add_module(name, module)

    def __contains__(self, name):
        return name in self.keys()

    def keys(self):
        return [name for name, module in self.named_children()]

    def values(self):
        return self.children()

    def items(self):
        return self.named_children()

    def __delitem__(self, name):
        delattr(self, name)

    def pop(self, name):
        module = self[name]
        del self[name]
        return module


def _held(module):
    """The attributes that the program put there: none of the module's own."""
    return [(name, value) for name, value in module._attributes() if name != "training" and not name.startswith("_")]


class ParameterList(Module):
    def __init__(self, values=None):
        for i, value in enumerate(values or []):
            setattr(self, str(i), value)

    def _values(self):
        return [value for name, value in _held(self)]

    def append(self, value):
        setattr(self, str(len(self._values())), value)
        return self

    def __setitem__(self, i, value):
        setattr(self, str(i % len(self)), value)

    def __len__(self):
        return len(self._values())

    def __iter__(self):
        return iter(self._values())

    def __getitem__(self, i):
        return self._values()[i]


class ParameterDict(Module):
    def __init__(self, values=None):
        for name, value in (values or {}).items():
            setattr(self, name, value)

    def __getitem__(self, name):
        return getattr(self, name)

    def __setitem__(self, name, value):
        setattr(self, name, value)

    def __contains__(self, name):
        return hasattr(self, name)

    def items(self):
        return _held(self)

    def keys(self):
        return [name for name, value in _held(self)]

    def values(self):
        return [value for name, value in _held(self)]

    def __len__(self):
        return len(_held(self))

    def __iter__(self):
        return iter(self.keys())
