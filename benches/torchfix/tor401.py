import torch
from torch.utils.data import DataLoader

data = torch.rand(2000, 20)
a = DataLoader(data, batch_size=2)
b = torch.utils.data.DataLoader(data, 2, False, None, None, 0)
c = DataLoader(data, num_workers=0)
d = DataLoader(data, num_workers=4)
few = DataLoader([1, 2, 3])
