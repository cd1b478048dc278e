#!/bin/sh
# Fills fuzz/corpus/onnx with small models: those of ONNX's own tests that pass, and those of our own.
set -eu
cd "$(dirname "$0")/.."
corpus=fuzz/corpus/onnx
mkdir -p "$corpus"
data=$("$(sh tests/python.sh)" -c 'import onnx.backend.test, pathlib; print(pathlib.Path(onnx.backend.test.__file__).parent / "data")')
(cd "$data" && find . -name model.onnx -size -16k) | while read -r model; do
    test=${model#./}
    test=${test%/model.onnx}
    if grep -qx "$test" tests/onnx/passing.txt; then cp "$data/$model" "$corpus/$(basename "$test")"; fi
done
cp crates/codewright/tests/data/*.onnx "$corpus"
ls "$corpus" | wc -l
