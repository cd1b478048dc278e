"""Rankings that are learned with less: `baselines.py SET FEATURES OUT` writes OUT/least-squares.onnx and OUT/boosted-trees.onnx.

They are fitted to the same cases as the network, on sums over a candidate's rows, one fit for each target, and take the network's inputs: `cargo wright
… --scorer FILE` ranks by them. The sums are made by the part of these files that makes them, and what the files predict is held to what the fits do.
"""

import pathlib
import sys
from collections.abc import Iterator

import numpy as np
import onnx
import onnxruntime
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
# Of a logarithm that trees are told: a number of single precision has room for it.
STEP = 2.0**-16
# Of predicted logarithms: what single precision may change.
TOLERANCE = 1e-4
BATCH = 512
# They do not say how unsure they are; this is what the cost model in `src/score/analytic.rs` states, for which the margin was chosen.
UNCERTAINTY = 0.06


class Graph:
    """A scorer's file that is put together node by node."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.rows = self.node("Cast", "rows", to=onnx.TensorProto.DOUBLE)

    def constant(self, values: list | np.ndarray, dtype: type = np.float64) -> str:
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
        return self.node("Slice", self.rows, *(self.constant([n], np.int64) for n in (place.start, place.stop, 1)))

    def scaled(self, value: str, scale: float, centre: float) -> str:
        return self.node("Add", self.node("Mul", value, self.constant(scale)), self.constant(centre))

    def features(self, layout: Layout) -> tuple[str, str, str]:
        """[c, …]: the sums by kind, the logarithms of these and of operations and bytes, and which target it is. Row 0, which is none, adds
        nothing to a sum."""
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
        # In steps, so that no threshold of a tree lies between sums that are equal but for the order of their terms.
        steps = self.node("Mul", self.node("Log", self.node("Add", every, self.constant(NOTHING))), self.constant(1 / STEP))
        logs = self.node("Cast", self.node("Mul", self.node("Round", steps), self.constant(STEP)), to=onnx.TensorProto.FLOAT)
        return of_kinds, logs, self.node("ReduceMax", targets, self.constant([1], np.int64), keepdims=0)

    def choose(self, by_target: str, target: str) -> None:
        """`by_target` [c, targets] are predictions, of which `target` says the one that counts."""
        axis = self.constant([1], np.int64)
        log_seconds = self.node("ReduceSum", self.node("Mul", by_target, target), axis, keepdims=0)
        doubt = self.node("Add", self.node("Mul", log_seconds, self.constant(0.0)), self.constant(UNCERTAINTY))
        for value, out in zip([log_seconds, doubt], OUTPUTS, strict=True):
            self.node("Cast", value, out=out, to=onnx.TensorProto.FLOAT)

    def model(self, name: str, layout: Layout, outputs: dict[str, tuple[int, list]]) -> onnx.ModelProto:
        """The whole, whose outputs have these types and shapes."""
        value = onnx.helper.make_tensor_value_info
        shapes = [["r", layout.width], ["r"], ["r", layout.operands], ["r", layout.readers], ["c", "n"]]
        dtypes = [onnx.TensorProto.FLOAT] + [onnx.TensorProto.INT64] * 4
        inputs = [value(*each) for each in zip(INPUTS, dtypes, shapes, strict=True)]
        results = [value(output, *ty) for output, ty in outputs.items()]
        graph = onnx.helper.make_graph(self.nodes, name, inputs, results, self.constants)
        versions = [onnx.helper.make_opsetid("", OPSET), onnx.helper.make_opsetid("ai.onnx.ml", 3)]
        return onnx.helper.make_model(graph, opset_imports=versions, ir_version=10)


def run(model: onnx.ModelProto, batches: Batches, candidates: np.ndarray) -> Iterator[list[np.ndarray]]:
    """A model's outputs for the candidates, some at a time."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    for first in range(0, len(candidates), BATCH):
        tensors = batches.inputs(candidates[first : first + BATCH])
        yield session.run(None, dict(zip(INPUTS, (tensor.numpy() for tensor in tensors), strict=True)))


class Baselines:
    """Predicted logarithms of seconds for every candidate of a table, and what they are computed with, by target."""

    def __init__(self, batches: Batches) -> None:
        self.batches, table = batches, batches.table
        taken = np.concatenate([batches.members[case] for case in batches.cases("train", least=1)])
        self.kinds, self.logs = self.features()
        self.weights: dict[str, np.ndarray] = {}
        self.trees: dict[str, HistGradientBoostingRegressor] = {}
        self.least_squares, self.boosted_trees = np.zeros(len(table.cases)), np.zeros(len(table.cases))
        of_candidate = table.targets[table.cases]
        for target in table.layout.targets:
            mine, fitted = np.flatnonzero(of_candidate == target), taken[of_candidate[taken] == target]
            if len(fitted):
                self.fit(target, mine, fitted, table.seconds[fitted].astype(float))

    def features(self) -> tuple[np.ndarray, np.ndarray]:
        """For every candidate the sums by kind, and the logarithms of these and of operations and bytes."""
        graph, layout = Graph(), self.batches.table.layout
        kinds, logs, _ = graph.features(layout)
        model = graph.model("features", layout, {kinds: (onnx.TensorProto.DOUBLE, ["c", "k"]), logs: (onnx.TensorProto.FLOAT, ["c", "l"])})
        found = list(run(model, self.batches, np.arange(len(self.batches.table.cases))))
        return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))

    def fit(self, target: str, mine: np.ndarray, fitted: np.ndarray, measured: np.ndarray) -> None:
        """`measured` are the seconds of the candidates `fitted`; `mine` are all candidates of the target."""
        # In relative errors: a microsecond counts as a second does.
        self.weights[target], _ = nnls(self.kinds[fitted] / measured[:, None], np.ones(len(fitted)), maxiter=10_000)
        self.least_squares[mine] = np.log(np.maximum(self.kinds[mine] @ self.weights[target], LEAST_SECONDS))
        trees = HistGradientBoostingRegressor(max_iter=600, learning_rate=0.05, random_state=0).fit(self.logs[fitted], np.log(measured))
        self.trees[target] = trees
        self.boosted_trees[mine] = trees.predict(self.logs[mine])


def least_squares(fitted: Baselines) -> Graph:
    graph, layout = Graph(), fitted.batches.table.layout
    kinds, _, target = graph.features(layout)
    weights = np.stack([fitted.weights[name] for name in layout.targets], axis=1)
    spent = graph.node("Max", graph.node("MatMul", kinds, graph.constant(weights)), graph.constant(LEAST_SECONDS))
    graph.choose(graph.node("Log", spent), target)
    return graph


def boosted_trees(fitted: Baselines) -> Graph:
    graph, layout = Graph(), fitted.batches.table.layout
    _, logs, target = graph.features(layout)
    each = [graph.node("TreeEnsembleRegressor", logs, n_targets=1, **ensemble(fitted.trees[name])) for name in layout.targets]
    graph.choose(graph.node("Cast", graph.node("Concat", *each, axis=1), to=onnx.TensorProto.DOUBLE), target)
    return graph


def below_or_equal(threshold: float) -> float:
    """The greatest number of single precision that is not above: the same numbers of single precision are up to it."""
    nearest = np.float32(threshold)
    return float(nearest if nearest <= threshold else np.nextafter(nearest, np.float32(-np.inf)))


def ensemble(trees: HistGradientBoostingRegressor) -> dict:
    """The attributes of ONNX's operator for trees."""
    found: dict[str, list] = {key: [] for key in ["treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids"]}
    leaves: dict[str, list] = {key: [] for key in ["treeids", "nodeids", "ids", "weights"]}
    for tree, (predictor,) in enumerate(trees._predictors):
        for number, node in enumerate(predictor.nodes):
            is_leaf = bool(node["is_leaf"])
            threshold = 0.0 if is_leaf else below_or_equal(float(node["num_threshold"]))
            entries = [tree, number, 0 if is_leaf else int(node["feature_idx"]), threshold, "LEAF" if is_leaf else "BRANCH_LEQ"]
            below = [0, 0] if is_leaf else [int(node["left"]), int(node["right"])]
            for key, entry in zip(found, entries + below, strict=True):
                found[key].append(entry)
            if is_leaf:
                for key, entry in zip(leaves, [tree, number, 0, float(node["value"])], strict=True):
                    leaves[key].append(entry)
    attributes = {f"nodes_{key}": values for key, values in found.items()} | {f"target_{key}": values for key, values in leaves.items()}
    return attributes | {"base_values": [float(trees._baseline_prediction.item())]}


def write(graph: Graph, expected: np.ndarray, batches: Batches, data: pathlib.Path, out: pathlib.Path) -> None:
    """Writes a scorer's file; what it predicts for the measured candidates must be what is expected."""
    table = batches.table
    model = graph.model(out.stem, table.layout, {name: (onnx.TensorProto.FLOAT, ["c"]) for name in OUTPUTS})
    onnx.helper.set_model_props(model, metadata(table, data))
    onnx.checker.check_model(model, full_check=True)
    candidates = np.random.default_rng(0).permutation(np.concatenate(list(batches.members.values())))
    found = np.concatenate([log_seconds for log_seconds, _ in run(model, batches, candidates)])
    difference = np.abs(found - expected[candidates]).max()
    if not difference <= TOLERANCE:
        sys.exit(f"{out.name}: its predictions differ from those of the fit by up to {difference:.2g}")
    out.write_bytes(model.SerializeToString())
    print(f"{out}: {len(candidates)} predictions, at most {difference:.1e} from those of the fit")


def main() -> None:
    arguments, batches = asked(__doc__)
    arguments.out.mkdir(parents=True, exist_ok=True)
    fitted = Baselines(batches)
    write(least_squares(fitted), fitted.least_squares, batches, arguments.set, arguments.out / "least-squares.onnx")
    write(boosted_trees(fitted), fitted.boosted_trees, batches, arguments.set, arguments.out / "boosted-trees.onnx")


if __name__ == "__main__":
    main()
