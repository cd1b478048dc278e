"""Programs that cannot be followed."""


def reads_a_file():
    return [open("weights.txt").read()]


def runs_text():
    exec("x = 1")
    return []


def never_ends():
    while True:
        pass


def calls_itself(n=0):
    return calls_itself(n + 1)


def needs_a_package():
    import no_such_package

    return [no_such_package.answer()]


def raises():
    raise ValueError("seven is too many")


def has_a_metaclass():
    class Meta(type):
        pass

    class Made(metaclass=Meta):
        pass

    return [Made.__name__]


def makes_itself():
    class Single:
        def __new__(cls):
            return None

    return [Single()]


def repeats_without_end():
    return [str(len([0] * 10**15))]


def waits():
    async def later():
        return 1

    return [later()]


def reads_every_attribute():
    class Watched:
        def __getattribute__(self, name):
            return 7

    return [str(Watched().k)]


def has_a_descriptor():
    class Four:
        def __get__(self, owner, kind):
            return 4

    class Owner:
        four = Four()

    return [str(Owner().four)]


def has_no_setter():
    class Fixed:
        @property
        def size(self):
            return 3

    fixed = Fixed()
    fixed.size = 4
    return [str(fixed.size)]
