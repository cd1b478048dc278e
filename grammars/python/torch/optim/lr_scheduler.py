"""`torch.optim.lr_scheduler`: a rate changes no shape."""


class LRScheduler:
    def __init__(self, optimizer, *arguments, **options):
        self.optimizer = optimizer

    def step(self, *arguments):
        pass


StepLR = MultiStepLR = ExponentialLR = CosineAnnealingLR = ReduceLROnPlateau = OneCycleLR = LambdaLR = LinearLR = LRScheduler
