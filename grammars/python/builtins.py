"""What of Python's builtins is written in Python."""


class Object:
    pass


class Attributes:
    """`__dict__` of an object: its attributes, or those of a kind."""

    def __init__(self, of, is_kind=None):
        native("python.set_own")(self, "of", of)
        native("python.set_own")(self, "is_kind", is_kind)

    def items(self):
        pairs = native("python.attributes")(self.of)
        return [(name, value) for name, value in pairs if self.is_kind is None or self.is_kind(value)]

    def keys(self):
        return [name for name, value in self.items()]

    def values(self):
        return [value for name, value in self.items()]

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.items())

    def __contains__(self, name):
        return name in self.keys()

    def __getitem__(self, name):
        return dict(self.items())[name]

    def __setitem__(self, name, value):
        native("python.set_own")(self.of, name, value)

    def __delitem__(self, name):
        delattr(self.of, name)

    def get(self, name, default=None):
        return dict(self.items()).get(name, default)

    def pop(self, name, *default):
        value = dict(self.items()).pop(name, *default)
        if name in self:
            delattr(self.of, name)
        return value

    def setdefault(self, name, default=None):
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *others, **values):
        for name, value in dict(*others, **values).items():
            self[name] = value

    def copy(self):
        return dict(self.items())
