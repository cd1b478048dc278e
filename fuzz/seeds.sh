#!/bin/sh
# Fills fuzz/corpus/onnx with small models: those of tests/onnx/passing.txt, and those of our own.
set -eu
cd "$(dirname "$0")/.."
corpus=fuzz/corpus/onnx
mkdir -p "$corpus"
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
"$(sh tests/python.sh)" tests/onnx/contributed.py "$data"
(cd "$data" && find -L . -name model.onnx -size -16k) | while read -r model; do
    test=${model#./}
    test=${test%/model.onnx}
    if grep -qx "$test" tests/onnx/passing.txt; then cp "$data/$model" "$corpus/$(basename "$test")"; fi
done
cp crates/codewright/tests/data/*.onnx "$corpus"
ls "$corpus" | wc -l
