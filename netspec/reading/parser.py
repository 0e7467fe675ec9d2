"""The YAML parser, as a stream of events: nothing is built, and nothing recurses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without its C parser
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


def events(text: str) -> Iterator[yaml.Event]:
    """The text's events, up to the first syntax error, a `yaml.YAMLError`."""
    loader: Any = Loader(text)
    step = partial(_event, loader) if isinstance(loader, yaml.SafeLoader) else loader.get_event
    return iter(step, None)


def _event(loader: Any) -> yaml.Event | None:
    """The next event of the parser in Python, whose escapes past Unicode are bare ValueErrors."""
    try:
        event: yaml.Event | None = loader.get_event()
    except (ValueError, OverflowError) as error:
        raise yaml.YAMLError(str(error)) from error
    return event
