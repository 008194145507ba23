"""What tests of the engine share with those of the faults."""

from tests.faults.conftest import user_with

__all__ = ("user_with",)
