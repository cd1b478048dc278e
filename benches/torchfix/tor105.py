from torch.utils.data._utils.collate import default_collate, default_convert

a = default_collate([1, 2])
b = default_convert([1, 2])
