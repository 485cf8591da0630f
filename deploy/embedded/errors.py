"""What goes wrong with a stack and can be put right by the person who started it."""


class StackError(Exception):
    """Why a stack cannot start or stop, in a sentence for people with the way out."""
