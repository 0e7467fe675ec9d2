"""Two specs side by side: which steps belong together, what differs, and what it costs.

    trees → alignment → difference → sections → text, Markdown, annotations

- Which steps belong together: `alignment`, of what a step is (`structure`), list by list
  (`siblings`) and then anywhere (`moving`), into one order (`ordering`, `merging`). `pairs` holds
  what is found.
- What differs: `difference`, of `fields` with their `causes`, what is `outside` the steps, and
  `costing`.
- How it is told: equal changes once (`grouping`), in `wording` with `places`, as `sections`, with
  the tables `totals` and `stepwise`; written by `telling`, `markdown` and `annotating`.
- What must not happen: `gates`.
"""
