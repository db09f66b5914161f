"""Texts → vectors: the bundled offline model (``offline``), an OpenAI-compatible one (``server``), or none.

Nothing is imported here: the offline model's processes import this package, and want no web client.
"""
