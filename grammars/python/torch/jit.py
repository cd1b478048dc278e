"""`torch.jit`: nothing is compiled here."""


def script(function, *arguments, **options):
    return function


ignore = unused = export = script


def is_scripting():
    return False


is_tracing = is_scripting


def _overload_method(function):
    return function


def interface(class_):
    return class_


def annotate(type, value):
    return value
