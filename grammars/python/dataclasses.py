"""Python's `dataclasses`."""

dataclass = native("python.dataclass")
field = native("python.field")
MISSING = object


def fields(instance):
    return native("python.fields")(instance)


def asdict(instance):
    return {name: getattr(instance, name) for name in fields(instance)}


def replace(instance, **changes):
    values = asdict(instance)
    values.update(changes)
    return type(instance)(**values)
