"""What `programs.py` imports from beside it."""


class Base:
    kind_of = "base"

    def __init__(self, start):
        self.start = start

    def described(self):
        return f"{self.kind_of} {self.start}"


def twice(x):
    return 2 * x
