"""Python's `collections.abc`."""

Callable = native("typing.Callable")
Iterable = native("typing.Iterable")
Iterator = native("typing.Iterable")
Mapping = native("typing.Mapping")
Sequence = native("typing.Sequence")
