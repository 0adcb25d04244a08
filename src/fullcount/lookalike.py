"""Look-alikes: which two names a person would take for one, although their letters are others. No input, no output.

What differs in case, width, space and invisible characters is folded away by `text.key`; here letters of other alphabets
become the Latin letter that they are drawn like. Marks stay, since a person sees them, and so do digits.
"""

from __future__ import annotations

import unicodedata

from fullcount.text import key

# Pairs of a letter and what it is drawn like, of the alphabets in which names are forged: Cyrillic, Greek, Armenian,
# Cherokee, and odd Latin ones. After Unicode Technical Standard 39, `confusables.txt`, as far as they make whole words.
_PAIRS = (
    "АAВBЕEЗ3ІIЈJКKМMНHОOРPСCТTУYХXЅSԌGԚQԜWҺHЬbаaгrеeкkоoпnрpсcуyхxіiјjѕsһhԁdԛqԝwѵvѡwԍgӏlӀIҮYүyӨOөo"
    "ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXαaγyηnιiκkνvοoρpτtυuχxσoϲcϳjϹCͿJωw"
    "ՍUՏSՕOՒLհhոnսuօoցgզqյjԼL"
    "ᎪAᏴBᏟCᎠDᎬEᏀGᎻHᎥiᎫJᏦKᏞLᎷMᏢPᎡRᏚSᎢTᏙVᎳWᏃZ"
    "ıiɑaɡgɩiʏyʀRɪIꞮIƖlƽsꜱSᴏoᴄcᴠvᴡwᴢz"
)
_LIKE = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))
_STROKES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58", "-") | dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4", "'")
)


def skeleton(text: str) -> str:
    """What two names have in common that a person takes for one.

    >>> skeleton("Роrts\\u200b Bureau") == skeleton("PORTS BUREAU"), skeleton("Ports") == skeleton("Pörts")
    (True, False)
    """
    parted = unicodedata.normalize("NFKD", text.translate(_STROKES))
    return key(parted.translate(_LIKE))
