"""`torch.nn.utils`."""


def clip_grad_norm_(*arguments, **options):
    pass


def weight_norm(module, name="weight", dim=0):
    native("python.undecided")("weight_norm is not supported: remove it with remove_weight_norm and save the weights again")


def spectral_norm(module, *arguments, **options):
    native("python.undecided")("spectral_norm is not supported: remove it with remove_spectral_norm and save the weights again")
