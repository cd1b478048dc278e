"""`torch.autograd`: of a function only what it computes, not its gradient."""


def Variable(data, requires_grad=False, volatile=False):
    return data


class _Context:
    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def _nothing(self, *arguments):
        pass

    mark_dirty = mark_non_differentiable = set_materialize_grads = _nothing


class Function:
    @classmethod
    def apply(cls, *arguments):
        return cls.forward(_Context(), *arguments)


def set_detect_anomaly(*arguments, **options):
    pass
