"""Python's `math`, as the interpreter knows it."""

pi = 3.141592653589793
e = 2.718281828459045
tau = 6.283185307179586
inf = float("inf")
nan = float("nan")

sqrt = native("math.sqrt")
exp = native("math.exp")
log = native("math.log")
log2 = native("math.log2")
log10 = native("math.log10")
log1p = native("math.log1p")
sin = native("math.sin")
cos = native("math.cos")
tan = native("math.tan")
tanh = native("math.tanh")
fabs = native("math.fabs")
asin = native("math.asin")
acos = native("math.acos")
atan = native("math.atan")
sinh = native("math.sinh")
cosh = native("math.cosh")
expm1 = native("math.expm1")
atan2 = native("math.atan2")
hypot = native("math.hypot")
copysign = native("math.copysign")
fmod = native("math.fmod")
pow = native("math.pow")
floor = native("math.floor")
ceil = native("math.ceil")
trunc = native("math.trunc")
gcd = native("math.gcd")
isinf = native("math.isinf")
isnan = native("math.isnan")


def prod(numbers, *, start=1):
    for number in numbers:
        start = start * number
    return start


def degrees(x):
    return x * 180.0 / pi


def radians(x):
    return x * pi / 180.0


def lcm(a, b):
    return abs(a * b) // gcd(a, b) if a and b else 0


def factorial(n):
    return prod(range(1, n + 1))


def comb(n, k):
    return factorial(n) // (factorial(k) * factorial(n - k)) if 0 <= k <= n else 0
