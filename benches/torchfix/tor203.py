import torchvision.datasets as datasets
import torchvision.models as models
import torchvision.models as zoo
import torchvision.transforms as transforms
