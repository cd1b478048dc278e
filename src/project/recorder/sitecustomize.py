"""Notes the classes, dtypes and shapes that a program's own functions see. Started by `cargo wright record`.

The program runs unchanged: Python imports this module at its start because its folder leads PYTHONPATH. From Python 3.12
on `sys.monitoring` reports the calls, before that `sys.setprofile`. Every call is looked at while the time spent looking is
within its share of the time that passes; beyond it, a function that has been seen often is looked at ever more rarely. What
was noted is written at exit to a file of its own process below WRIGHT_RECORD_OUT.
"""

import atexit
import importlib.machinery
import importlib.util
import json
import os
import sys
import threading
import time

ROOT = os.path.realpath(os.environ.get("WRIGHT_RECORD_ROOT", os.getcwd())) + os.sep
OUT = os.environ.get("WRIGHT_RECORD_OUT")
HERE = os.path.dirname(os.path.realpath(__file__))
# The first calls of a function are looked at whatever it costs; then each power of two, and all others while time is left for them.
FIRST_CALLS = 32
# The share of the time that passes which may be spent looking, and what may be spent ahead of it: short programs are seen whole.
SHARE = 0.6
CREDIT_SECONDS = 0.5
# What the hook costs for each event, at least.
EVENT_SECONDS = 2.5e-7
# Processor time between two looks at what the hook costs.
SLICE_SECONDS = 0.02

began = time.perf_counter()
functions = {}  # code -> Seen, or None if the code is not the tree's
spent = 0.0
events = 0


class Seen:
    """What was seen of one function."""

    __slots__ = ("path", "line", "name", "calls", "looked", "names", "arguments")

    def __init__(self, code):
        self.path = os.path.relpath(os.path.realpath(code.co_filename), ROOT)
        self.line = code.co_firstlineno
        self.name = code.co_name
        self.calls = 0  # that were told of
        self.looked = 0  # that were looked at
        self.names = {}
        count = code.co_argcount + code.co_kwonlyargcount
        self.arguments = code.co_varnames[:count]

    def due(self, now):
        rare = self.calls <= FIRST_CALLS or self.calls & (self.calls - 1) == 0
        return rare or spent < SHARE * (now - began)


def seen_of(code):
    try:
        return functions[code]
    except KeyError:
        path = code.co_filename
        inside = not path.startswith("<") and os.path.realpath(path).startswith(ROOT)
        # An environment inside the tree is not the tree; a tree that is an installed package is.
        packaged = code.co_name.startswith("<") or "site-packages" in os.path.realpath(path)[len(ROOT) :]
        functions[code] = seen = Seen(code) if inside and not packaged else None
        return seen


def describe(value):
    """Class, dtype, shape and contiguity of a value, or None if it is nothing that the optimizer reads."""
    kind = type(value)
    if kind is float or kind is int or kind is bool:
        return (kind.__name__, None, None, None)
    module = kind.__module__
    if module == "numpy":
        if kind.__name__ == "ndarray":
            return ("numpy.ndarray", value.dtype.name, value.shape, bool(value.flags.c_contiguous))
        if hasattr(value, "dtype") and hasattr(value, "shape"):
            return ("numpy." + kind.__name__, value.dtype.name, value.shape, None)
        return None
    if module == "torch" and kind.__name__ == "Tensor" or module == "torch.nn.parameter":
        return ("torch.Tensor", str(value.dtype).replace("torch.", ""), tuple(value.shape), bool(value.is_contiguous()))
    return (module + "." + kind.__qualname__, None, None, None)


class Fact:
    """What holds of a name in all calls that were looked at."""

    __slots__ = ("kind", "dtype", "shape", "contiguous", "histories")

    def __init__(self, kind, dtype, shape, contiguous):
        self.kind, self.dtype, self.shape, self.contiguous = kind, dtype, shape, contiguous
        # Of each axis a hash of all the lengths it had, in order: axes with the same one were equal all along.
        self.histories = None if shape is None else [hash((0, length)) for length in shape]

    def add(self, kind, dtype, shape, contiguous):
        """Takes in another value; False if nothing is common to both."""
        if kind != self.kind:
            return False
        if shape is None or self.shape is None or len(shape) != len(self.shape):
            self.shape = None
        else:
            self.histories = [hash((old, length)) for old, length in zip(self.histories, shape)]
            if shape != self.shape:
                self.shape = tuple(a if a == b else None for a, b in zip(self.shape, shape))
        self.dtype = self.dtype if dtype == self.dtype else None
        self.contiguous = self.contiguous if contiguous == self.contiguous else None
        return True

    def row(self, symbols):
        """As JSON. An axis that varied is named by its history."""
        shape = self.shape
        if shape is not None:
            named = zip(shape, self.histories)
            shape = [symbols.setdefault(history, f"n{len(symbols)}") if a is None else a for a, history in named]
        return {"class": self.kind, "dtype": self.dtype, "shape": shape, "contiguous": self.contiguous}


def note(names, name, at, value):
    key = (name, at)
    new = describe(value)
    if key not in names:
        names[key] = None if new is None else Fact(*new)
    elif names[key] is not None and (new is None or not names[key].add(*new)):
        names[key] = None


def on_call(frame, seen, now):
    seen.calls += 1
    if not seen.due(now):
        return
    seen.looked += 1
    values = frame.f_locals
    for name in seen.arguments:
        if name in values:
            note(seen.names, name, "argument", values[name])


def on_return(frame, seen, result, now):
    if not seen.due(now):
        return
    arguments = seen.arguments
    for name, value in frame.f_locals.items():
        if name not in arguments:
            note(seen.names, name, "local", value)
    note(seen.names, "return", "result", result)


def profile(frame, event, arg):
    """For Python before 3.12, which tells of the calls of C functions too and can not be asked not to."""
    global spent, events
    events += 1
    if event != "call" and event != "return":
        return
    seen = functions.get(frame.f_code, 0)
    if seen is None:
        return
    start = time.perf_counter()
    if seen == 0:
        seen = seen_of(frame.f_code)
    if seen is not None and (event == "call" or seen.calls):
        if event == "call":
            on_call(frame, seen, start)
        else:
            on_return(frame, seen, arg, start)
    spent += time.perf_counter() - start


def start_profile():
    """Profiles without a break while that is cheap. Where it takes more than its share of the time and the credit is used up, each slice
    is followed by a rest that is long enough to make up for it."""
    import signal

    last = {"on": True, "events": 0, "spent": 0.0, "credit": CREDIT_SECONDS, "waited": SLICE_SECONDS}

    def switch(signum, frame):
        cost = (events - last["events"]) * EVENT_SECONDS + spent - last["spent"]
        last["events"], last["spent"] = events, spent
        last["credit"] = min(CREDIT_SECONDS, last["credit"] + SHARE * last["waited"] - cost)
        last["on"] = last["credit"] >= 0.0
        last["waited"] = SLICE_SECONDS if last["on"] else -last["credit"] / SHARE
        sys.setprofile(profile if last["on"] else None)
        signal.setitimer(signal.ITIMER_VIRTUAL, last["waited"])

    threading.setprofile(profile)
    sys.setprofile(profile)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGVTALRM) == signal.SIG_DFL:
        signal.signal(signal.SIGVTALRM, switch)
        signal.setitimer(signal.ITIMER_VIRTUAL, SLICE_SECONDS)


def start_monitoring():
    monitoring = sys.monitoring
    tool = monitoring.PROFILER_ID
    monitoring.use_tool_id(tool, "wright")
    events = monitoring.events

    def called(code, offset):
        global spent
        seen = seen_of(code)
        if seen is None:
            return monitoring.DISABLE
        start = time.perf_counter()
        on_call(sys._getframe(1), seen, start)
        spent += time.perf_counter() - start
        return monitoring.DISABLE if exhausted(seen) else None

    def returned(code, offset, value):
        global spent
        seen = seen_of(code)
        if seen is None:
            return monitoring.DISABLE
        if seen.calls:
            start = time.perf_counter()
            on_return(sys._getframe(1), seen, value, start)
            spent += time.perf_counter() - start
        return monitoring.DISABLE if exhausted(seen) else None

    monitoring.register_callback(tool, events.PY_START, called)
    monitoring.register_callback(tool, events.PY_RETURN, returned)
    monitoring.set_events(tool, events.PY_START | events.PY_RETURN)


def exhausted(seen):
    """A function called so often that looking on would cost more than it tells."""
    return seen.calls > 1 << 16


def write():
    stop()
    rows = []
    for seen in functions.values():
        if seen is not None and seen.calls:
            symbols = {}
            facts = sorted((item for item in seen.names.items() if item[1] is not None), key=lambda item: item[0])
            names = [{"name": name, "at": at, **fact.row(symbols)} for (name, at), fact in facts]
            rows.append({"path": seen.path, "line": seen.line, "name": seen.name, "calls": seen.looked, "names": names})
    part = os.path.join(OUT, f"{os.getpid()}.json")
    with open(part + ".part", "w") as file:
        json.dump(rows, file)
    os.replace(part + ".part", part)


def stop():
    """Ends the looking. A timer that outlived the interpreter's handler would kill the process."""
    if hasattr(sys, "monitoring"):
        sys.monitoring.set_events(sys.monitoring.PROFILER_ID, 0)
        return
    import signal

    if threading.current_thread() is threading.main_thread():
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    sys.setprofile(None)


def after_fork():
    """A worker that multiprocessing makes ends without atexit; it has calls of its own to tell of."""
    for seen in functions.values():
        if seen is not None:
            seen.calls = seen.looked = 0
            seen.names.clear()
    workers = sys.modules.get("multiprocessing.util")
    if workers is not None:
        # It forgets what is to be done at exit once more after this, and then asks again.
        workers.register_after_fork(write, lambda write: workers.Finalize(None, write, exitpriority=0))


def audit(event, arguments):
    """Another program takes the process over: what was seen is written, and the timer does not go with it."""
    if event == "os.exec":
        write()


def start():
    atexit.register(write)
    sys.addaudithook(audit)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=after_fork)
    if hasattr(sys, "monitoring"):
        start_monitoring()
    else:
        start_profile()


def hand_over():
    """Lets the environment's own sitecustomize run too."""
    sys.path[:] = [p for p in sys.path if os.path.realpath(p or ".") != HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


hand_over()
if OUT:
    start()
