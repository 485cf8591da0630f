"""The words of mails about commissions, by kind. Owns wording only; what a commission's process mails when stands in
`workflows.commission.telling`, and who receives it in `activities.commission_mails`.

The side that a mail goes to is the kind's second word. Blanks: name, shop, number, title is never among them: it was
typed by somebody, and a mail is read in many places.
"""

from collections.abc import Mapping

from activities.mail_texts import MailText

_LOOK = "Open your commission"
TEXTS: Mapping[str, MailText] = {
    # To the customer
    "commission_customer_quoted": MailText(
        "{shop} has made you an offer",
        (
            "Hello {name}, {shop} has answered your wish {number} with an offer: price, steps of the work and dates.",
            "Accept it, or make a counter-offer. Nothing is owed before you accept. It stands for {offer_stands}.",
        ),
        "Read the offer",
    ),
    "commission_customer_offered": MailText(
        "{shop} has made you a new offer",
        (
            "Hello {name}, {shop} has changed the offer for your commission {number}. What is different is marked.",
            "It stands for {offer_stands}.",
        ),
        "Compare the offers",
    ),
    "commission_customer_accepted": MailText(
        "Commission {number} is agreed",
        (
            "Hello {name}, you and {shop} have agreed on commission {number}. The contract is kept on its page as it "
            "is; it changes only if you both want it to.",
        ),
        _LOOK,
    ),
    "commission_customer_declined": MailText(
        "Commission {number} will not be made",
        ("Hello {name}, nothing comes of your commission {number} with {shop}. Nothing was charged.",),
        "See why",
    ),
    "commission_customer_lapsed": MailText(
        "Commission {number} has lapsed",
        (
            "Hello {name}, nobody answered in time, so commission {number} with {shop} has lapsed. Nothing was "
            "charged.",
            "You are welcome to ask again.",
        ),
        _LOOK,
    ),
    "commission_customer_deposit_due": MailText(
        "Commission {number}: your deposit",
        (
            "Hello {name}, with your deposit {shop} can begin. Please pay within {deposit_within}; after that the "
            "contract lapses.",
            "Later steps are charged to the same card, each before its work begins and never more than the contract "
            "says.",
        ),
        "Pay the deposit",
    ),
    "commission_customer_card_declined": MailText(
        "Commission {number}: your card was declined",
        (
            "Hello {name}, your bank declined the charge for the next step of commission {number}. The work waits.",
            "We try the same card once more after a day. You can also use another one. After {fund_within} without a "
            "payment the commission ends at the terms of your contract.",
        ),
        "Mend the payment",
    ),
    "commission_customer_card_needs_you": MailText(
        "Commission {number}: your bank wants to see you",
        (
            "Hello {name}, your bank asks you to confirm the payment for the next step of commission {number}. It "
            "takes a minute, and the work goes on after it.",
            "After {fund_within} without it the commission ends at the terms of your contract.",
        ),
        "Confirm the payment",
    ),
    "commission_customer_proof": MailText(
        "Commission {number}: {shop} shows you the work",
        (
            "Hello {name}, a step of commission {number} is done, and {shop} has added pictures.",
            "Approve it, or ask for a revision. If we hear nothing for {approve_within}, it counts as approved and "
            "{shop} is paid for this step.",
        ),
        "Look at the work",
    ),
    "commission_customer_approval_reminder": MailText(
        "Commission {number}: have you seen the work?",
        (
            "Hello {name}, {shop} waits for your answer about commission {number}.",
            "Without it the step soon counts as approved.",
        ),
        "Look at the work",
    ),
    "commission_customer_silence_approved": MailText(
        "Commission {number}: a step counts as approved",
        (
            "Hello {name}, we have not heard from you for {approve_within}, so the step that {shop} showed you counts "
            "as approved, as the contract says.",
            "If something is wrong with it, write to {shop} on the commission's page.",
        ),
        _LOOK,
    ),
    "commission_customer_late": MailText(
        "Commission {number} is late",
        (
            "Hello {name}, {shop} has not finished a step of commission {number} by the agreed day. We have reminded "
            "them.",
            "After {late_grace} you may end it and get everything back. You need not decide anything today.",
        ),
        "See where it stands",
    ),
    "commission_customer_change": MailText(
        "Commission {number}: {shop} proposes a change",
        (
            "Hello {name}, {shop} would like to change the contract of commission {number}. What is different is "
            "marked, with what it means for the price and the dates.",
            "Without your answer the contract stays as it is.",
        ),
        "Read the change",
    ),
    "commission_customer_change_declined": MailText(
        "Commission {number}: the contract stays as it is",
        ("Hello {name}, {shop} did not agree to the change of commission {number}.",),
        _LOOK,
    ),
    "commission_customer_changed": MailText(
        "Commission {number}: the change holds",
        ("Hello {name}, the changed contract of commission {number} holds from now on. Its dates have moved with it.",),
        "Read the contract",
    ),
    "commission_customer_end_offered": MailText(
        "Commission {number}: {shop} would like to part",
        (
            "Hello {name}, {shop} offers to end commission {number}, and says how to divide what is held.",
            "Without your answer it goes on.",
        ),
        "Read and answer",
    ),
    "commission_customer_end_declined": MailText(
        "Commission {number} goes on",
        ("Hello {name}, {shop} did not agree to end commission {number} as you offered.",),
        _LOOK,
    ),
    "commission_customer_ended": MailText(
        "Commission {number} has ended",
        (
            "Hello {name}, commission {number} with {shop} has ended. {back} of what you paid goes back to your card; "
            "it takes up to ten days, depending on your bank.",
            "How it was divided, and why, stands on its page.",
        ),
        "See how it was divided",
    ),
    "commission_customer_completed": MailText(
        "Commission {number} is complete",
        ("Hello {name}, your piece by {shop} has arrived, and commission {number} is complete. We hope you love it!",),
        _LOOK,
    ),
    # To the artisan
    "commission_artisan_requested": MailText(
        "Somebody would like to commission a piece",
        (
            "Hello {name}, a customer asks {shop} for a piece: {number}.",
            "Make an offer, or decline it. Without an answer within {quote_within} it lapses.",
        ),
        "Read the wish",
    ),
    "commission_artisan_offered": MailText(
        "Commission {number}: a counter-offer",
        (
            "Hello {name}, your customer has answered with a counter-offer for {number}. What is different is marked.",
            "It stands for {offer_stands}.",
        ),
        "Compare the offers",
    ),
    "commission_artisan_accepted": MailText(
        "Commission {number} is agreed",
        (
            "Hello {name}, commission {number} is agreed. Please wait with the work: we tell you when the deposit has "
            "arrived and is held for you.",
        ),
        _LOOK,
    ),
    "commission_artisan_declined": MailText(
        "Commission {number} will not be made",
        ("Hello {name}, nothing comes of commission {number}.",),
        "See why",
    ),
    "commission_artisan_lapsed": MailText(
        "Commission {number} has lapsed",
        ("Hello {name}, nobody answered in time, so commission {number} has lapsed.",),
        _LOOK,
    ),
    "commission_artisan_work_began": MailText(
        "Commission {number}: you can begin",
        (
            "Hello {name}, the money for the next step of commission {number} is held for you. You can begin.",
            "When it is done, add pictures; with your customer's approval the money is yours.",
        ),
        _LOOK,
    ),
    "commission_artisan_approved": MailText(
        "Commission {number}: a step is approved",
        ("Hello {name}, a step of commission {number} is approved, and its money is in your balance.",),
        _LOOK,
    ),
    "commission_artisan_revision": MailText(
        "Commission {number}: a revision is wanted",
        (
            "Hello {name}, your customer has looked at commission {number} and asks for a revision. What they wish for "
            "stands on its page. You have {revise_within} more for it.",
        ),
        "See what is wanted",
    ),
    "commission_artisan_late": MailText(
        "Commission {number} is late",
        (
            "Hello {name}, a step of commission {number} is not finished by the agreed day, and your customer knows.",
            "Finish it, or propose another date. After {late_grace} your customer may end it and get everything back.",
        ),
        _LOOK,
    ),
    "commission_artisan_change": MailText(
        "Commission {number}: your customer proposes a change",
        (
            "Hello {name}, your customer would like to change the contract of commission {number}. What is different "
            "is marked.",
            "Without your answer the contract stays as it is.",
        ),
        "Read the change",
    ),
    "commission_artisan_change_declined": MailText(
        "Commission {number}: the contract stays as it is",
        ("Hello {name}, your customer did not agree to the change of commission {number}.",),
        _LOOK,
    ),
    "commission_artisan_changed": MailText(
        "Commission {number}: the change holds",
        ("Hello {name}, the changed contract of commission {number} holds from now on. Its dates have moved with it.",),
        "Read the contract",
    ),
    "commission_artisan_end_offered": MailText(
        "Commission {number}: your customer would like to part",
        (
            "Hello {name}, your customer offers to end commission {number}, and says how to divide what is held.",
            "Without your answer it goes on.",
        ),
        "Read and answer",
    ),
    "commission_artisan_end_declined": MailText(
        "Commission {number} goes on",
        ("Hello {name}, your customer did not agree to end commission {number} as you offered.",),
        _LOOK,
    ),
    "commission_artisan_send_it": MailText(
        "Commission {number}: send the piece",
        ("Hello {name}, every step of commission {number} is approved. Please buy a label and send the piece.",),
        "Send it",
    ),
    "commission_artisan_ended": MailText(
        "Commission {number} has ended",
        (
            "Hello {name}, commission {number} has ended before its piece was finished. How the money was divided, and "
            "why, stands on its page.",
        ),
        "See how it was divided",
    ),
    "commission_artisan_completed": MailText(
        "Commission {number} is complete",
        ("Hello {name}, the piece of commission {number} has arrived. Thank you for making it!",),
        _LOOK,
    ),
}

UNREAD = MailText(
    "Commission {number}: {messages} from {who}",
    (
        "Hello {name}, {messages} from {who} about commission {number} {wait} to be read.",
        "As long as they wait, we write at most once in half an hour.",
    ),
    "Read and answer",
)
"""No words of a message: a mail is read in many places."""
