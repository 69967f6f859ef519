"""Every sentence of the alert page in one table; its translations are the catalogues of `alert`.

A whole sentence each, so that every language can have its own order; names in braces are filled
in. After a change: `scripts/languages.py update`, then fill in what is new (docs/languages.md).
"""

from collections.abc import Mapping

from answerable.apps.public.languages import N_

DOMAIN = "alert"

ENGLISH: Mapping[str, str] = {
    # Translators: the window's title. It must say nothing to whoever looks over a shoulder.
    "title": N_("Contact"),
    "skip": N_("Skip to the content"),
    "made_up": N_("TEST: this site is synthetic. Nothing on it is real."),
    "pages": N_("Pages"),
    "languages": N_("Language"),
    "leave": N_("Leave this page"),
    # Translators: stands right after "Leave this page". Esc is the key.
    "leave_hint": N_("or press Esc"),
    "heading": N_("Tell us about an ad"),
    "lead": N_(
        "Anyone can use this page. You need no account, no proof and no name. "
        "If you name an ad, it is hidden as soon as you send this."
    ),
    "no_proof": N_(
        "Nobody will ask you to prove who you are or how you know somebody. "
        "We never get in touch with the person in the ad because of what you send."
    ),
    "no_images": N_("Please do not send pictures."),
    "ad": N_("Address or number of the ad"),
    "ad_hint": N_("Leave it empty if you do not know it, and say below what it is about."),
    "contacts": N_("Phone numbers or e-mail addresses in it"),
    # Translators: handles are the names under which somebody writes on the Internet.
    "handles": N_("Names or handles used"),
    "places": N_("Places"),
    "about_words": N_("Words in the ad that you remember"),
    # Translators: how to fill in a list: each thing on a line of its own.
    "one_a_line": N_("One a line"),
    "text": N_("Anything you want to say"),
    "reasons": N_("Why are you worried? (nothing here is needed)"),
    "minor_suspected": N_("Someone in it may be under 18"),
    "stated_age": N_("An age under 18 is stated"),
    "knows_child": N_("I know the person"),
    "missing_child": N_("The person may be missing"),
    "coerced": N_("Someone may be forced"),
    "image_without_consent": N_(
        "A picture of me, or of someone I speak for, is there without consent"
    ),
    "other": N_("Something else"),
    "role": N_("Who are you? (not needed)"),
    "role_public": N_("Anyone"),
    "role_self": N_("It is about me"),
    "role_family": N_("Family or friend"),
    "role_police": N_("Police"),
    # Translators: the term of the Digital Services Act, article 22.
    "role_flagger": N_("Trusted flagger"),
    "role_hotline": N_("Hotline"),
    "contact": N_("How may we reach you? (not needed; not if somebody else reads your phone)"),
    "send": N_("Send"),
    "faulty": N_("This was not sent yet"),
    "need": N_("Name an ad, or say what it is about."),
    # Translators: {field} is the label of a field of this form.
    "too_long": N_("“{field}” holds too much. Please shorten it."),
    "not_now": N_("We could not take this just now. Nothing is lost: please send it again."),
    "thanks": N_("Received"),
    "words_lead": N_("Your receipt is these words. Remember them; nothing is kept on this device."),
    "words_english": N_(
        "The words are English in every language, so that they work in all of them."
    ),
    "words_use": N_("With them you can look up later whether we answered in time."),
    # Translators: {time} is a moment such as "24 November 2026, 10:15 UTC".
    "due": N_("Somebody here must have acted by {time}."),
    "safe_question": N_("Is it safe to keep something on this device?"),
    "safe_hint": N_("If somebody else may look at this phone or computer, it is not."),
    "safe_yes": N_("Yes, let me save a file"),
    # Translators: a note is what was sent with this page.
    "look_up": N_("Look up an earlier note"),
    "look_up_label": N_("The words of your receipt"),
    "look": N_("Look up"),
    "received": N_("Received: yes"),
    "answered_yes": N_("Answered within the promise: yes"),
    "answered_no": N_("Answered within the promise: no"),
    "answered_not_due": N_("Answered within the promise: not due yet"),
    "again": N_("Ask for another look"),
    "again_lead": N_(
        "If you think that the answer is wrong, say so. People look at it again, and nothing that "
        "was done is undone by it."
    ),
    "again_label": N_("What should be looked at again?"),
    # Translators: {time} is a moment such as "24 November 2026, 10:15 UTC".
    "again_taken": N_("Received. People look at it again and answer by {time}."),
    "again_before": N_("Another look was asked for already."),
    "again_not_yet": N_("This is not answered yet. Somebody is still to look at it."),
    "again_empty": N_("Say in a line what should be looked at again."),
    "unknown": N_("No note has these words. Check them and try again."),
    "wait": N_("Too many look-ups just now. Wait a minute and try again."),
    "help": N_("If someone is in danger now, call the emergency number. You can also call:"),
    "back": N_("Write another note"),
}

REASONS = (
    "minor_suspected",
    "stated_age",
    "knows_child",
    "missing_child",
    "coerced",
    "image_without_consent",
    "other",
)
ROLES = ("public", "self", "family", "police", "flagger", "hotline")
