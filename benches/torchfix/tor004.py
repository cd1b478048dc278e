from torch import lstsq, randn, solve
from torch import matrix_rank as rank_of

A = randn(3, 3)
