"""What of Python's builtins is written in Python."""


class Object:
    pass
