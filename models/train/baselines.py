"""Rankings that are learned with less: `baselines.py SET FEATURES OUT` writes OUT/least-squares.onnx and OUT/boosted-trees.onnx.

They are fitted to the same cases as the network, on sums over a candidate's rows, one fit for each target, and take the network's inputs: `cargo wright
… --scorer FILE` ranks by them.
"""

import pathlib

import numpy as np
import onnx
from export import INPUTS, OPSET, OUTPUTS, metadata
from scipy.optimize import nnls
from sklearn.ensemble import HistGradientBoostingRegressor
from table import Layout, Table
from train import Batches, asked

# By these is told, for each kind of work, what its ops take.
PARTS = ["call", "compute", "memory"]
# So that a logarithm of nothing is a number.
NOTHING = 1e-9
LEAST_SECONDS = 1e-12
# They do not say how unsure they are; this is what the cost model in `src/score/analytic.rs` states, for which the margin was chosen.
UNCERTAINTY = 0.06


def seconds(layout: Layout, rows: np.ndarray, name: str) -> np.ndarray:
    """What the cost model says of each row."""
    return np.exp(rows[:, layout.places[name].start] * layout.seconds_scale + layout.seconds_centre)


def counts(layout: Layout, rows: np.ndarray, name: str) -> np.ndarray:
    """Operations or bytes of each row."""
    return np.expm1(rows[:, layout.places[name].start].astype(np.float64) * layout.count_scale)


def sums(table: Table, values: np.ndarray) -> np.ndarray:
    """Of each candidate's rows."""
    some = (np.diff(table.starts) > 0).reshape(-1, *[1] * (values.ndim - 1))
    return np.add.reduceat(np.concatenate([values, np.zeros((1, *values.shape[1:]))]), table.starts[:-1]) * some


class Baselines:
    """Predicted logarithms of seconds for every candidate of a table, and what they are computed with, by target."""

    def __init__(self, batches: Batches) -> None:
        table = batches.table
        layout, kinds = table.layout, table.rows[:, table.layout.places["kind"]]
        by_kind = [kinds] + [kinds * seconds(layout, table.rows, name)[:, None] for name in PARTS]
        self.kinds = np.concatenate([sums(table, values) for values in by_kind], axis=1)
        work = [sums(table, counts(layout, table.rows, name))[:, None] for name in ["flops", "bytes"]]
        self.logs = np.log(np.concatenate([self.kinds, *work], axis=1) + NOTHING)
        self.weights: dict[str, np.ndarray] = {}
        self.trees: dict[str, HistGradientBoostingRegressor] = {}
        self.least_squares, self.boosted_trees = np.zeros(len(table.cases)), np.zeros(len(table.cases))
        taken = np.concatenate([batches.members[case] for case in batches.cases("train", least=1)])
        of_candidate = table.targets[table.cases]
        for target in layout.targets:
            mine, fitted = np.flatnonzero(of_candidate == target), taken[of_candidate[taken] == target]
            if len(fitted):
                self.fit(target, mine, fitted, table.seconds[fitted].astype(float))

    def fit(self, target: str, mine: np.ndarray, fitted: np.ndarray, measured: np.ndarray) -> None:
        """`measured` are the seconds of the candidates `fitted`; `mine` are all candidates of the target."""
        # In relative errors: a microsecond counts as a second does.
        self.weights[target], _ = nnls(self.kinds[fitted] / measured[:, None], np.ones(len(fitted)), maxiter=10_000)
        self.least_squares[mine] = np.log(np.maximum(self.kinds[mine] @ self.weights[target], LEAST_SECONDS))
        trees = HistGradientBoostingRegressor(max_iter=600, learning_rate=0.05, random_state=0).fit(self.logs[fitted], np.log(measured))
        self.trees[target] = trees
        self.boosted_trees[mine] = trees.predict(self.logs[mine])


class Graph:
    """A scorer's file that is put together node by node."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: list | np.ndarray, dtype: type = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(np.array(values, dtype), name))
        return name

    def node(self, op: str, *inputs: str, out: str | None = None, **attributes) -> str:
        name = out or f"v{len(self.nodes)}"
        domain = {"TreeEnsembleRegressor": "ai.onnx.ml"}.get(op, "")
        self.nodes.append(onnx.helper.make_node(op, inputs, [name], domain=domain, **attributes))
        return name

    def part(self, layout: Layout, name: str) -> str:
        """[r, the part's width] of `rows`."""
        place = layout.places[name]
        return self.node("Slice", "rows", *(self.constant([n], np.int64) for n in (place.start, place.stop, 1)))

    def scaled(self, value: str, scale: float, centre: float) -> str:
        return self.node("Add", self.node("Mul", value, self.constant(scale)), self.constant(centre))

    def features(self, layout: Layout) -> tuple[str, str, str]:
        """[c, …]: the sums by kind, the same with operations and bytes, and which target it is. Row 0, which is none, adds nothing to a sum."""
        factor = self.node("Exp", self.part(layout, "added"))
        kinds = self.node("Mul", self.part(layout, "kind"), factor)
        spent = [self.node("Exp", self.scaled(self.part(layout, name), layout.seconds_scale, layout.seconds_centre)) for name in PARTS]
        by_kind = [kinds] + [self.node("Mul", kinds, each) for each in spent]
        one = self.constant(1.0)
        exponents = [self.scaled(self.part(layout, name), layout.count_scale, 0.0) for name in ["flops", "bytes"]]
        work = [self.node("Mul", self.node("Sub", self.node("Exp", each), one), factor) for each in exponents]
        rows = self.node("Concat", *by_kind, *work, axis=1)
        each = self.node("Gather", rows, "members", axis=0)
        every = self.node("ReduceSum", each, self.constant([1], np.int64), keepdims=0)
        width = 4 * (layout.places["kind"].stop - layout.places["kind"].start)
        of_kinds = self.node("Slice", every, *(self.constant([n], np.int64) for n in (0, width, 1)))
        targets = self.node("Gather", self.part(layout, "target"), "members", axis=0)
        return of_kinds, every, self.node("ReduceMax", targets, self.constant([1], np.int64), keepdims=0)

    def write(self, by_target: str, target: str, table: Table, data: pathlib.Path, out: pathlib.Path) -> None:
        """`by_target` [c, targets] are predictions, of which `target` says the one that counts."""
        axis = self.constant([1], np.int64)
        log_seconds = self.node("ReduceSum", self.node("Mul", by_target, target), axis, keepdims=0, out=OUTPUTS[0])
        self.node("Add", self.node("Mul", log_seconds, self.constant(0.0)), self.constant(UNCERTAINTY), out=OUTPUTS[1])
        layout, value = table.layout, onnx.helper.make_tensor_value_info
        shapes = [["r", layout.width], ["r"], ["r", layout.operands], ["r", layout.readers], ["c", "n"]]
        dtypes = [onnx.TensorProto.FLOAT] + [onnx.TensorProto.INT64] * 4
        inputs = [value(*each) for each in zip(INPUTS, dtypes, shapes, strict=True)]
        outputs = [value(name, onnx.TensorProto.FLOAT, ["c"]) for name in OUTPUTS]
        graph = onnx.helper.make_graph(self.nodes, out.stem, inputs, outputs, self.constants)
        versions = [onnx.helper.make_opsetid("", OPSET), onnx.helper.make_opsetid("ai.onnx.ml", 3)]
        model = onnx.helper.make_model(graph, opset_imports=versions, ir_version=10)
        onnx.helper.set_model_props(model, metadata(table, data))
        onnx.checker.check_model(model, full_check=True)
        out.write_bytes(model.SerializeToString())


def write_least_squares(fitted: Baselines, table: Table, data: pathlib.Path, out: pathlib.Path) -> None:
    graph = Graph()
    kinds, _, target = graph.features(table.layout)
    weights = np.stack([fitted.weights[name] for name in table.layout.targets], axis=1)
    spent = graph.node("Max", graph.node("MatMul", kinds, graph.constant(weights)), graph.constant(LEAST_SECONDS))
    graph.write(graph.node("Log", spent), target, table, data, out)


def write_boosted_trees(fitted: Baselines, table: Table, data: pathlib.Path, out: pathlib.Path) -> None:
    graph = Graph()
    _, every, target = graph.features(table.layout)
    logs = graph.node("Log", graph.node("Add", every, graph.constant(NOTHING)))
    each = [graph.node("TreeEnsembleRegressor", logs, n_targets=1, **ensemble(fitted.trees[name])) for name in table.layout.targets]
    graph.write(graph.node("Concat", *each, axis=1), target, table, data, out)


def ensemble(trees: HistGradientBoostingRegressor) -> dict:
    """The attributes of ONNX's operator for trees."""
    found: dict[str, list] = {key: [] for key in ["treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids"]}
    leaves: dict[str, list] = {key: [] for key in ["treeids", "nodeids", "ids", "weights"]}
    for tree, (predictor,) in enumerate(trees._predictors):
        for number, node in enumerate(predictor.nodes):
            is_leaf = bool(node["is_leaf"])
            threshold = 0.0 if is_leaf else float(node["num_threshold"])
            entries = [tree, number, 0 if is_leaf else int(node["feature_idx"]), threshold, "LEAF" if is_leaf else "BRANCH_LEQ"]
            below = [0, 0] if is_leaf else [int(node["left"]), int(node["right"])]
            for key, entry in zip(found, entries + below, strict=True):
                found[key].append(entry)
            if is_leaf:
                for key, entry in zip(leaves, [tree, number, 0, float(node["value"])], strict=True):
                    leaves[key].append(entry)
    attributes = {f"nodes_{key}": values for key, values in found.items()} | {f"target_{key}": values for key, values in leaves.items()}
    return attributes | {"base_values": [float(trees._baseline_prediction.item())]}


def main() -> None:
    arguments, batches = asked(__doc__)
    arguments.out.mkdir(parents=True, exist_ok=True)
    fitted = Baselines(batches)
    for name, write in [("least-squares", write_least_squares), ("boosted-trees", write_boosted_trees)]:
        write(fitted, batches.table, arguments.set, arguments.out / f"{name}.onnx")


if __name__ == "__main__":
    main()
