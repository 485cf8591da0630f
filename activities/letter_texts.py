"""The words of letters about an account, by kind, and the page that each one's link leads to. Owns wording only.

Nobody is called by name before their address is confirmed: whoever typed it could have typed anything as a name.
"""

from collections.abc import Mapping

from activities.mail_texts import MailText
from models.rules.letters import LetterKind

TEXTS: Mapping[LetterKind, MailText] = {
    LetterKind.VERIFY_EMAIL: MailText(
        "Confirm your e-mail address",
        (
            "Welcome to ArtisanConnect! Somebody, we hope you, has opened an account with this e-mail address.",
            "Confirm it with the link below; it works once, for two days. After that you are signed in, and your cart "
            "is as you left it.",
            "Opened in another browser than the one that registered, the link's page also asks for the password, or "
            "lets you choose a new one.",
            "If that was not you, the same page closes the account. Without your confirmation nobody can use it.",
        ),
        "Confirm the address",
    ),
    LetterKind.ALREADY_REGISTERED: MailText(
        "You have an account already",
        (
            "Somebody, probably you, has just tried to open an account with this e-mail address. There is one already, "
            "so nothing has been changed.",
            "Sign in as usual. If you have forgotten your password, the sign-in page helps you to a new one.",
            "If that was not you, do nothing. Whoever it was has not been told that you are with us.",
        ),
        "Sign in",
    ),
    LetterKind.RESET_PASSWORD: MailText(
        "Choose a new password",
        (
            "Hello {name}, somebody has asked for a new password for your account.",
            "Choose one with the link below; it works once, for an hour. Everybody who is signed in to your account is "
            "signed out then.",
            "If that was not you, do nothing: your password stays as it is.",
        ),
        "Choose a new password",
    ),
    LetterKind.PASSWORD_CHANGED: MailText(
        "Your password has been changed",
        (
            "Hello {name}, the password of your account has just been changed, and all other sign-ins were ended.",
            "If that was not you, choose a new password at once with the link below: it sends you a letter to this "
            "address.",
        ),
        "It was not me",
    ),
    LetterKind.WAYS_IN_LEFT: MailText(
        "Your password has been changed: look who else can get in",
        (
            "Hello {name}, the password of your account has just been changed with a letter to this address, everybody "
            "was signed out, and apps have to be allowed anew.",
            "More than the password was set up for your account. Passkeys: {passkeys}. Linked accounts: {outside}. "
            "Authenticator apps for one-time codes: {codes}. Apps that you allowed: {apps}.",
            "Sign in with the new password and say which of these are yours; you can remove the others there. Until "
            "then no passkey and no linked account opens your account by itself.",
            "If it was not you who changed the password, ask for a letter to choose a new one on the sign-in page at "
            "once.",
        ),
        "See what can get in",
    ),
    LetterKind.EMAIL_CHANGE: MailText(
        "Confirm your new e-mail address",
        (
            "Somebody, we hope you, wants to use this e-mail address for their account.",
            "Confirm it with the link below; it works once, for a day. Until then the old address stays.",
            "If that was not you, do nothing.",
        ),
        "Confirm the new address",
    ),
    LetterKind.EMAIL_CHANGED: MailText(
        "Your account has another e-mail address now",
        (
            "Hello {name}, your account now belongs to another e-mail address, which has been confirmed. Letters no "
            "longer go to this one.",
            "If that was not you, answer this letter at once; we can give the account back to you.",
        ),
        "Sign in",
    ),
    LetterKind.SHOP_APPLICATION_RECEIVED: MailText(
        "{shop}: we have your application",
        (
            "Hello {name}, thank you for wanting to sell with us. Somebody of ours looks at {shop} now, usually within "
            "two working days.",
            "Meanwhile you can write your listings and add pictures. Nobody else sees them before your shop is open.",
        ),
        "Prepare your listings",
    ),
    LetterKind.SHOP_APPROVED: MailText(
        "{shop} is open",
        (
            "Hello {name}, {shop} has been approved. Everything that you have published is for sale from now on.",
            "We wish you many good orders.",
        ),
        "Look at your shop",
    ),
    LetterKind.SHOP_REFUSED: MailText(
        "{shop} can't open yet",
        (
            "Hello {name}, we have looked at {shop} and can't open it as it is. The reason: {reason}",
            "You can change what you told us and ask again. Your listings are kept.",
        ),
        "Change the application",
    ),
    LetterKind.FACTOR_ADDED: MailText(
        "{factor} was added to your account",
        (
            "Hello {name}, {factor} can now be used to prove that you are you.",
            "If that was not you, change your password and look at the page below at once.",
        ),
        "See how your account is secured",
    ),
    LetterKind.FIRST_FACTOR_ADDED: MailText(
        "{factor} was added to your account",
        (
            "Hello {name}, {factor} now protects your account: nobody gets in without it any more.",
            "If that was you, there is nothing to do. If it was not, undo it with the link below within 7 days: every "
            "second factor is removed, everybody is signed out, and you choose a new password.",
        ),
        "That was not me: undo it",
    ),
    LetterKind.FACTOR_REMOVED: MailText(
        "{factor} was removed from your account",
        (
            "Hello {name}, {factor} can no longer be used for your account.",
            "If that was not you, change your password and look at the page below at once.",
        ),
        "See how your account is secured",
    ),
    LetterKind.NEW_SIGN_IN: MailText(
        "Somebody signed in to your account",
        (
            "Hello {name}, your account has been signed in to from where it was not before: {device}.",
            "If that was you, there is nothing to do. If not, sign it out on the page below and change your password.",
        ),
        "See where you are signed in",
    ),
    LetterKind.RECOVERY_CODES_USED: MailText(
        "A recovery code of yours was used",
        (
            "Hello {name}, somebody, we hope you, signed in to your account with a recovery code. Codes left: {left}.",
            "If that was not you, change your password and draw new codes at once.",
        ),
        "Draw new codes",
    ),
    LetterKind.APP_SIGNED_OUT: MailText(
        "An app was signed out of your account",
        (
            "Hello {name}, one of the apps that you allowed has shown us a key that had been used before. Either it "
            "made a mistake, or somebody has copied it, so we signed that app out everywhere.",
            "To go on with the app, sign in there again. If you don't know why this happened, look at the page below "
            "and take back what you don't need.",
        ),
        "See your apps",
    ),
    LetterKind.PAYOUT_ACCOUNT_CHANGED: MailText(
        "Your money goes to another account now",
        (
            "Hello {name}, the bank account that {shop} is paid to has been changed.",
            "If that was not you, change your password and correct the account at once.",
        ),
        "Look at the account",
    ),
    LetterKind.BANK_DETAILS_REFUSED: MailText(
        "Your bank details don't work yet",
        (
            "Hello {name}, our payment provider does not accept the bank account that you gave us for {shop}. Usually "
            "there is a slip in a number.",
            "Please look at it again. Your money stays in your balance until the details are right.",
        ),
        "Correct the account",
    ),
    LetterKind.PAYOUT_SENT: MailText(
        "{amount} are on their way to you",
        (
            "Hello {name}, we have sent {amount} from the balance of {shop} to your bank. The payment provider expects "
            "them there on {arrives}.",
        ),
        "Look at your payouts",
    ),
    LetterKind.PAYOUT_FAILED: MailText(
        "A payout did not reach your bank",
        (
            "Hello {name}, {amount} for {shop} did not reach your bank and are in your balance again. {problem}",
            "Once that is put right, the payout is tried again; nothing is lost meanwhile.",
        ),
        "See what to do",
    ),
    LetterKind.HOLD_PLACED: MailText(
        "{amount} of your balance have to wait",
        (
            "Hello {name}, {amount} of the balance of {shop} are kept back until {release} at the latest. {why}",
            "Everything else is paid out as usual. If you think that this is wrong, you can object; somebody of ours "
            "then looks at it again.",
        ),
        "See why, or object",
    ),
    LetterKind.HOLD_DECIDED: MailText(
        "We have looked at your objection",
        (
            "Hello {name}, you objected to {amount} of the balance of {shop} being kept back. {outcome}",
            "The reason: {reason}",
        ),
        "Look at your balance",
    ),
    LetterKind.REPAYMENT_PROPOSED: MailText(
        "A plan to repay what {shop} owes",
        (
            "Hello {name}, refunds have taken {amount} more from {shop} than it had with us. So that you are paid out "
            "for new sales meanwhile, we propose that each payout repays a part.",
            "Nothing changes before you agree. Without a plan, what you earn next pays all of it first.",
        ),
        "Read the plan and answer",
    ),
    LetterKind.REPAYMENT_CHANGED: MailText(
        "Your repayment plan has changed",
        (
            "Hello {name}, we have changed the terms under which {shop} repays {amount}.",
            "A plan that you have agreed to can only become easier this way: it never asks for more of a payout.",
        ),
        "Read the new terms",
    ),
    LetterKind.REPAYMENT_ENDED: MailText(
        "A repayment plan has ended",
        (
            "Hello {name}, the plan under which {shop} was to repay what it owes has ended, with {amount} left.",
            "What is left comes out of what you earn next, before anything is paid out. If that is hard for you, write "
            "to us, and we look for another way.",
        ),
        "Look at your balance",
    ),
    LetterKind.GIFT_CARD_BOUGHT: MailText(
        "Your gift card over {amount}",
        (
            "Hello {name}, thank you. Here is the gift card over {amount} that you bought.",
            "Its code is {code}",
            "Whoever has the code can redeem it, once, for store credit. It does not expire. Keep this mail, or pass "
            "the code on; if it is lost, you can have a new one made on the page of your credit.",
        ),
        "Redeem it, or look at your cards",
    ),
    LetterKind.GIFT_CARD_FOR_YOU: MailText(
        "A gift card over {amount} for you",
        (
            "{name} has bought you a gift card over {amount}, to spend on handmade things at ArtisanConnect.",
            "Its code is {code}",
            "Sign in and redeem it: it becomes store credit, and does not expire. Keep the code to yourself until "
            "then.",
        ),
        "Redeem it",
    ),
    LetterKind.PLACE_OFFERED: MailText(
        "{shop} has a place for your commission",
        (
            "Hello {name}, you asked {shop} for a piece of your own and have waited for a place. Now there is one, and "
            "it is yours until {until}.",
            "Take it on the page of your request; then {shop} makes you an offer. Nothing is charged before you agree.",
            "After that time the place goes to whoever is next, and your request ends.",
        ),
        "Take the place",
    ),
    LetterKind.PLACE_PASSED: MailText(
        "The place at {shop} went to somebody else",
        (
            "Hello {name}, the place that {shop} had for your commission was not taken in time, so it was offered to "
            "whoever is next. Your request has ended, and nothing was charged.",
            "You can ask again at any time; the page of your request still holds what you wrote.",
        ),
        "Look at the request",
    ),
    LetterKind.STORY_OFFERED: MailText(
        "{shop} would like to show how your piece was made",
        (
            "Hello {name}, {shop} has put together how the piece that you commissioned was made, and asks whether it "
            "may stand in public.",
            "On the page you see exactly what everybody would see. Your name is not in it unless you want it there; "
            "price, messages and address never are.",
            "Nothing is shown before you agree, and you can take it back whenever you like. You need not answer.",
        ),
        "Look at it and answer",
    ),
    LetterKind.STORY_AGREED: MailText(
        "Your story of a commission is in public",
        (
            "Hello {name}, your customer has agreed: how you made their piece now stands on the page of {shop}.",
            "Both of you can take it back at any time.",
        ),
        "Look at it",
    ),
    LetterKind.STORY_DECLINED: MailText(
        "Your story of a commission stays private",
        (
            "Hello {name}, your customer would rather not see the making of their piece in public. Nothing is shown.",
            "That is theirs to decide, and they need not say why.",
        ),
        "Look at the story",
    ),
    LetterKind.STORY_TAKEN_BACK: MailText(
        "A story of {shop} is no longer in public",
        (
            "Hello {name}, the story of how a commission of {shop} was made has been taken back. Nobody sees it or its "
            "pictures any more.",
            "There is nothing that you have to do.",
        ),
        "Look at the page",
    ),
    LetterKind.EXPORT_READY: MailText(
        "Your data is ready",
        (
            "Hello {name}, everything that we keep about you has been put together as you asked.",
            "Fetch it soon: it is deleted after a few days.",
        ),
        "Fetch your data",
    ),
    LetterKind.ERASURE_SCHEDULED: MailText(
        "Your account will be deleted",
        (
            "Hello {name}, you have asked us to delete your account and what we keep about you.",
            "You can still change your mind for 14 days. The page below shows what is deleted when, and what has to "
            "wait for an order that is still open.",
        ),
        "Follow it, or change your mind",
    ),
    LetterKind.ERASURE_CANCELLED: MailText(
        "Your account stays",
        (
            "Hello {name}, the deletion of your account has been cancelled. Nothing was deleted.",
            "If that was not you, change your password at once.",
        ),
        "Look at your account",
    ),
    LetterKind.ERASURE_DONE: MailText(
        "Your account is being deleted now",
        (
            "As you asked, your account and what we keep about you are being deleted now. What the law makes us keep "
            "about sales will no longer name you.",
            "Once it is done we don't know your address any more, so this is meant to be our last letter to you. The "
            "page below shows when it is done, who has deleted what, and whether anything still holds it up.",
            "Thank you for having been with us.",
        ),
        "Follow the deletion",
    ),
}

LEADS_TO: Mapping[LetterKind, str] = {
    LetterKind.VERIFY_EMAIL: "/verify?token={token}",
    LetterKind.ALREADY_REGISTERED: "/sign-in",
    LetterKind.RESET_PASSWORD: "/reset?token={token}",
    LetterKind.PASSWORD_CHANGED: "/forgotten",
    LetterKind.WAYS_IN_LEFT: "/account/security/ways-in",
    LetterKind.EMAIL_CHANGE: "/verify?token={token}",
    LetterKind.EMAIL_CHANGED: "/sign-in",
    LetterKind.SHOP_APPLICATION_RECEIVED: "/studio/listings",
    LetterKind.SHOP_APPROVED: "/studio",
    LetterKind.SHOP_REFUSED: "/studio/shop",
    LetterKind.FACTOR_ADDED: "/account/security",
    LetterKind.FIRST_FACTOR_ADDED: "/second-factor/undo?token={token}",
    LetterKind.FACTOR_REMOVED: "/account/security",
    LetterKind.NEW_SIGN_IN: "/account/devices",
    LetterKind.RECOVERY_CODES_USED: "/account/security",
    LetterKind.APP_SIGNED_OUT: "/account/apps",
    LetterKind.PAYOUT_ACCOUNT_CHANGED: "/studio/payout-account",
    LetterKind.BANK_DETAILS_REFUSED: "/studio/payout-account",
    LetterKind.PAYOUT_SENT: "/studio/money",
    LetterKind.PAYOUT_FAILED: "/studio/money",
    LetterKind.HOLD_PLACED: "/studio/money",
    LetterKind.HOLD_DECIDED: "/studio/money",
    LetterKind.REPAYMENT_PROPOSED: "/studio/repayments",
    LetterKind.REPAYMENT_CHANGED: "/studio/repayments",
    LetterKind.REPAYMENT_ENDED: "/studio/repayments",
    LetterKind.GIFT_CARD_BOUGHT: "/account/credit",
    LetterKind.GIFT_CARD_FOR_YOU: "/account/credit",
    LetterKind.PLACE_OFFERED: "/account/commissions",
    LetterKind.PLACE_PASSED: "/account/commissions",
    LetterKind.STORY_OFFERED: "/commissions",
    LetterKind.STORY_AGREED: "/studio/commissions",
    LetterKind.STORY_DECLINED: "/studio/commissions",
    LetterKind.STORY_TAKEN_BACK: "/commissions",
    LetterKind.EXPORT_READY: "/account/privacy",
    LetterKind.ERASURE_SCHEDULED: "/account/privacy",
    LetterKind.ERASURE_CANCELLED: "/account/privacy",
    LetterKind.ERASURE_DONE: "/",
}

FACTORS: Mapping[str, str] = {
    "totp": "An authenticator app",
    "passkey": "A passkey",
    "recovery_codes": "A set of recovery codes",
    "outside": "Another account to sign in with",
}
"""Code → words, for the blank `factor`."""
