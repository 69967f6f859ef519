"""Values that a log line must never show. They print as their label and refuse pickling."""

from typing import Generic, NoReturn, TypeVar

T = TypeVar("T")


class Sealed(Generic[T]):
    """Holds something secret; `open` is the only way to it."""

    __slots__ = ("_label", "_value")

    def __init__(self, value: T, *, label: str) -> None:
        self._value = value
        self._label = label

    def __repr__(self) -> str:
        return f"<sealed {self._label}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} is not for pickling")

    def open(self) -> T:
        """The value. Whoever calls this answers for where it goes next."""
        return self._value
