import torchvision
from torchvision import models
from torchvision.models import resnet18
from torchvision.models.vgg import cfgs, make_layers

flag = bool(len(cfgs))
a = torchvision.models.resnet50(pretrained=True)
b = models.resnet50(False)
c = resnet18(pretrained=flag)
d = models.detection.ssdlite320_mobilenet_v3_large(pretrained=False, pretrained_backbone=True)
e = models.segmentation.fcn_resnet50(pretrained=True)
f = models.vgg16(weights=None)
g = make_layers(cfgs["D"], False)
