"""`torch.optim`: a step changes no shape."""
from . import lr_scheduler


class Optimizer:
    def __init__(self, params, *arguments, **options):
        self.param_groups = [{"params": list(params)}]

    def zero_grad(self, set_to_none=True):
        pass

    def step(self, closure=None):
        pass


class Adadelta(Optimizer):
    pass


class Adagrad(Optimizer):
    pass


class Adam(Optimizer):
    pass


class AdamW(Optimizer):
    pass


class Adamax(Optimizer):
    pass


class NAdam(Optimizer):
    pass


class RAdam(Optimizer):
    pass


class RMSprop(Optimizer):
    pass


class SGD(Optimizer):
    pass
