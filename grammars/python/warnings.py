"""Python's `warnings`: nobody reads them here."""

def warn(*arguments, **keywords):
    pass


def filterwarnings(*arguments, **keywords):
    pass


def simplefilter(*arguments, **keywords):
    pass
