"""Exceptions of Faltung's own."""


class UnsupportedError(NotImplementedError):
    """No engine can solve the problem; the message is the table of engines and reasons."""


UnsupportedError.__module__ = "faltung"
