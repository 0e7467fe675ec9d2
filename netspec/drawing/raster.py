"""Renders SVG to PNG, by resvg where it is installed."""

from __future__ import annotations

import importlib

from netspec.diagnostics import Diagnostic, SpecError
from netspec.targets import MissingExtra

PIXELS_AT_MOST = 100_000_000
PROBE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">{}</svg>',
    '<text x="2" y="16" font-size="16" font-family="Helvetica, Arial, sans-serif">netspec</text>',
)


def png(svg: str, zoom: float, pixels: float) -> bytes:
    """The picture with `zoom` pixels for each of the SVG's; `pixels` is how many those make.

    Raises `MissingExtra`, and `SpecError` where it would be too large (NS641) or the machine has
    no font for its words (NS642).
    """
    if pixels > PIXELS_AT_MOST:
        message = f"the PNG would have {pixels:,.0f} pixels; {PIXELS_AT_MOST:,} are most"
        hints = ("give a smaller --zoom, or write SVG",)
        raise SpecError([Diagnostic("NS641", message, hints=hints)])
    try:
        resvg = importlib.import_module("resvg_py")
    except ImportError as error:
        message = "PNG needs resvg, which is not installed: pip install 'netspec[png]'"
        raise MissingExtra(message) from error
    blank, word = PROBE
    if resvg.svg_to_bytes(svg_string=blank.format("")) == resvg.svg_to_bytes(
        svg_string=blank.format(word)
    ):
        message = "this machine has no font to write a picture's words with"
        hints = ("install one, such as Liberation Sans or DejaVu Sans, or write SVG",)
        raise SpecError([Diagnostic("NS642", message, hints=hints)])
    made: bytes = bytes(resvg.svg_to_bytes(svg_string=svg, zoom=zoom))
    return made
