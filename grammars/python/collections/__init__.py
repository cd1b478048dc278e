"""Python's `collections`."""

OrderedDict = dict
Sequence = native("typing.Sequence")
Iterable = native("typing.Iterable")
Mapping = native("typing.Mapping")


class defaultdict:
    def __init__(self, factory=None):
        self.factory = factory
        self.values_ = {}

    def __getitem__(self, key):
        if key not in self.values_:
            self.values_[key] = self.factory()
        return self.values_[key]

    def __setitem__(self, key, value):
        self.values_[key] = value

    def __contains__(self, key):
        return key in self.values_

    def __iter__(self):
        return iter(self.values_)

    def items(self):
        return self.values_.items()

    def keys(self):
        return self.values_.keys()

    def values(self):
        return self.values_.values()
