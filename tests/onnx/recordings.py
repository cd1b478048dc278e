"""The data that ONNX's backend tests are recorded with."""

import os

import onnx
from google.protobuf.message import DecodeError


def protos(folder, what):
    """The tensors of a folder's inputs or outputs; those of a sequence one by one, as a model that is read takes and gives them."""
    found, i = [], 0
    while os.path.exists(path := f"{folder}/{what}_{i}.pb"):
        with open(path, "rb") as file:
            found += parts(file.read())
        i += 1
    return found


def parts(data):
    try:
        sequence = onnx.SequenceProto.FromString(data).tensor_values
    except DecodeError:
        sequence = []
    return list(sequence) or [onnx.TensorProto.FromString(data)]
