"""What an artisan's answer to an order can be, and the word for it."""

from enum import StrEnum


class Answer(StrEnum):
    """What has become of the question whether the artisan takes the order."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "acceptance_lapsed"
    CANCELLED = "cancelled_by_buyer"


ANSWERED = {
    Answer.ACCEPTED: "accepted",
    Answer.DECLINED: "declined",
    Answer.LAPSED: "cancelled",
    Answer.CANCELLED: "cancelled",
}
