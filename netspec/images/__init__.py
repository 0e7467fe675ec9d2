"""Images: from a file to the network's input, and from its scores to named classes.

`netspec.language.preprocess` says what each field of `preprocess:` means; here it is done. Pillow,
the extra `images`, is loaded by `decoding` alone.
"""
