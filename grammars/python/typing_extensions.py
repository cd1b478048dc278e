"""The names of `typing`."""
from typing import *
from typing import TYPE_CHECKING, Any, Callable, cast, overload
