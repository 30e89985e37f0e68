"""Write the glossary anew, in English and in Arabic: `python docs/glossary.py`.

The words are those of the language files, so that the glossary says what the pages say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geodata.atlas import read_atlas

DOCS = Path(__file__).parent

COLUMNS = {"en": "English", "ar": "العربية", "ru": "Русский", "tr": "Türkçe"}

TERMS = (
    ("verdict.inside", "certainly in a zone that was in force", "في منطقة سارية، بكل تأكيد"),
    (
        "verdict.outside",
        "certainly in no zone that was in force",
        "ليس في أي منطقة سارية، بكل تأكيد",
    ),
    ("verdict.uncertain", "what is known does not settle it", "ما هو معروف لا يكفي للجزم"),
    (
        "verdict.undetermined",
        "the place or the date is missing or cannot be read",
        "لا مكان أو لا تاريخ، أو تتعذر قراءته",
    ),
    ("phase.before", "the zone had not been announced yet", "لم تكن المنطقة قد أُعلنت بعد"),
    (
        "phase.declared",
        "named by the memorandum of 4 May 2017, but without an arrangement of its own yet",
        "سمّتها مذكرة 4 أيار 2017 ولم يُبرم لها اتفاق خاص بعد",
    ),
    ("phase.arranged", "covered by an arrangement of its own", "يسري عليها اتفاق خاص بها"),
    (
        "phase.contested",
        "in force, while an offensive against it was under way",
        "سارية، والهجوم عليها جارٍ",
    ),
    ("phase.ended", "no longer in force", "لم تعد سارية"),
    (
        "field.boundary",
        "one way of drawing the zones; no official map was ever published",
        "طريقة من طرق رسم المناطق؛ لم تُنشر أي خريطة رسمية",
    ),
    ("boundary_estimate.low", "certainly inside", "داخل المنطقة بكل تأكيد"),
    ("boundary_estimate.best", "the line itself", "الخط نفسه"),
    (
        "boundary_estimate.high",
        "beyond the line but within this, a place may still be inside",
        "ما بين الخط وهذا الحد قد يكون داخل المنطقة",
    ),
    (
        "field.share",
        "how much of the place lies inside",
        "كم من المكان يقع داخل المنطقة",
    ),
    (
        "field.settlement",
        "a place listed in the ledger: city, town, village, neighbourhood or camp",
        "موضع في السجل: مدينة أو بلدة أو قرية أو حي أو مخيم",
    ),
    (
        "field.held_by",
        "the side that held a settlement over a period, according to a source",
        "الطرف الذي سيطر على البلدة من يوم إلى يوم، بحسب مصدر",
    ),
    (
        "field.guarantors",
        "the states that guarantee an arrangement",
        "الدول التي تكفل الاتفاق",
    ),
    (
        "field.mediators",
        "those who brought an arrangement about without guaranteeing it",
        "من سعى إلى الاتفاق دون أن يكفله",
    ),
    (
        "field.round",
        "one of the numbered meetings of the talks",
        "اجتماع من اجتماعات المحادثات، برقمه",
    ),
    (
        "field.reasons",
        "what kept the answer from being clear-cut, as codes that programs can read",
        "ما حال دون جواب قاطع، برموز تقرؤها البرامج",
    ),
)
"""The key of a word, and what it means in English and in Arabic."""

TITLES = {
    "en": "# Glossary\n\nWords of the pages and answers in four languages, and what they mean.\n",
    "ar": "# المصطلحات\n\nكلمات الصفحات والأجوبة باللغات الأربع، ومعناها هنا.\n",
}
MEANING = {"en": "Meaning", "ar": "المعنى"}


def glossary(language: str) -> str:
    """Return the page in English or in Arabic: what a narrow screen shows of a row comes first."""
    atlas = read_atlas()
    codes = sorted(COLUMNS, key=lambda code: code != language)
    own, *others = (COLUMNS[code] for code in codes)
    rows = [[own, MEANING[language], *others], ["---"] * (len(codes) + 1)]
    for key, english, arabic in TERMS:
        word, *others = (_word(atlas.words(code), key) for code in codes)
        rows.append([word, {"en": english, "ar": arabic}[language], *others])
    return TITLES[language] + "\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _word(words: Any, key: str) -> str:
    for part in key.split("."):
        words = words[part]
    return str(words)


if __name__ == "__main__":
    for name, code in (("glossary.md", "en"), ("ar/glossary.md", "ar")):
        (DOCS / name).write_text(glossary(code), "utf-8", newline="\n")
