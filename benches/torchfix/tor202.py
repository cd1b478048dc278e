from torchvision.transforms import v2
from torchvision.transforms.v2 import ToTensor

a = v2.ToTensor()
b = ToTensor()
c = v2.ToTensor
