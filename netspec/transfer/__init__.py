"""Carries weights from a spec to its edited version, by path and structure.

    alignment, channels → plan → moves → weights
                            └→ report

- What each channel means: `channels`. What becomes of each tensor: `plan`, by `rules` and wishes.
- How one tensor is made of another: `moves`, cut along axes (`tensors`), with `groups` spread
  out; `judging` names its fate.
- How it is told: `report`.
"""
