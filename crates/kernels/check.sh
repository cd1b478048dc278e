#!/bin/sh
# Runs the tests of the kernels under AddressSanitizer, which sees what an `unsafe` block reads or writes beyond its memory or after its time, or
# never gives back. A stable compiler takes the flag with RUSTC_BOOTSTRAP; the standard library is the one that is installed. An
# argument is a filter of tests, as of `cargo test`.
set -eu
cd "$(dirname "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
# Code for an instruction set is chosen when it runs, as it is without the sanitizer.
RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-../../target}/sanitized" \
    exec cargo test --target "$host" --lib --tests "$@"
