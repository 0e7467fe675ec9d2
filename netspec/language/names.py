"""What a step may be called, and how a loop writes its variables into names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from netspec.language.expressions import (
    BUILT_INS,
    WORDS,
    ExpressionError,
    Place,
    Value,
    shown,
)
from netspec.suggestions import did_you_mean

LONGEST: Final = 63

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_NOT_OF_NAMES: Final = re.compile(r"[^A-Za-z0-9_]")
_BRACES: Final = re.compile(r"\{(?P<name>[A-Za-z][A-Za-z0-9_]*)\}|\{[^{}]*\}|[{}]")

# fmt: off
# Python's, hard and soft, of every version that netspec runs on.
KEYWORDS: Final = frozenset({
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
    "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
    "while", "with", "yield", "_", "case", "match", "type",
})

# The public attributes of a torch.nn.Module, of torch 2.13; a test compares with the installed one.
TORCH_MODULE: Final = frozenset({
    "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children",
    "compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward",
    "get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "ipu",
    "load_state_dict", "modules", "mtia", "named_buffers", "named_children", "named_modules",
    "named_parameters", "parameters", "register_backward_hook", "register_buffer",
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook",
    "register_load_state_dict_pre_hook", "register_module", "register_parameter",
    "register_state_dict_post_hook", "register_state_dict_pre_hook", "requires_grad_",
    "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train",
    "training", "type", "xpu", "zero_grad",
})

# The public attributes of a keras.Model, of Keras 3.15 on any of its backends, functional or
# subclassed, before and after `fit`; on the torch backend it has a torch.nn.Module's as well.
KERAS_MODEL: Final = frozenset({
    "activity_regularizer", "add_loss", "add_metric", "add_variable", "add_weight", "autocast",
    "build", "build_from_config", "built", "call", "call_signature_parameters", "compile",
    "compile_from_config", "compiled", "compiled_loss", "compiled_metrics", "compute_dtype",
    "compute_loss", "compute_loss_and_updates", "compute_mask", "compute_metrics",
    "compute_output_shape", "compute_output_spec", "count_params", "distribute_reduction_method",
    "distribute_strategy", "dtype", "dtype_policy", "evaluate", "export", "fit", "from_config",
    "get_build_config", "get_compile_config", "get_config", "get_layer", "get_metrics_result",
    "get_quantization_layer_structure", "get_state_tree", "get_weights", "history", "input",
    "input_dtype", "input_shape", "input_spec", "inputs", "jax_state_sync", "jit_compile",
    "layers", "load_own_variables", "load_weights", "loss", "losses", "make_predict_function",
    "make_test_function", "make_train_function", "metrics", "metrics_names", "metrics_variables",
    "name", "non_trainable_variables", "non_trainable_weights", "operations", "optimizer",
    "output", "output_names", "output_shape", "outputs", "path", "predict", "predict_function",
    "predict_on_batch", "predict_step", "quantization_mode", "quantize", "quantized_build",
    "quantized_call", "rematerialized_call", "reset_metrics", "run_eagerly", "save",
    "save_own_variables", "save_weights", "set_state_tree", "set_weights", "stateless_call",
    "stateless_compute_loss", "steps_per_execution", "stop_training", "summary", "supports_jit",
    "supports_masking", "symbolic_call", "test_function", "test_on_batch", "test_step", "to_json",
    "torch_params", "train_function", "train_on_batch", "train_step", "trainable",
    "trainable_variables", "trainable_weights", "unrolled_steps_per_execution", "variable_dtype",
    "variables", "weights",
})
# fmt: on

_RESERVED: Final = (
    (KEYWORDS, "is a keyword of Python"),
    (frozenset({"self"}), "is what generated code calls the model"),
    (TORCH_MODULE, "is an attribute of every torch module"),
    (KERAS_MODEL, "is an attribute of every Keras model"),
)


@lru_cache(maxsize=1 << 15)  # templates and loops meet the same names again and again
def check_name(name: str) -> tuple[str, str] | None:
    """None for a name that a step may have, else a diagnostic code and the reason.

    NS301: a name is an ASCII letter followed by at most 62 letters, digits or underscores, without
    two underscores in a row. NS302: Python, torch and Keras keep some of these for themselves.
    """
    if not _NAME.fullmatch(name) or "__" in name:
        return "NS301", _why_malformed(name)
    for reserved, reason in _RESERVED:
        if name in reserved:
            return "NS302", f"the name {name} {reason}"
    return None


def check_variable(name: str) -> tuple[str, str] | None:
    """The same for a parameter, an argument or a loop variable, which expressions speak of.

    Generated code holds some of them as arguments, never as attributes: fewer are reserved.
    """
    if not _NAME.fullmatch(name) or "__" in name:
        return "NS301", _why_malformed(name)
    if name in WORDS:
        return "NS302", f"the name {name} is a word of expressions"
    reserved = next((reason for names, reason in _RESERVED[:2] if name in names), None)
    return ("NS302", f"the name {name} {reserved}") if reserved else None


def check_function(name: str) -> tuple[str, str] | None:
    """The same for a function of a file."""
    if name in BUILT_INS:
        return "NS302", f"the name {name} is a function of the language"
    return check_variable(name)


def _why_malformed(name: str) -> str:
    foreign = _NOT_OF_NAMES.search(name)
    if not name:
        return "a name is empty"
    if foreign:
        character = foreign.group()
        told = f"{character!a} (U+{ord(character):04X})"
        return f"the name {shown(name)} holds {told}; only A-Z, a-z, 0-9 and _ can stand in names"
    if len(name) > LONGEST:
        return f"the name {shown(name)} has {len(name)} characters; {LONGEST} are allowed"
    if not name[0].isalpha():
        return f"the name {shown(name)} begins with {name[0]!r}; a letter must come first"
    return f"the name {shown(name)} has two underscores in a row"


def interpolate(text: str, values: Mapping[str, Value]) -> str:
    """The text with each `{m}` replaced by the value of m, which is a string or an integer.

    Raises `ExpressionError`, placed in the text: NS304 for an unknown m, NS308 for a value that is
    a float or a bool, NS307 for braces that hold no name or have no partner.

    >>> interpolate("Mixed_6{m}", {"m": "b"})
    'Mixed_6b'
    """
    if "{" not in text and "}" not in text:
        return text
    return _BRACES.sub(lambda match: _replacement(match, values), text)


def _replacement(match: re.Match[str], values: Mapping[str, Value]) -> str:
    place = Place(match.start(), len(match.group()))
    name = match.group("name")
    if name is None:
        raise _brace_error(match.group(), place)
    if name not in values:
        hints = did_you_mean(name, values)
        raise place.error("NS304", f"no loop variable or parameter {name}", hints)
    value = values[name]
    if isinstance(value, bool | float):
        message = f"{name} is {shown(value)}; only strings and integers can stand in a name"
        raise place.error("NS308", message)
    return str(value)


def _brace_error(found: str, place: Place) -> ExpressionError:
    if len(found) == 1:
        return place.error("NS307", f"the brace {found} has no partner")
    message = f"{shown(found)} does not hold a name"
    return place.error("NS307", message, ("write {m} for a loop variable or a parameter m",))
