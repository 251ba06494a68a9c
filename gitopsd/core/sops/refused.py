"""Why an encrypted file cannot be read, on its way to the Problem that says so."""


class Refused(Exception):
    """`pointer` names the place in the document; no part of this ever holds a value."""

    def __init__(self, words: str, pointer: str = "/sops") -> None:
        super().__init__(words)
        self.words = words
        self.pointer = pointer
