"""Python's `inspect`, as far as programs that build models ask it."""

class Signature:
    def __init__(self, names):
        self.parameters = {name: name for name in names}


def signature(function):
    return Signature(native("python.parameters")(function))
