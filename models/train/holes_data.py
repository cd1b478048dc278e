"""Expressions of real packages as trees of ops, one a line: what the model of programs learns from.

    python holes_data.py FOLDER_OR_WHEEL... > trees.jsonl

Each `def` gives the values that it returns and assigns. Names that are assigned once stand for what they are assigned. Which op a call, a method
or an operator means is read from the tables in `grammars/`; what no table has is a leaf. Beside each tree stand the words of the function's
name, of its parameters and of the first lines of its docstring.
"""

import ast
import json
import pathlib
import re
import sys
import tomllib
import zipfile

GRAMMARS = pathlib.Path(__file__).parents[2] / "grammars"
ATTRIBUTES = {"axis", "axes", "shape", "reps", "n", "k", "i", "j", "dtype", "mode", "subscripts", "shift", "reduction", "keepdims", "ddof", "ord"}
OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.FloorDiv: "floor_div", ast.Mod: "rem", ast.Pow: "pow", ast.MatMult: "matmul",
    ast.BitAnd: "bit_and", ast.BitOr: "bit_or", ast.BitXor: "bit_xor", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq",
    ast.NotEq: "ne", ast.USub: "neg", ast.Invert: "bit_not", ast.Not: "logical_not",
}
DEEPEST = 8


def tables() -> tuple[dict, dict]:
    """The op and the number of operands of each path and of each method."""
    paths, methods = {}, {}
    for name in ("numpy.toml", "torch.toml"):
        for row in tomllib.loads((GRAMMARS / name).read_text())["op"]:
            op = re.match(r"\w+", row["ir"])[0]
            for code in [row["code"]] if isinstance(row["code"], str) else row["code"]:
                holes = [hole for hole in re.findall(r"(?<![=\w]){(\w+)", code) if hole not in ATTRIBUTES]
                count = 2 if "[{xs" in code else len(holes)
                if found := re.match(r"((?:numpy|torch|math|scipy)[\w.]*)\(", code):
                    paths.setdefault(found[1], (op, count))
                elif found := re.match(r"\{\w+\}\.(\w+)(\(?)", code):
                    methods.setdefault((found[1], bool(found[2])), (op, count))
    return paths, methods


PATHS, METHODS = tables()


class Function:
    """One function: its imports, and what its names are assigned."""

    def __init__(self, names: dict, node: ast.FunctionDef):
        self.names = names
        self.assigned: dict[str, list] = {}
        for inner in ast.walk(node):
            targets = inner.targets if isinstance(inner, ast.Assign) else [getattr(inner, "target", None)]
            for target in targets:
                for name in ast.walk(target) if target is not None else ():
                    if isinstance(name, ast.Name):
                        value = inner.value if isinstance(inner, ast.Assign) and target is name else None
                        self.assigned.setdefault(name.id, []).append(value)
        arguments = node.args
        self.parameters = [one.arg for one in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
        for name in self.parameters:
            self.assigned.setdefault(name, []).append(None)

    def path(self, node) -> str | None:
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.names:
            return None
        return ".".join([self.names[node.id], *reversed(parts)])

    def tree(self, node, depth: int = 0):
        if depth > DEEPEST:
            return "leaf"
        sub = lambda *nodes: [self.tree(one, depth + 1) for one in nodes]
        if isinstance(node, ast.Constant):
            if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
                return "usual" if node.value in (0, 1, 2) else "other"
            return "leaf"
        if isinstance(node, ast.Name):
            values = self.assigned.get(node.id, [])
            return self.tree(values[0], depth) if len(values) == 1 and values[0] is not None else "leaf"
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return [OPERATORS[type(node.op)], *sub(node.left, node.right)]
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OPERATORS:
            return [OPERATORS[type(node.ops[0])], *sub(node.left, node.comparators[0])]
        if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
            if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
                return "other"
            return [OPERATORS[type(node.op)], *sub(node.operand)]
        if isinstance(node, ast.Attribute):
            found = METHODS.get((node.attr, False)) if self.path(node) is None else None
            return [found[0], *sub(node.value)] if found and node.attr in ("T", "size") else "leaf"
        if isinstance(node, ast.Subscript):
            return self.subscript(node, depth)
        return self.call(node, depth) if isinstance(node, ast.Call) else "leaf"

    def subscript(self, node, depth: int):
        base, index = self.tree(node.value, depth + 1), node.slice
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return ["dim", self.tree(node.value.value, depth + 1)]
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        if any(isinstance(part, ast.Constant) and part.value is None for part in parts):
            return ["expand_dims", base]
        if any(isinstance(part, ast.Slice) and (part.lower or part.upper or part.step) for part in parts):
            return ["slice", base]
        number = lambda part: isinstance(part, ast.Constant) or isinstance(part, ast.UnaryOp)
        if any(number(part) for part in parts):
            return ["index", base]
        return ["take", base, self.tree(parts[-1], depth + 1)] if len(parts) == 1 else "leaf"

    def call(self, node: ast.Call, depth: int):
        path = self.path(node.func)
        if path in PATHS:
            op, count = PATHS[path]
            given = list(node.args)
            if op in ("concat", "stack") and given and isinstance(given[0], (ast.List, ast.Tuple)):
                given = given[0].elts
        elif path is None and isinstance(node.func, ast.Attribute) and (node.func.attr, True) in METHODS:
            op, count = METHODS[node.func.attr, True]
            given = [node.func.value, *node.args]
        else:
            return "leaf"
        given = [one for one in given if not isinstance(one, ast.Starred)][:count]
        return [op, *(self.tree(one, depth + 1) for one in given)]


def words_of(node: ast.FunctionDef, parameters: list[str]) -> list[str]:
    documentation = (ast.get_docstring(node) or "").split("\n\n")[0]
    text = " ".join([re.sub(r"([a-z])([A-Z])", r"\1 \2", node.name).replace("_", " "), documentation, *parameters])
    return sorted({word.rstrip("s") if len(word) > 3 else word for word in re.findall(r"[a-z][a-z0-9]+", text.lower())})


def functions(text: str):
    module = ast.parse(text)
    names = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for one in node.names:
                names[one.asname or one.name.split(".")[0]] = one.name if one.asname else one.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for one in node.names:
                names[one.asname or one.name] = f"{node.module}.{one.name}"
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            yield names, node


def trees(text: str, source: str):
    for names, node in functions(text):
        function = Function(names, node)
        words = words_of(node, function.parameters)
        for inner in ast.walk(node):
            value = getattr(inner, "value", None) if isinstance(inner, (ast.Return, ast.Assign)) else None
            for one in value.elts if isinstance(value, ast.Tuple) else [value]:
                tree = function.tree(one) if one is not None else "leaf"
                if isinstance(tree, list):
                    yield {"source": source, "function": node.name, "root": isinstance(inner, ast.Return), "words": words, "tree": tree}


def main(places: list[str]) -> None:
    seen = set()
    for place in map(pathlib.Path, places):
        files = archive(place) if place.suffix == ".whl" else ((str(path.relative_to(place)), path.read_text(errors="ignore")) for path in sorted(place.rglob("*.py")))
        for name, text in files:
            if not re.search(r"numpy|torch", text) or "/tests/" in name:
                continue
            try:
                found = list(trees(text, f"{place.stem.split('-')[0]}/{name}"))
            except (SyntaxError, RecursionError, ValueError):
                continue
            for one in found:
                line = json.dumps(one["tree"]), one["function"]
                if line not in seen:
                    seen.add(line)
                    print(json.dumps(one))


def archive(place: pathlib.Path):
    with zipfile.ZipFile(place) as wheel:
        for name in sorted(wheel.namelist()):
            if name.endswith(".py"):
                yield name, wheel.read(name).decode(errors="ignore")


if __name__ == "__main__":
    main(sys.argv[1:])
