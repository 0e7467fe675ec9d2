"""The bundled specs against figures from outside, one file of figures a family.

`inception.yaml` and its neighbours say what each network has when its own makers build it, and in
what small form its parity is checked; `figures.py` reads them. To add a spec, add its entry: a test
fails for every bundled spec without one.
"""
