"""The YAML parser, as a stream of events: nothing is built, and nothing recurses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without its C parser
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


def events(text: str) -> Iterator[yaml.Event]:
    """The text's events, up to the first syntax error, a `yaml.YAMLError`."""
    loader: Any = Loader(text)
    return iter(loader.get_event, None)
