"""Pictures of networks: a tree becomes a scene, the scene a layout, the layout SVG.

    tree → scene → fragments → layout → sheet → SVG → PNG
             └→ Mermaid, DOT

- What is shown: `scene`, made by `composing` with its `folding` and `linking`; `labels` and
  `telling` are its words. Of two specs `comparison` joins the trees, and `changing` says what
  became of steps.
- Where it stands: `arranging` a group is arranging `flows` (by `ranking`, `links`, `lanes`,
  `tracks`) or `branches`, in boxes and frames (`boxing`); `fragments` are its pieces, `columns`
  break it, `layout` is the whole. `sizes` and `fonts` say what takes how much room.
- How it looks: `looks`, by `families` of ops, by `heat` or by marks, in the colours of `themes`,
  with a `sheet` around it.
- What is written: `svg` and `raster`; `mermaid` and `dot`, which share `outline`. `pictures` has
  all formats, and is what callers ask.
"""
