"""Names of types, of which the interpreter asks nothing."""

Any = native("typing.Any")
Callable = native("typing.Callable")
ClassVar = native("typing.ClassVar")
Dict = native("dict")
Final = native("typing.Final")
Generic = native("typing.Generic")
Iterable = native("typing.Iterable")
Iterator = native("typing.Iterable")
List = native("list")
Literal = native("typing.Literal")
Mapping = native("typing.Mapping")
NamedTuple = native("typing.NamedTuple")
Optional = native("typing.Optional")
Protocol = native("typing.Generic")
Sequence = native("typing.Sequence")
Set = native("set")
Tuple = native("tuple")
Type = native("typing.Type")
Union = native("typing.Union")
TYPE_CHECKING = False
cast = native("typing.cast")


def TypeVar(name, *bounds, **options):
    return Any


def ParamSpec(name):
    return Any


def overload(function):
    return function


def final(function):
    return function
