"""Python's `copy`."""

def deepcopy(value, memo=None):
    return native("python.copied")(value)


def copy(value):
    if isinstance(value, (list, dict, set)):
        return value.copy()
    if isinstance(value, (int, float, str, bool, tuple)) or value is None:
        return value
    return native("python.shallow")(value)
