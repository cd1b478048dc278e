"""Writes the trained network as ONNX: `export.py OUT/scorer.pt FEATURES SET SCORER.onnx`.

Its metadata say which rows it reads (`version`), which ops its numbers mean (`ops`), and what it was trained on (`set`, a hash).
"""

import hashlib
import pathlib
import sys

import numpy as np
import onnx
import torch
from network import Scorer
from table import Table, read

OPSET = 18
LEAST_PROGRAMS = 3
INPUTS = ["rows", "ops", "operands", "readers", "members"]
OUTPUTS = ["log_seconds", "uncertainty"]


def main(weights: pathlib.Path, features: pathlib.Path, data: pathlib.Path, out: pathlib.Path) -> None:
    table = read(features, data)
    layout = table.layout
    saved = torch.load(weights, weights_only=True)
    model = Scorer(layout, len(table.names), **saved["shape"])
    model.load_state_dict(saved["state"])
    rows, candidates, longest = 7, 3, 4
    example = (
        torch.rand(rows, layout.width),
        torch.arange(rows) % 5,
        torch.randint(0, rows, (rows, layout.operands)),
        torch.randint(0, rows, (rows, layout.readers)),
        torch.randint(0, rows, (candidates, longest)),
    )
    r, c, n = torch.export.Dim("r", min=2), torch.export.Dim("c", min=2), torch.export.Dim("n", min=2)
    lengths = ({0: r}, {0: r}, {0: r}, {0: r}, {0: c, 1: n})
    program = torch.onnx.export(
        model.eval(), example, None, input_names=INPUTS, output_names=OUTPUTS, opset_version=OPSET, dynamic_shapes=lengths, dynamo=True
    )
    program.optimize()
    file = program.model_proto
    onnx.helper.set_model_props(file, metadata(table, data))
    for node in file.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    file.doc_string = "Predicts the logarithm of the seconds that a program takes, and how unsure that is."
    file.producer_version = ""
    onnx.checker.check_model(file, full_check=True)
    out.write_bytes(file.SerializeToString())
    print(f"{out}: {out.stat().st_size} bytes, {len(file.graph.node)} nodes")


def metadata(table: Table, data: pathlib.Path) -> dict[str, str]:
    """What a scorer's file says of itself."""
    return {"version": table.version, "ops": ",".join(table.names), **learned(table), "set": hashlib.sha256(data.read_bytes()).hexdigest()[:16]}


def learned(table: Table) -> dict[str, str]:
    """For each target, the ops that were in at least `LEAST_PROGRAMS` programs to learn from."""
    programs: dict[tuple[str, int], set[str]] = {}
    candidates = np.repeat(np.arange(len(table.cases)), np.diff(table.starts))
    for row, candidate in zip(table.ops, candidates, strict=True):
        case = table.cases[candidate]
        if table.split[case] == "train" and table.seconds[candidate] > 0:
            programs.setdefault((table.targets[case], int(row)), set()).add(table.programs[case])
    names = lambda target: [name for number, name in enumerate(table.names, 1) if len(programs.get((target, number), ())) >= LEAST_PROGRAMS]
    return {target: ",".join(names(target)) for target in table.layout.targets}


if __name__ == "__main__":
    main(*(pathlib.Path(path) for path in sys.argv[1:5]))
