"""Names that contact extraction knows: top-level domains, platforms, words that are no names."""


def names(text: str) -> frozenset[str]:
    """A set of words, written as one line."""
    return frozenset(text.split())


# Seen in ads; a bare domain under any other ending is taken only with a scheme or `www.`.
COMMON_TLDS = names(
    "com net org info biz edu gov io app dev xyz site online shop store club live link page top "
    "vip pro name chat social tech space website blog agency email world today news media cloud"
)
_COUNTRIES = names(
    "co us uk ca au nz ie de fr es it pt nl be ch at se no dk fi pl cz ru ua tr gr ro hu in jp cn "
    "hk tw kr sg my ph th vn id br mx ar cl pe za ng ke il ae me tv cc gg ly eu ws fm to"
)
TLDS = "|".join(sorted(COMMON_TLDS | _COUNTRIES, key=lambda tld: (-len(tld), tld)))
# Endings that are also words: taken only with a scheme, `www.` or a path.
WORDY_TLDS = names(
    "co us in it is at be no me to so my id ch de es se as by name page live link top today world "
    "news email space store shop online site club pro chat tech social media cloud agency"
)
NO_DOMAINS = frozenset({"asp.net", "vb.net", "ado.net", "dot.net", "e.g", "i.e"})

MAIL_PROVIDERS = names(
    "gmail googlemail yahoo ymail hotmail outlook live msn icloud aol proton protonmail gmx mail "
    "yandex zoho tutanota fastmail example"
)

# Names that can be nothing else; they need no mark before the name if the name is no plain word.
STRONG_PLATFORMS = {
    "instagram": "instagram",
    "insta": "instagram",
    "telegram": "telegram",
    "whatsapp": "whatsapp",
    "snapchat": "snapchat",
    "wechat": "wechat",
    "weixin": "wechat",
    "discord": "discord",
    "tiktok": "tiktok",
    "viber": "viber",
    "skype": "skype",
    "kik": "kik",
    "wickr": "wickr",
    "threema": "threema",
    "icq": "icq",
}
# Short or everyday words: they need `@`, `:` or "id" between them and the name.
WEAK_PLATFORMS = {
    "ig": "instagram",
    "tg": "telegram",
    "sc": "snapchat",
    "snap": "snapchat",
    "fb": "facebook",
    "facebook": "facebook",
    "messenger": "facebook",
    "twitter": "twitter",
    "tt": "tiktok",
    "wa": "whatsapp",
    "qq": "qq",
    "line": "line",
    "signal": "signal",
    "reddit": "reddit",
    "threads": "threads",
    "linkedin": "linkedin",
    "youtube": "youtube",
}
# Of those, the ones that a name with digits in it may follow without any mark.
SHORT_PLATFORMS = frozenset({"ig", "tg", "sc", "snap", "tt"})
DISGUISED_PLATFORMS = (
    "instagram", "insta", "telegram", "whatsapp", "snapchat", "wechat", "discord", "tiktok",
    "snap", "kik",
)  # fmt: skip

# Host of a profile page -> platform.
PROFILE_HOSTS = {
    "instagram.com": "instagram",
    "instagr.am": "instagram",
    "t.me": "telegram",
    "telegram.me": "telegram",
    "snapchat.com": "snapchat",
    "twitter.com": "twitter",
    "x.com": "twitter",
    "facebook.com": "facebook",
    "fb.com": "facebook",
    "m.me": "facebook",
    "tiktok.com": "tiktok",
    "kik.me": "kik",
    "threads.net": "threads",
}
PAYMENT_HOSTS = {
    "cash.app": "cashapp",
    "paypal.me": "paypal",
    "venmo.com": "venmo",
}
PAGES_NOT_PROFILES = names(
    "p reel reels explore pages groups watch sharer share hashtag i home intent search add u user "
    "events marketplace login s stories tv about legal help download joinchat c"
)

NOT_A_NAME = names(
    "yes no not only me my mine for at and or on is are was the a an to of in with by from if as "
    "it its available preferred please pls contact call text message msg dm pm add find follow "
    "here below above ok okay welcome too also account accounts page pages profile link links "
    "username user name handle id photo photos pics video videos story stories post posts app apps "
    "marketing ads advertising management experience manager followers likes group groups channel "
    "channels chat number numbers phone cell mobile home work same via use using we you your our "
    "us i im instagram insta telegram whatsapp snapchat facebook twitter tiktok kik wechat discord "
    "gmail yahoo hotmail outlook com net org http https www cash venmo paypal etc this that these "
    "those there up out so all any more info details questions question let lets just can will "
    "would should want need like love hit see look check get got give send sent reach public "
    "private new free better best great down open fine good active inactive old other"
)
