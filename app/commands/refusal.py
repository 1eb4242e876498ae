"""What a command says instead of running."""


class Refusal(Exception):  # noqa: N818 - it is what the command says, not a fault of the program
    """Why a command does not run: each line names one thing to put right."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))
