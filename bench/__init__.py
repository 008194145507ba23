"""The benchmarks that `make bench` prints: every figure beside a floor measured in the same run."""
