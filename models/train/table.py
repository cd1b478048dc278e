"""The rows of a measured set, as `set features` writes them, and its splits.

`table.py SET [SPLIT…]` prints the lines of the set that belong to these parts; if none is named, all that nothing was fitted to.
"""

import dataclasses
import hashlib
import json
import lzma
import pathlib
import struct
import sys

import numpy as np

# Of all leaves of a case; above it is what the split by size holds out.
LARGE_BYTES = 1.6e7
SIZES = {"f64": 8, "i64": 8, "u64": 8, "f32": 4, "i32": 4, "u32": 4, "f16": 2, "bf16": 2, "i16": 2, "u16": 2, "i8": 1, "u8": 1, "bool": 1}


class Layout:
    """Where a row has what: `src/score/features.rs` says it, and `set features` writes it beside the rows."""

    def __init__(self, said: dict) -> None:
        self.width: int = said["width"]
        self.operands: int = said["operands"]
        self.readers: int = said["readers"]
        self.targets: list[str] = said["targets"]  # in the order of their flags
        self.places: dict[str, slice] = {name: slice(*ends) for name, ends in said["places"].items()}
        self.seconds_centre: float = said["seconds_centre"]
        self.seconds_scale: float = said["seconds_scale"]
        self.count_scale: float = said["count_scale"]


@dataclasses.dataclass
class Table:
    """Candidates one after another; those of a case stand together."""

    rows: np.ndarray  # [rows, width]
    ops: np.ndarray  # [rows], from 1
    operands: np.ndarray  # [rows, operands], rows of the same candidate from 1; 0 is none
    readers: np.ndarray  # [rows, readers], likewise
    starts: np.ndarray  # [candidates + 1], the first row of each
    cases: np.ndarray  # [candidates]
    seconds: np.ndarray  # [candidates], 0 where not measured
    spread: np.ndarray  # [candidates]
    analytic: np.ndarray  # [candidates]
    names: list[str]  # of the ops
    layout: Layout
    version: str  # of the rows
    split: np.ndarray  # [cases]: train, valid, ops, large
    targets: np.ndarray  # [cases]
    programs: list[str]  # [cases]
    halves: np.ndarray  # [cases]: 0 or 1, by the combination of ops


def read(features: pathlib.Path, data: pathlib.Path) -> Table:
    """`features` was made of `data`, a measured set (lines of JSON, maybe compressed)."""
    tensors, about = safetensors(features)
    cases = [json.loads(line) for line in lines(data)]
    starts = np.concatenate([[0], np.cumsum(tensors["lengths"])])
    return Table(
        rows=tensors["rows"],
        ops=tensors["ops"],
        operands=tensors["operands"],
        readers=tensors["readers"],
        starts=starts,
        cases=tensors["cases"],
        seconds=tensors["seconds"],
        spread=tensors["spread"],
        analytic=tensors["analytic"],
        names=about["ops"].split(","),
        layout=Layout(json.loads(about["layout"])),
        version=about["version"],
        split=np.array([split(case) for case in cases]),
        targets=np.array([case["target"] for case in cases]),
        programs=[case["program"] for case in cases],
        halves=np.array([int(share(f"fold {combination(case)}") < 0.5) for case in cases]),
    )


def split(case: dict) -> str:
    """Which part of the set a case belongs to: by the size of its inputs, by its combination of ops, by its program."""
    if sum(size(leaf) for leaf in case["leaves"]) > LARGE_BYTES:
        return "large"
    if share(combination(case)) < 0.12:
        return "ops"
    return "valid" if share(case["program"]) < 0.06 else "train"


def combination(case: dict) -> str:
    """The ops of all its candidates."""
    return ",".join(sorted({node.split(" ")[0] for node in case["nodes"] if node[0].isalpha()}))


def size(leaf: str) -> float:
    """Bytes of an input."""
    if leaf.startswith("~"):
        return 8.0
    dtype, lengths = leaf[:-1].split("[")
    return SIZES[dtype] * float(np.prod([int(n) for n in lengths.split(",") if n]))


def share(text: str) -> float:
    """A number below 1 that a text always has."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def lines(path: pathlib.Path) -> list[str]:
    opened = lzma.open(path, "rt") if path.suffix == ".xz" else open(path)
    with opened as file:
        return file.readlines()


def safetensors(path: pathlib.Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    about = header.pop("__metadata__", {})
    dtypes = {"F32": np.float32, "I32": np.int32}
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], dtypes[entry["dtype"]]).reshape(entry["shape"])
    return tensors, about


if __name__ == "__main__":
    wanted = sys.argv[2:] or ["valid", "ops", "large"]
    sys.stdout.writelines(line for line in lines(pathlib.Path(sys.argv[1])) if split(json.loads(line)) in wanted)
