"""How many tokens a text takes at most, whatever the model's tokenizer."""

import re

_PIECES = re.compile(r"[A-Za-z]+|[0-9]|\s+|.", re.DOTALL)

LETTERS_PER_TOKEN = 3
CAPITALS_PER_TOKEN = 2
MESSAGE_OVERHEAD = 24
"""What a chat template puts around one message; the longest ones known write less."""


def token_estimate(text: str) -> int:
    """Return an upper estimate of the tokens of a text.

    Tokenizers differ: some take each digit for itself, some fall back to bytes for what is not ASCII, and capitals
    with underscores are split small. Every doubt counts as a token, so that real counts are lower; English prose
    comes out about half as long again as with the tokenizers of today's models.
    """
    total = 0
    for piece in _PIECES.findall(text):
        if piece.isspace():
            total += piece.count("\n") + (len(piece) > 1)
        elif piece.isascii() and piece.isalpha():
            size = CAPITALS_PER_TOKEN if piece.isupper() else LETTERS_PER_TOKEN
            total += -(-len(piece) // size)
        else:
            total += len(piece.encode())
    return total


def message_tokens(text: str) -> int:
    """Return an upper estimate of the tokens of one chat message."""
    return token_estimate(text) + MESSAGE_OVERHEAD
