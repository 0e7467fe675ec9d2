"""Properties that hold for every network: drawn at random from the op table, never written down.

What a search finds is not kept as a seed: it becomes a case of its own, written small, with a
comment that says what it found. A text that is read wrongly goes to `tests/literate` or
`tests/unit/test_bad_inputs.py`, a network on which a backend is wrong to `tests/corpus/ops.py` or
`tests/corpus/joins.py`, a name that emitted source trips over to `tests/corpus/hostile.py`.

values.py     values of a field, from its JSON Schema
bodies.py     bodies of single steps; the same values as expressions
networks.py   whole specs as plain data, grown step by step
spelling.py   plain data as YAML in many hands
mutations.py  texts and trees spoilt
language.py   what the language promises         agreement.py  what the backends promise
cutting.py    what `features` promises           comparing.py  what `diff` and `transfer` promise
properties.py the table of all properties        fuzz.py       the long search, `make fuzz`
"""
