"""What a mistyped word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice

LOOKED_AT = 100
"""Comparing costs time: of very many known words only the first plausible ones are looked at."""
FOREIGN: Mapping[str, str] = {
    "kernel_size": "kernel",
    "pool_size": "kernel",
    "filter_size": "kernel",
    "strides": "stride",
    "dilation_rate": "dilation",
    "dilations": "dilation",
    "out_channels": "filters",
    "out_features": "filters",
    "num_outputs": "filters",
    "num_filters": "filters",
    "units": "filters",
    "pads": "padding",
    "use_bias": "bias",
    "activation_fn": "activation",
    "normalizer_fn": "norm",
    "weight_regularizer": "weight_decay",
    "eps": "epsilon",
    "negative_slope": "slope",
    "swish": "silu",
    "linear": "dense",
    "fully_connected": "dense",
}
"""What frameworks call a field, and what it is called here."""


CONVERTED: Mapping[str, tuple[str, str]] = {
    "momentum": ("decay", "`decay` is the momentum of Keras, and 1 - momentum of torch"),
    "rate": ("keep", "`keep` is what stays: 1 - rate"),
    "dropout_rate": ("keep", "`keep` is what stays: 1 - dropout_rate"),
    "p": ("keep", "`keep` is what stays: 1 - p"),
}
"""The same where the number is another one, too: our name, and what is to be written."""


def nearest(word: str, known: Iterable[str], at_most: int = 3) -> list[str]:
    """The known words closest to this one, the closest first; none if nothing is close.

    >>> nearest("kernal", ["stride", "kernel", "padding"])
    ['kernel']
    >>> nearest("strides", ["stride", "kernel"]), nearest("units", ["kernel", "filters"])
    (['stride'], ['filters'])
    """
    folded, words = word.lower()[:64], sorted(known)
    plausible = (k for k in words if _plausible(folded, k.lower()))
    by_folded = {k.lower(): k for k in islice(plausible, LOOKED_AT)}
    foreign = {theirs: ours for theirs, ours in FOREIGN.items() if ours in words}
    meant = [foreign[f] for f in get_close_matches(folded, foreign, n=1, cutoff=0.8)]
    found = get_close_matches(folded, by_folded, n=at_most, cutoff=0.6)
    return list(dict.fromkeys([*meant, *(by_folded[f] for f in found)]))[:at_most]


def _plausible(word: str, known: str) -> bool:
    """Whether the words may match by 60 %: near in length, an end or start in common."""
    longest = max(len(word), len(known))
    if 3 * longest > 7 * min(len(word), len(known)):  # 2 * shorter / (both) < 0.6
        return False
    return word[:1] == known[:1] or word[-1:] == known[-1:] or word[1:3] in known


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """A hint `did you mean X?`, ready for a diagnostic; empty if nothing is close."""
    known = tuple(known)
    ours, hint = CONVERTED.get(word, ("", ""))
    if ours in known:
        return (hint,)
    close = nearest(word, known)
    return (f"did you mean {' or '.join(close)}?",) if close else ()
