"""The types of values: a feature map or a vector. The batch is in neither."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Map:
    """A feature map. Its axes have names; their order in memory is a backend's matter."""

    height: int
    width: int
    channels: int

    @property
    def dims(self) -> list[int]:
        """[height, width, channels], as reports print it."""
        return [self.height, self.width, self.channels]

    @property
    def elements(self) -> int:
        """Numbers in one image's value."""
        return self.height * self.width * self.channels

    def __str__(self) -> str:
        return f"{self.height}x{self.width}x{self.channels}"


@dataclass(frozen=True, slots=True)
class Vector:
    """A value without height and width: what `flatten`, `squeeze` or `dense` give."""

    channels: int

    @property
    def dims(self) -> list[int]:
        """[channels], as reports print it."""
        return [self.channels]

    @property
    def elements(self) -> int:
        """Numbers in one image's value."""
        return self.channels

    def __str__(self) -> str:
        return str(self.channels)


Shape = Map | Vector
