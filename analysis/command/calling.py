"""Packages that are also functions: ``analysis.compare(...)`` beside ``analysis.compare.request``.

A room is named after what most of its users want of it. So the package itself is called for that, and stays a package
for whoever wants a part of it; the order in which the two are imported does not matter.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Generic, ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class CallablePackage(ModuleType, Generic[Given, Answer]):
    """A package that is called as its one function; everything else is as with other packages."""

    def __call__(self, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        """Do what the function of the package does."""
        raise NotImplementedError(self.__name__)


def make_callable(package: str, function: Callable[..., Any]) -> None:
    """Let a package be called: with the signature and the documentation of a function.

    Parameters
    ----------
    package
        Name of a package that is being imported.
    function
        What a call does; it should import what it needs only then.
    """
    called = {"__call__": staticmethod(function), "__signature__": inspect.signature(function)}
    sys.modules[package].__class__ = type(CallablePackage.__name__, (CallablePackage,), called)


def as_package(function: Callable[Given, Answer]) -> CallablePackage[Given, Answer]:
    """Tell type checkers what a package is that `make_callable` made of this function; never called."""
    raise NotImplementedError(function.__name__)
