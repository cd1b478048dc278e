"""Python's `itertools`."""

def chain(*parts):
    return [item for part in parts for item in part]


def repeat(value, times):
    return [value] * times


def product(*parts):
    rows = [()]
    for part in parts:
        part = list(part)
        rows = [row + (item,) for row in rows for item in part]
    return rows


def pairwise(items):
    items = list(items)
    return list(zip(items[:-1], items[1:]))


def accumulate(items):
    total = 0
    sums = []
    for item in items:
        total = total + item
        sums.append(total)
    return sums
