"""`functools.cached_property` without the lock that Python takes for it before 3.12. Knows nothing of planguard.

An object of the plan is asked a dozen such questions, and locking takes three quarters of the time of an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Answer_co = TypeVar("Answer_co", covariant=True)


class once(Generic[Answer_co]):  # it stands where `property` could
    """A method that is called when its value is first read; the value then takes its place on the object."""

    def __init__(self, method: Callable[[Any], Answer_co]) -> None:
        self._method = method
        self._name = method.__name__
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> once[Answer_co]: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> Answer_co: ...
    def __get__(self, instance: object | None, owner: type | None = None) -> once[Answer_co] | Answer_co:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._method(instance)
        return value
