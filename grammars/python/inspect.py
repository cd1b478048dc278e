"""Python's `inspect`, as far as programs that build models ask it."""


class Parameter:
    empty = object
    POSITIONAL_ONLY = "positional-only"
    POSITIONAL_OR_KEYWORD = "positional or keyword"
    VAR_POSITIONAL = "variadic positional"
    KEYWORD_ONLY = "keyword-only"
    VAR_KEYWORD = "variadic keyword"

    def __init__(self, name, kind):
        self.name = name
        self.kind = kind


class Signature:
    def __init__(self, pairs):
        self.parameters = {name: Parameter(name, kind) for name, kind in pairs}


def unwrap(function):
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def signature(function):
    function = unwrap(function)
    return Signature(native("python.parameters")(function))


def isclass(value):
    return native("type")(value) == native("type")


def isfunction(value):
    return callable(value) and not isclass(value)
