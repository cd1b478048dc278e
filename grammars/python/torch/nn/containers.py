"""Modules that hold modules."""
from .module import Module


class Sequential(Module):
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

    def __len__(self):
        return len(self.children())

    def __iter__(self):
        return iter(self.children())

    def __getitem__(self, i):
        modules = self.children()
        if isinstance(i, slice):
            return Sequential({name: module for name, module in self.named_children()[i]})
        return modules[i]

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules):
        for module in modules:
            self.append(module)
        return self


class ModuleList(Module):
    def __init__(self, modules=None):
        for module in modules or []:
            self.append(module)

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
        for i, each in enumerate(modules):
            self.add_module(str(i), each)

    def __len__(self):
        return len(self.children())

    def __iter__(self):
        return iter(self.children())

    def __getitem__(self, i):
        modules = self.children()
        return ModuleList(modules[i]) if isinstance(i, slice) else modules[i]

    def __iadd__(self, modules):
        return self.extend(modules)


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


class ParameterList(Module):
    def __init__(self, values=None):
        for i, value in enumerate(values or []):
            setattr(self, str(i), value)

    def _values(self):
        return [value for name, value in self._attributes()]

    def append(self, value):
        setattr(self, str(len(self._values())), value)
        return self

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
        return self._attributes()
