"""Python's `functools`."""

class partial:
    def __init__(self, function, *arguments, **keywords):
        self.func = function
        self.args = arguments
        self.keywords = keywords

    def __call__(self, *arguments, **keywords):
        return native("python.call")(self.func, *self.args, *arguments, **{**self.keywords, **keywords})


def wraps(function):
    def wrapped(wrapper):
        wrapper.__wrapped__ = function
        wrapper.__name__ = function.__name__
        return wrapper

    return wrapped


def lru_cache(function=None, maxsize=None):
    if callable(function):
        return function
    return lambda inner: inner


def cache(function):
    return function


def cached_property(function):
    return property(function)


def reduce(function, items, *initial):
    items = list(items)
    if initial:
        total = initial[0]
    else:
        total = items.pop(0)
    for item in items:
        total = function(total, item)
    return total
