"""Python's `collections`."""

OrderedDict = dict
Sequence = native("typing.Sequence")
Iterable = native("typing.Iterable")
Mapping = native("typing.Mapping")


class _Mapping:
    def __init__(self, *pairs, **values):
        self.values_ = dict(*pairs, **values)

    def __missing__(self, key):
        raise KeyError(f"no `{key}`")

    def __getitem__(self, key):
        return self.values_[key] if key in self.values_ else self.__missing__(key)

    def __setitem__(self, key, value):
        self.values_[key] = value

    def __delitem__(self, key):
        del self.values_[key]

    def __contains__(self, key):
        return key in self.values_

    def __iter__(self):
        return iter(self.values_)

    def __len__(self):
        return len(self.values_)

    def get(self, key, default=None):
        return self.values_.get(key, default)

    def pop(self, key, *default):
        return self.values_.pop(key, *default)

    def update(self, *pairs, **values):
        self.values_.update(*pairs, **values)

    def items(self):
        return self.values_.items()

    def keys(self):
        return self.values_.keys()

    def values(self):
        return self.values_.values()


class defaultdict(_Mapping):
    def __init__(self, factory=None, *pairs, **values):
        self.factory = factory
        self.values_ = dict(*pairs, **values)

    def __missing__(self, key):
        if self.factory is None:
            raise KeyError(f"no `{key}`")
        self.values_[key] = self.factory()
        return self.values_[key]


class Counter(_Mapping):
    def __init__(self, items=()):
        self.values_ = {}
        for item in items:
            self.values_[item] = self.values_.get(item, 0) + 1

    def __missing__(self, key):
        return 0


class deque:
    def __init__(self, items=(), maxlen=None):
        self.items_ = []
        self.maxlen = maxlen
        self.extend(items)

    def append(self, item):
        self.items_.append(item)
        if self.maxlen is not None and len(self.items_) > self.maxlen:
            self.items_.pop(0)

    def appendleft(self, item):
        self.items_.insert(0, item)
        if self.maxlen is not None and len(self.items_) > self.maxlen:
            self.items_.pop()

    def extend(self, items):
        for item in items:
            self.append(item)

    def pop(self):
        return self.items_.pop()

    def popleft(self):
        return self.items_.pop(0)

    def clear(self):
        self.items_.clear()

    def __getitem__(self, index):
        return self.items_[index]

    def __iter__(self):
        return iter(list(self.items_))

    def __len__(self):
        return len(self.items_)


def namedtuple(typename, field_names, *, rename=False, defaults=None, module=None):
    fields = field_names.replace(",", " ").split() if isinstance(field_names, str) else list(field_names)
    defaults = list(defaults or ())
    optional = dict(zip(fields[len(fields) - len(defaults) :], defaults))

    class Named(tuple):
        _fields = tuple(fields)

        def __init__(self, *values, **named):
            given = {**optional, **dict(zip(fields, values)), **named}
            if len(values) > len(fields) or len(given) != len(fields):
                raise TypeError(f"`{typename}` takes {', '.join(fields)}")
            for name in fields:
                setattr(self, name, given[name])

        def __iter__(self):
            return iter([getattr(self, name) for name in fields])

        def __getitem__(self, index):
            return tuple(self)[index]

        def __len__(self):
            return len(fields)

        def __eq__(self, other):
            return tuple(self) == tuple(other)

        def _asdict(self):
            return {name: getattr(self, name) for name in fields}

        def _replace(self, **changes):
            return Named(**{**self._asdict(), **changes})

    return Named
