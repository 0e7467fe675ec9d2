"""Every diagnostic code: its name, meaning and cure; `netspec explain CODE` prints them."""

from __future__ import annotations

from typing import NamedTuple

from netspec.limits import DEFAULT


class Code(NamedTuple):
    """A code's stable name, and the two halves of its page."""

    name: str
    meaning: str
    cure: str


FAMILIES: dict[str, str] = {
    "1": "Text",
    "2": "The shape of the data",
    "3": "Names and expressions",
    "4": "Shapes",
    "5": "Our own faults",
    "6": "Backends, weights and files",
    "7": "Images and what is read from them",
}
"""What a code's first digit says of it."""

CODES: dict[str, Code] = {
    # 1: the text
    "NS101": Code(
        "unreadable-file",
        "The path could not be read: it is missing, a directory, a device or a pipe, or "
        "permission is denied.",
        "Check the path; `netspec list` names the bundled specs, which need no path.",
    ),
    "NS102": Code(
        "file-too-large",
        f"A spec file holds at most {DEFAULT.file_bytes:,} bytes (the limit file-bytes). A larger"
        " one is generated, or is not a spec. An image file holds at most"
        f" {DEFAULT.image_bytes:,} (image-bytes).",
        "Use templates and `for` loops in place of written-out steps, or raise the limit:"
        " --limit file-bytes=4M.",
    ),
    "NS103": Code(
        "bad-encoding",
        "A spec is UTF-8 text; these bytes are not.",
        "Save the file as UTF-8.",
    ),
    "NS104": Code(
        "forbidden-character",
        "The text holds a character that can't be seen or that hides what follows: a control "
        "character, a bidirectional or zero-width mark, or one of the Unicode line breaks U+0085,"
        " U+2028, U+2029.",
        "Delete the character; the message gives its number.",
    ),
    "NS105": Code(
        "yaml-syntax",
        "The text is not YAML.",
        "Look at the marked place and the line before it: often a bracket, a quote or a colon's "
        'space is missing. Inside { } an expression with braces is quoted: "${min(5, '
        'in.height)}".',
    ),
    "NS106": Code(
        "tab-indent",
        "YAML is indented by spaces; this line starts with a tab.",
        "Replace the tab by spaces.",
    ),
    "NS107": Code(
        "no-spec",
        "The file is empty, or holds only comments.",
        "`netspec new NAME` writes a first spec to edit, with `--from SPEC` a variant of SPEC.",
    ),
    "NS108": Code(
        "second-document",
        "A file holds one document; a second `---` starts another.",
        "Put it in a file of its own.",
    ),
    "NS109": Code(
        "duplicate-key",
        "The same key stands twice in one mapping; YAML readers would silently keep one.",
        "Remove one of them.",
    ),
    "NS110": Code(
        "alias",
        "Anchors (&a) and aliases (*a) are not part of the language.",
        "Use a template, a parameter or `defaults:`.",
    ),
    "NS111": Code(
        "merge-key",
        "The merge key << is not part of the language.",
        "Use a template or `defaults:`.",
    ),
    "NS112": Code(
        "tag",
        "Explicit tags (!!int, !x) are not part of the language.",
        "Write the value plainly.",
    ),
    "NS113": Code(
        "directive",
        "YAML directives (%YAML, %TAG) are not part of the language.",
        "Delete the line.",
    ),
    "NS114": Code(
        "bad-key",
        "A key is a plain string of ASCII characters; this one is not.",
        "Quote it, or rename it.",
    ),
    "NS115": Code(
        "bad-number",
        "This looks like a number but is not one of the YAML 1.2 core schema, or it is not "
        f"finite, or it is longer than {DEFAULT.number_length} characters (the limit"
        " number-length).",
        "Write it in decimal, without leading zeros or underscores; quote it if a string is meant.",
    ),
    "NS116": Code(
        "too-deep",
        f"Values are nested more than {DEFAULT.depth} deep (the limit depth), steps more than 20,"
        " uses of templates within templates more than 32, or overlays stand on one another more"
        " than 8 deep.",
        "Put steps beside each other; use templates for what repeats. The limit depth alone can be"
        " raised: --limit depth=100.",
    ),
    "NS117": Code(
        "too-many-values",
        f"A file holds at most {DEFAULT.values:,} keys and values (the limit values).",
        "Use templates and `for` loops, or raise the limit: --limit values=1M.",
    ),
    "NS118": Code(
        "string-too-long",
        f"A string holds at most {DEFAULT.string_length:,} characters (the limit string-length).",
        "Shorten it, for long notes go into comments, or raise the limit:"
        " --limit string-length=9k.",
    ),
    "NS119": Code(
        "extends-refused",
        "`extends` names a bundled spec, or a file below the overlay's own folder, by a path of"
        " plain names without `..` and without symbolic links.",
        "Put the base beside the overlay or below it, and write its path from there: base.yaml.",
    ),
    "NS120": Code(
        "extends-cycle",
        "An overlay extends itself, directly or through others.",
        "Break the cycle that the message prints.",
    ),
    # 2: the shape of the data
    "NS201": Code(
        "wrong-shape",
        "A mapping, a list or a single value stands where another of them is expected.",
        "See the message for what is expected here.",
    ),
    "NS202": Code(
        "unknown-key",
        "No such key here. Notes may stand under keys that start with `x-`.",
        "See the suggestion, or `netspec schema`.",
    ),
    "NS203": Code(
        "missing-key",
        "A required key is absent, and no `defaults:` give it.",
        "Add it.",
    ),
    "NS204": Code(
        "wrong-value",
        "The value is not of the kind that this field takes.",
        "See the message for what it takes.",
    ),
    "NS205": Code(
        "unknown-op",
        "No op has this name.",
        "See the suggestion; `netspec schema` lists all ops.",
    ),
    "NS206": Code(
        "wrong-version",
        "This netspec reads language version 1.",
        "Start the file with `netspec: 1`.",
    ),
    "NS207": Code(
        "bad-step",
        "A step is a mapping of one key, its name, to a body with exactly one of `op`, `use` and "
        "`steps`.",
        "Write `- Name: {op: …}`.",
    ),
    "NS208": Code(
        "bad-setting",
        "A --set or --input option is not of its form.",
        "Write --set name=value, --set 'Path/of/step.field=value' or --input 224x224.",
    ),
    # 3: names and expressions
    "NS301": Code(
        "bad-name",
        "A name is a letter followed by at most 62 letters, digits or underscores, without two "
        "underscores in a row.",
        "Rename it.",
    ),
    "NS302": Code(
        "reserved-name",
        "The name is a Python keyword, an attribute of every torch module or Keras model, or, of "
        "a parameter, a word of expressions: generated code or the language could not use it.",
        "Rename it.",
    ),
    "NS303": Code(
        "name-collision",
        "Two steps of one block have the same name, or a step that of the input.",
        "Rename one of them.",
    ),
    "NS304": Code(
        "unknown-parameter",
        "No parameter of this name is in reach: a template sees its own and the file's.",
        "Declare it under `params:`, or see the suggestion.",
    ),
    "NS305": Code(
        "unknown-template",
        "No template has this name.",
        "Declare it under `templates:`, or see the suggestion.",
    ),
    "NS306": Code(
        "unknown-step",
        "No step of this name comes before this one, in this block or in one around it.",
        "See the suggestion; `netspec show` lists all steps.",
    ),
    "NS307": Code(
        "expression-syntax",
        "The expression is not of the language's grammar.",
        "Expressions have numbers, names, + - * // / % ( ), comparisons, `a if c else b`, min max"
        " round ceil floor and in.height, in.width, in.channels.",
    ),
    "NS308": Code(
        "expression-value",
        "The expression has no value: a division by zero, an overflow, a wrong type.",
        "See the message for the values it met.",
    ),
    "NS309": Code(
        "expression-limits",
        f"An expression holds at most {DEFAULT.expression_length} characters and"
        f" {DEFAULT.expression_depth} levels (the limits expression-length and expression-depth),"
        f" and its numbers {DEFAULT.number_length} characters (number-length).",
        "Split it with `functions:` or a parameter, or raise the limit:"
        " --limit expression-length=400.",
    ),
    "NS310": Code(
        "cycle",
        "A parameter, function, template or step refers to itself, directly or through others.",
        "Break the cycle that the message prints.",
    ),
    "NS311": Code(
        "missing-argument",
        "A template's parameter without a default is not given.",
        "Give it under `with:`.",
    ),
    "NS312": Code(
        "unknown-argument",
        "The template, or the spec, has no such parameter.",
        "See the suggestion.",
    ),
    "NS313": Code(
        "loop-lengths",
        "The lists of a `for` are zipped, and have different lengths.",
        "Make them equally long.",
    ),
    "NS314": Code(
        "parameter-type",
        "A parameter's value is not of its type, or not one of its `values`.",
        "See the message for the type, which the default gives.",
    ),
    "NS315": Code(
        "unknown-output",
        "An output names no step (the input is none), or no output is left.",
        "Name a step of the trunk, or a head.",
    ),
    "NS316": Code(
        "setting-matches-nothing",
        "A --set path matches no step.",
        "See the nearest paths; `netspec show` lists all.",
    ),
    "NS317": Code(
        "wrong-inputs",
        "The op takes another number of inputs than it is given.",
        "Give ops of several inputs `from: [A, B]` or `branches:`.",
    ),
    "NS318": Code(
        "patch-matches-nothing",
        "The path of a patch matches no step of what the overlay extends. `at` names steps as they"
        " are there, before any entry of the same `patch`.",
        "See the nearest paths; `netspec show` on the base lists all.",
    ),
    "NS319": Code(
        "patch-guard",
        "What a patch is for is no longer what its `was` states: the base has changed.",
        "See whether the patch is still right, and state in `was` what is there now.",
    ),
    # 4: shapes
    "NS401": Code(
        "kernel-exceeds-input",
        "The kernel, dilated, is larger than the padded input, so that no output is left.",
        "Make the kernel smaller, pad, or take a larger --input.",
    ),
    "NS402": Code(
        "groups-divide",
        "`groups` must divide both the input's channels and the filters.",
        "Choose a divisor.",
    ),
    "NS403": Code(
        "join-size-mismatch",
        "The inputs of a join differ in a dimension in which they must agree.",
        "Give the branches equal strides and padding.",
    ),
    "NS404": Code(
        "wrong-rank",
        "The op takes a feature map and was given a vector, or the reverse.",
        "Put `flatten` or `global_avg_pool` before a `dense`; put what needs a map before them.",
    ),
    "NS405": Code(
        "expect-mismatch",
        "A step's shape differs from what its `expect` states.",
        "Change the one that is wrong.",
    ),
    "NS406": Code(
        "squeeze-size",
        "`squeeze` takes a map of 1x1.",
        "Pool globally before it, or choose a smaller input.",
    ),
    "NS407": Code(
        "pool-padding",
        "A pool's padding is at most half its kernel; beyond it a window would lie wholly in the "
        "padding.",
        "Reduce the padding.",
    ),
    "NS408": Code(
        "too-large",
        f"A dimension is over {DEFAULT.dimension:,} (the limit dimension), a value of one image"
        f" over {DEFAULT.tensor_elements:,} numbers (tensor-elements), or all weights together over"
        f" {DEFAULT.parameters:,} (parameters).",
        "Look for a slip in a filter count or the input size, or raise the limit: --limit"
        " parameters=4G. No framework takes a longer dimension.",
    ),
    "NS409": Code(
        "too-many-layers",
        f"A network holds at most {DEFAULT.layers:,} layers (the limit layers), and twice as many"
        " steps with all blocks, after templates and loops are expanded.",
        "Look for a loop that is longer than meant, or raise the limit: --limit layers=40k.",
    ),
    "NS410": Code(
        "preprocess-misfit",
        "What `preprocess` makes of an image can't be the network's input: the channels differ, or"
        " the resized image is smaller than the input. It is held to the file as written.",
        "Change `preprocess`, or the input; `shorter` may be an expression such as"
        " ${in.height * 8 // 7}.",
    ),
    # 5: our own faults
    "NS501": Code(
        "invalid-graph",
        "The compiler made a graph that its own verifier refuses. This is a bug of netspec.",
        "Please report the spec.",
    ),
    "NS502": Code(
        "crash",
        "netspec, or a framework under it, failed where it should not. The spec may be in order.",
        "Please report the command and the spec; with NETSPEC_TRACEBACK=1 the command prints "
        "where it failed.",
    ),
    # 6: backends and weights
    "NS601": Code(
        "unsupported",
        "The backend can't do this exactly; the message says why.",
        "Choose another backend, or change the step.",
    ),
    "NS602": Code(
        "unknown-target",
        "There is no backend of this name.",
        "torch, keras and onnx are bundled.",
    ),
    "NS603": Code(
        "missing-extra",
        "The backend's framework is not installed.",
        "Run the pip command in the message.",
    ),
    "NS604": Code(
        "unreadable-weights",
        "The weights file can't be read: missing, cut short, of another format, or malformed.",
        "Give a whole safetensors file whose tensors bear canonical names, as PATH/kernel;"
        " `netspec weights import` makes one of other frameworks' files.",
    ),
    "NS605": Code(
        "weights-mismatch",
        "The weights and the spec differ: names are missing or too many, or shapes or types "
        "differ. Nothing was loaded.",
        "See the list; the file may be of another spec or setting.",
    ),
    "NS606": Code(
        "unwritable-output",
        "The output can't be written. What stood there before is untouched.",
        "Check the path, permissions and free space.",
    ),
    "NS621": Code(
        "no-names",
        "Weights are ported by name, and nothing tells what this format calls the spec's weights.",
        "Take a spec that has a map or extends one that has, or give a map by --names.",
    ),
    "NS622": Code(
        "bad-names",
        "A map of another framework's names is wrong, or gives two weights one name.",
        "docs/port-weights.md has the keys of a map; the bundled ones are in specs/names.",
    ),
    "NS631": Code(
        "foreign-op",
        "A node of the ONNX file is none of our ops; the message names it and says why.",
        "Export the network without what surrounds it, for inference.",
    ),
    "NS632": Code(
        "another-network",
        "The ONNX file holds another network than the spec's; each difference is told.",
        "Change the spec where it is wrong: fields by --set, or a dialect. `netspec match` compares"
        " alone.",
    ),
    "NS641": Code(
        "picture-too-large",
        "The picture would have more boxes, or the PNG more pixels, than anybody can look at.",
        "Fold blocks: `--depth 1`, or `--fold GLOB`; give a PNG a smaller `--zoom`.",
    ),
    "NS642": Code(
        "no-font",
        "A PNG's words are written with the machine's own fonts, and there are none.",
        "Install a font, such as Liberation Sans or DejaVu Sans; or write SVG, which needs none.",
    ),
    "NS651": Code(
        "too-many-variants",
        "The sweep has more variants than are measured unasked.",
        "Take fewer values, draw some by chance (--random 1000), or raise the number: --most N.",
    ),
    "NS652": Code(
        "unusable-sweep-folder",
        "The folder holds a sweep of something else, another process works in it, or a line of its "
        "journal is none that a sweep has written.",
        "Give the sweep a folder of its own (-o OTHER), or delete the line that is named.",
    ),
    "NS653": Code(
        "nothing-to-sweep",
        "None of the variants is a valid network.",
        "The message has the first fault; `left_out.jsonl` in the sweep's folder has all.",
    ),
    "NS654": Code(
        "no-cluster",
        "No Ray cluster answers where the sweep is to be measured.",
        "Start one with `ray start --head`, or name another: --address HOST:PORT. On one machine no"
        " cluster is needed: --engine local.",
    ),
    # 7: images and what is read from them
    "NS701": Code(
        "unreadable-image",
        "The file is no image that can be read: it is of another format, cut short, damaged, or its"
        " pixels have 32 bits.",
        "JPEG, PNG, WebP, BMP, GIF, TIFF and PPM are read. Open the file elsewhere and save it"
        " anew.",
    ),
    "NS702": Code(
        "image-too-large",
        f"An image has at most {DEFAULT.image_pixels:,} pixels (the limit image-pixels), before and"
        " after it is resized. A small file can hold an image that fills the memory.",
        "Make the image smaller; one that is very long and thin grows where its shorter side does.",
    ),
    "NS703": Code(
        "no-preprocess",
        "The spec doesn't say how an image becomes the network's input, and a guess would be wrong"
        " in silence.",
        "Add `preprocess:` as the weights were trained with; docs/language.md has the lines for"
        " well-known pipelines.",
    ),
    "NS704": Code(
        "no-scores",
        "Classes are read from an output called Predictions or Logits, with one number for each"
        " class.",
        "Call the step that gives the scores Logits, and name it in `outputs:`.",
    ),
    "NS705": Code(
        "labels-mismatch",
        "A labels file has one line for each class of the network, in order. It may begin with a"
        " line `background` that the network has no class for.",
        "Check that the labels are those of the data that the weights were trained on.",
    ),
}
