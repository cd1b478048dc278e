"""`torch.utils.data`: a loader gives its first batch."""
from torch import Tensor


class Dataset:
    pass


class TensorDataset(Dataset):
    def __init__(self, *tensors):
        lengths = [tensor.shape[0] for tensor in tensors]
        if any(length != lengths[0] for length in lengths):
            raise AssertionError(f"tensors of {lengths} rows are no data set")
        self.tensors = tensors

    def __len__(self):
        return self.tensors[0].shape[0]

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)


class DataLoader:
    def __init__(self, dataset, batch_size=1, *arguments, **options):
        self.dataset = dataset
        self.batch_size = batch_size

    def __iter__(self):
        if not isinstance(self.dataset, TensorDataset):
            native("python.undecided")("what a data set of its own kind holds is not followed")
        return iter([tuple(tensor[: self.batch_size] for tensor in self.dataset.tensors)])
