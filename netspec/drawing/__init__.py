"""Pictures of networks: a tree becomes a scene, the scene a layout, the layout SVG.

Mermaid and DOT text are made of the scene, for other programs lay that out.
"""
