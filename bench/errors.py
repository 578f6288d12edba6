"""Errors of the benchmark; each message says what to do."""


class BenchError(Exception):
    """The benchmark refuses to give figures."""
