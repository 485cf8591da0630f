"""A Code 39 barcode (ISO/IEC 16388) as the widths of its bars, so that a printed label can be scanned."""

# Nine elements a character, bar and space in turn, starting with a bar; w is a wide one, three of nine.
_CODES = {
    "0": "nnnwwnwnn", "1": "wnnwnnnnw", "2": "nnwwnnnnw", "3": "wnwwnnnnn", "4": "nnnwwnnnw", "5": "wnnwwnnnn",
    "6": "nnwwwnnnn", "7": "nnnwnnwnw", "8": "wnnwnnwnn", "9": "nnwwnnwnn", "A": "wnnnnwnnw", "B": "nnwnnwnnw",
    "C": "wnwnnwnnn", "D": "nnnnwwnnw", "E": "wnnnwwnnn", "F": "nnwnwwnnn", "G": "nnnnnwwnw", "H": "wnnnnwwnn",
    "I": "nnwnnwwnn", "J": "nnnnwwwnn", "K": "wnnnnnnww", "L": "nnwnnnnww", "M": "wnwnnnnwn", "N": "nnnnwnnww",
    "O": "wnnnwnnwn", "P": "nnwnwnnwn", "Q": "nnnnnnwww", "R": "wnnnnnwwn", "S": "nnwnnnwwn", "T": "nnnnwnwwn",
    "U": "wwnnnnnnw", "V": "nwwnnnnnw", "W": "wwwnnnnnn", "X": "nwnnwnnnw", "Y": "wwnnwnnnn", "Z": "nwwnwnnnn",
    "-": "nwnnnnwnw", "*": "nwnnwnwnn",
}  # fmt: skip
_WIDE, _NARROW, _QUIET = 3, 1, 10


def code39(text: str) -> tuple[int, list[tuple[int, int]]]:
    """Total width in modules, and each bar's offset and width. The text holds digits, capitals and hyphens."""
    offset, bars = _QUIET, []
    for char in f"*{text}*":
        for index, element in enumerate(_CODES[char]):
            width = _WIDE if element == "w" else _NARROW
            if index % 2 == 0:
                bars.append((offset, width))
            offset += width
        offset += _NARROW
    return offset + _QUIET, bars
