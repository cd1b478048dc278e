"""`torch._C`: what is asked of it is no part of a model."""


def _log_api_usage_once(name):
    pass
