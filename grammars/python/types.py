"""Python's `types`."""
from functools import partial


class SimpleNamespace:
    def __init__(self, mapping=None, **values):
        self.__dict__.update(mapping or {}, **values)


def MethodType(function, object):
    return partial(function, object)
