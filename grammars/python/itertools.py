"""Python's `itertools`."""


class count:
    def __init__(self, start=0, step=1):
        self.next_ = start
        self.step = step

    def __next__(self):
        value = self.next_
        self.next_ = value + self.step
        return value


class cycle:
    def __init__(self, items):
        self.items_ = list(items)
        self.place = 0

    def __next__(self):
        if not self.items_:
            raise StopIteration("nothing is left")
        value = self.items_[self.place % len(self.items_)]
        self.place += 1
        return value


def islice(items, *bounds):
    if isinstance(items, (count, cycle)):
        start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
        return iter([next(items) for _ in range(stop)][start::step])
    return iter(list(items)[slice(*bounds)])


def chain(*parts):
    return [item for part in parts for item in part]


def _chained(parts):
    return [item for part in parts for item in part]


chain.from_iterable = _chained


def repeat(value, times):
    return [value] * times


def product(*parts, repeat=1):
    rows = [()]
    for part in [list(part) for part in parts] * repeat:
        rows = [row + (item,) for row in rows for item in part]
    return rows


def combinations(items, r):
    items = list(items)
    if r == 0:
        return [()]
    return [(items[i],) + rest for i in range(len(items)) for rest in combinations(items[i + 1 :], r - 1)]


def permutations(items, r=None):
    items = list(items)
    r = len(items) if r is None else r
    if r == 0:
        return [()]
    return [(items[i],) + rest for i in range(len(items)) for rest in permutations(items[:i] + items[i + 1 :], r - 1)]


def starmap(function, rows):
    return [function(*row) for row in rows]


def zip_longest(*columns, fillvalue=None):
    columns = [list(column) for column in columns]
    longest = max([len(column) for column in columns], default=0)
    return [tuple(column[i] if i < len(column) else fillvalue for column in columns) for i in range(longest)]


def pairwise(items):
    items = list(items)
    return list(zip(items[:-1], items[1:]))


def accumulate(items, function=None, *, initial=None):
    sums = [] if initial is None else [initial]
    for item in items:
        sums.append(item if not sums else sums[-1] + item if function is None else function(sums[-1], item))
    return sums
