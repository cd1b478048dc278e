"""Programs whose results are known before they run, as those that build models are."""

import collections
import copy
import functools
import itertools
import math
import types
from collections import OrderedDict, defaultdict
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from typing import List, NamedTuple, Optional

from helpers import Base, twice


@dataclass
class Config:
    width: int = 8
    depth: int = 2
    names: List[str] = field(default_factory=list)
    scale: Optional[float] = None

    @property
    def size(self):
        return self.width * self.depth

    def __post_init__(self):
        self.label = f"{self.width}x{self.depth}"


@dataclass
class Wide(Config):
    width: int = 64
    extra: bool = False


class Pair(NamedTuple):
    left: int
    right: int = 7


class Color(Enum):
    RED = "r"
    BLUE = "b"


class Counter(Base):
    made = 0

    def __init__(self, start, *rest, step=1, **options):
        super().__init__(start)
        self.rest = rest
        self.step = step
        self.options = options
        Counter.made += 1

    def __len__(self):
        return 1 + len(self.rest)

    def __getitem__(self, i):
        return ([self.start] + list(self.rest))[i]

    def __add__(self, other):
        return Counter(self.start + other.start, step=self.step)

    def __eq__(self, other):
        return self.start == other.start

    def __call__(self, times=1):
        return self.start + times * self.step

    def __contains__(self, item):
        return item in self.rest

    def __iter__(self):
        yield self.start
        yield from self.rest

    @staticmethod
    def kind():
        return "counter"

    @classmethod
    def of(cls, text):
        return cls(*[int(part) for part in text.split(",")])


class Left:
    def who(self):
        return "left"


class Right(Left):
    def who(self):
        return "right " + super().who()


class Other(Left):
    def who(self):
        return "other " + super().who()


class Both(Right, Other):
    pass


def patched(self):
    return "patched"


class Patched:
    def who(self):
        return "original"


Patched.who = patched

size = 1
before = size + 10
size = 2
behind = size + 10


def read_late():
    return size


size = 3


class Body:
    width = 4
    double = width * 2
    width = 5


def cached(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return "cached " + function(*args, **kwargs)

    return wrapper


@cached
def greet(name, *, end="!"):
    return name + end


def numbers():
    yield str(7 // 2) + str(-7 // 2) + str(7 // -2) + str(-7 % 3) + str(7 % -3)
    yield f"{2**10} {2**-1} {7 / 2} {1e3} {0.1 + 0.2:.3f} {5:03d} {True + 1}"
    yield f"{1 < 2 < 3} {1 < 3 < 2} {not []} {0 or 'x'} {1 and 'y'} {5 if 0 else 6}"
    yield f"{math.sqrt(16)} {math.ceil(2.1)} {math.floor(-2.1)} {math.prod([2, 3, 4])} {math.gcd(12, 18)} {math.log2(8)}"
    yield f"{divmod(17, 5)} {abs(-3)} {round(2.5)} {round(3.5)} {round(2.346, 2)} {max(3, 9, 2)} {min([4, 1])} {sum(range(5))}"
    yield f"{0x1F} {0b101} {1_000} {5 & 3} {5 | 3} {5 ^ 3} {~5} {1 << 4} {int('12') + int(3.9)} {float('1.5')}"


def containers():
    xs = [1, 2, 3, 4, 5]
    first, *middle, last = xs
    yield f"{xs[1:3]} {xs[::-1]} {xs[-2]} {xs[:-1]} {first} {middle} {last}"
    xs[0], xs[1] = xs[1], xs[0]
    xs += [6]
    xs.insert(0, 9)
    yield f"{xs} {xs.index(3)} {xs.pop()} {xs.pop(0)} {len(xs)} {3 in xs} {7 not in xs} {[0] * 3 + [1]}"
    table = {"a": 1, **{"b": 2}, "c": 3}
    table.update(d=4)
    removed = table.pop("a")
    yield f"{list(table.items())} {removed} {table.get('z', 0)} {table.setdefault('e', 5)} {'b' in table} {sorted(table)}"
    yield f"{[x * y for x in range(3) for y in range(3) if x != y]} { {k: v for k, v in zip('ab', (1, 2))} == {'a': 1, 'b': 2} }"
    yield f"{sorted([3, 1, 2], reverse=True)} {sorted(['bb', 'a'], key=len)} {list(reversed([1, 2]))} {list(enumerate('ab', 1))}"
    yield f"{list(map(lambda x: x + 1, [1, 2]))} {list(filter(None, [0, 1, 2]))} {any([0, 1])} {all([])} {list(zip([1, 2], 'ab'))}"
    seen = set([1, 2, 2, 3]) - {1}
    yield f"{len(seen)} {sorted(seen | {9})} {tuple([1, 2]) + (3,)} {(1, 2) < (1, 3)} {[1, [2]] == [1, [2]]}"
    counts = defaultdict(int)
    for letter in "hello":
        counts[letter] += 1
    yield f"{counts['l']} {OrderedDict([('x', 1)])['x']} {list(itertools.chain([1], [2, 3]))} {functools.reduce(lambda a, b: a * b, [2, 3])}"


def texts():
    yield "a,b".split(",")[1] + "-".join(["x", "y"]) + "Hi".lower() + " z ".strip() + "ab".replace("b", "c") + "q".upper()
    yield "{} {name}".format(1, name="n") + " %d of %s" % (3, "x") + f" {'nested' + 'quote'} {{braces}} {3!r}"
    yield f"{'model.weight'.endswith('weight')} {'abc'[1]} {'abc'.find('c')} {'layer%d' % 3} {'a' < 'b'} {'x' * 3} {'1'.isdigit()}"
    yield r"raw\n" + "tab\t" + 'quote"' + """triple"""


def classes():
    config = Config(depth=3, names=["a"])
    wide = Wide(depth=5)
    yield f"{config.size} {config.label} {config.names} {wide.size} {wide.extra} {replace(config, width=1).size} {asdict(wide)['depth']}"
    counter = Counter(1, 2, 3, step=4, flag=True)
    yield f"{len(counter)} {counter[1]} {counter()} {counter(times=2)} {2 in counter} {list(counter)} {counter.options['flag']}"
    yield f"{(counter + Counter(5)).start} {Counter.kind()} {list(Counter.of('4,5'))} {Counter.made > 2} {counter == Counter(1)}"
    yield f"{counter.described()} {isinstance(counter, Base)} {isinstance(3, (str, int))} {issubclass(Counter, Base)} {hasattr(counter, 'nope')}"
    yield f"{Both().who()} {Patched().who()} {greet('hi')} {greet('hi', end='?')} {greet.__name__} {type(counter).__name__}"
    pair = Pair(3)
    left, right = pair
    yield f"{pair.left} {pair.right} {left + right} {Color.RED.value} {Color('b').name} {[c.name for c in Color]} {Color['RED'] is Color.RED}"
    yield f"{behind} {before} {size} {read_late()} {Body.double} {Body.width}"
    setattr(counter, "extra", 5)
    yield f"{getattr(counter, 'extra')} {getattr(counter, 'nope', 'default')} {functools.partial(Counter, 9)().start} {twice(4)}"


def flow():
    out = []
    for i in range(10):
        if i == 2:
            continue
        elif i == 5:
            break
        out.append(i)
    else:
        out.append("else")
    n = 0
    while n < 3:
        n += 1
    else:
        out.append("done")
    yield str(out)
    try:
        {}["missing"]
    except (KeyError, ValueError) as error:
        out = ["caught"]
    finally:
        out.append("finally")
    try:
        import no_such_package_at_all
    except ImportError:
        no_such_package_at_all = None
    yield f"{out} {no_such_package_at_all is None}"
    total = 0

    def add(x):
        nonlocal total
        total += x
        return total

    add(2)
    add(3)
    squares = [(lambda y: y * y)(x) for x in range(4)]
    yield f"{total} {squares} {(z := 5) + z}"
    a = b = []
    a.append(1)
    copy = list(a)
    copy.append(2)
    yield f"{b} {copy} {a is b} {None is None} {a is not copy}"


class Registered:
    known = {}

    def __init_subclass__(cls, kind="plain", **options):
        super().__init_subclass__(**options)
        cls.kind = kind
        Registered.known[kind] = cls.__name__


class Doubled(Registered, kind="doubled"):
    made = 0

    def __init__(self, **settings):
        self.width = 3
        self.__dict__.update(settings, depth=4)
        self.__dict__["height"] = 5
        vars(self)["length"] = 6
        type(self).made = 7

    def __setattr__(self, name, value):
        super().__setattr__(name, value * 2 if name == "width" else value)

    @property
    def area(self):
        return self.width * self._height

    @area.setter
    def area(self, value):
        self._height = value / self.width


class Plain:
    width = depth = height = 1


class Other(Plain):
    pass


def widened(kind):
    kind.width = 9


def deepened():
    setattr(Plain, "depth", 8)


widened(Plain)
deepened()
for each in (Plain, Other):
    each.height = 7


def idioms():
    yield f"{Plain.width} {Other().depth} {Plain().height} {Other.height}"
    made = Doubled(extra=8)
    made.area = 42
    yield f"{made.width} {made.area} {made._height} {Registered.known} {Doubled.kind} {made.made}"
    yield f"{made.depth} {made.height} {made.length} {made.extra} {sorted(made.__dict__)} {dict(**made.__dict__)['extra']}"
    Point = collections.namedtuple("Point", "x y", defaults=[2])
    point = Point(1)._replace(x=4)
    x, y = point
    yield f"{x} {y} {point.x} {point[1]} {len(point)} {tuple(point)} {isinstance(point, tuple)} {point == (4, 2)}"
    queue, count, groups = collections.deque([1, 2], maxlen=2), collections.Counter("aab"), collections.defaultdict(list)
    queue.append(3)
    groups["a"].append(1)
    yield f"{list(queue)} {count['a']} {count['z']} {groups['a']} {dict(groups)} {types.SimpleNamespace(k=3).k}"
    items = [1, 2, 3, 4]
    items[1:3] = [7, 8, 9]
    del items[0]
    yield f"{items} {[*map(str, items)][1]} {[*reversed(items)]} {list(itertools.islice(itertools.count(3), 2))}"
    yield f"{list(itertools.combinations([1, 2, 3], 2))} {list(itertools.chain.from_iterable([[1], [2]]))} {list(itertools.accumulate([1, 2, 3]))}"
    yield f"{'a b  c'.split()} {'a,b,c'.rsplit(',', 1)} {'x'.join('ab')} {'hello World'.title()} {'hELLO'.capitalize()} {'abc'.index('c')}"
    yield f"{5:>3}|{'a':*^5}|{3:<4}|{'b'!r}|{'key=1'.partition('=')}|{'ab1'.isalnum()} {'Ab'.isupper()}"
    yield f"{int('ff', 16)} {pow(3, 4, 5)} {round(2.675, 2)} {round(0.285, 2)} {math.fmod(-7, 3)} {math.atan2(1.0, 2.0):.6f}"
    shared = [1]
    holder = types.SimpleNamespace(items=shared)
    shallow, deep = copy.copy(holder), copy.deepcopy(holder)
    shared.append(2)
    yield f"{shallow.items} {deep.items} {math.comb(5, 2)} {math.factorial(5)}"


def results():
    return [line for part in (numbers, containers, texts, classes, flow, idioms) for line in part()]
