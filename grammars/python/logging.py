"""Python's `logging`: nobody reads it here."""

class Logger:
    def debug(self, *arguments, **keywords):
        pass

    info = debug
    warning = debug
    warn = debug
    error = debug
    warning_once = debug
    setLevel = debug


def getLogger(name=None):
    return Logger()


def debug(*arguments, **keywords):
    pass


info = debug
warning = debug
warn = debug
error = debug
basicConfig = debug
INFO = 20
