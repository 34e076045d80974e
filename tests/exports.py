"""Invented WhatsApp exports as phones write them: every system, locale and clock, each with what is to be read from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

NARROW, NO_BREAK, MARK = "\u202f", "\u00a0", "\u200e"
FATES = ("system", "media", "deleted", "call", "unassigned")


class Locale(NamedTuple):
    """How a locale writes a heading on Android and on iPhones, with 24 and with 12 hours; then the app's own phrases."""

    android: str
    ios: str
    android_12: str
    ios_12: str
    halves: tuple[str, str]
    media: str
    deleted: str
    encrypted: str
    missed: str = ""
    digits: str = ""
    turned: bool = False


EN = (
    "<Media omitted>",
    "This message was deleted",
    "Messages and calls are end-to-end encrypted.",
    "Missed voice call",
)
DE = (
    "<Medien ausgeschlossen>",
    "Diese Nachricht wurde gelöscht.",
    "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.",
    "Verpasster Sprachanruf",
)
ES = (
    "<Multimedia omitido>",
    "Se eliminó este mensaje.",
    "Los mensajes y las llamadas están cifrados de extremo a extremo.",
    "Llamada perdida",
)
FR = (
    "<Médias omis>",
    "Ce message a été supprimé",
    "Les messages et les appels sont chiffrés de bout en bout.",
    "Appel vocal manqué",
)
IT = (
    "<Media omessi>",
    "Questo messaggio è stato eliminato",
    "I messaggi e le chiamate sono crittografati end-to-end.",
    "Chiamata vocale persa",
)
PT = (
    "<Mídia oculta>",
    "Mensagem apagada",
    "As mensagens e ligações são protegidas com a criptografia de ponta a ponta.",
    "Ligação de voz perdida",
)
NL = (
    "<Media weggelaten>",
    "Dit bericht is verwijderd",
    "Berichten en oproepen zijn end-to-end versleuteld.",
    "Gemiste spraakoproep",
)
RU = (
    "<Без медиафайлов>",
    "Данное сообщение удалено",
    "Сообщения и звонки защищены сквозным шифрованием.",
    "Пропущенный аудиозвонок",
)
PL = (
    "<pominięto multimedia>",
    "Ta wiadomość została usunięta",
    "Wiadomości i połączenia są w pełni szyfrowane end-to-end.",
    "Nieodebrane połączenie głosowe",
)
TR = (
    "<Medya dahil edilmedi>",
    "Bu mesaj silindi",
    "Mesajlar ve aramalar uçtan uca şifrelidir.",
    "Cevapsız sesli arama",
)
SV = (
    "<Media har utelämnats>",
    "Det här meddelandet raderades",
    "Meddelanden och samtal är end-to-end-krypterade.",
    "Missat röstsamtal",
)
DA = ("<Medier udeladt>", "Denne besked blev slettet", "Beskeder og opkald er end-to-end-krypterede.", "")
NB = (
    "<Media utelatt>",
    "Denne meldingen ble slettet",
    "Meldinger og anrop er ende-til-ende-kryptert.",
    "Ubesvart taleanrop",
)
FI = ("<Media jätettiin pois>", "Tämä viesti poistettiin", "Viestit ja puhelut ovat täysin salattuja.", "")
CS = ("<Média vynechány>", "Tato zpráva byla smazána", "Zprávy a hovory jsou koncově šifrované.", "Zmeškaný hovor")
HU = (
    "<Média elhagyva>",
    "Ez az üzenet törölve lett",
    "Az üzenetek és a hívások végpontok közötti titkosítással védettek.",
    "",
)
UK = (
    "<Медіа пропущено>",
    "Це повідомлення було видалено",
    "Повідомлення та виклики захищено наскрізним шифруванням.",
    "",
)
KO = ("<미디어 파일 제외됨>", "삭제된 메시지입니다.", "메시지와 통화는 종단간 암호화됩니다.", "")
JA = ("<メディアなし>", "このメッセージは削除されました", "メッセージと通話はエンドツーエンド暗号化されています。", "")
ZH = ("<省略多媒体文件>", "此消息已删除", "消息和通话都进行端到端加密。", "")
TW = ("<忽略多媒體檔>", "此訊息已刪除", "訊息和通話受端對端加密。", "")
AR = ("<تم استبعاد الوسائط>", "تم حذف هذه الرسالة", "الرسائل والمكالمات مشفرة تماماً بين الطرفين.", "")
HE = ("<המדיה לא נכללה>", "", "ההודעות והשיחות מוצפנות מקצה לקצה.", "")
HI = ("<मीडिया के बिना>", "", "मैसेज और कॉल एंड-टू-एंड एन्क्रिप्टेड हैं.", "")
ID = ("<Media tidak disertakan>", "Pesan ini telah dihapus", "Pesan dan panggilan terenkripsi secara end-to-end.", "")
EL = ("<Εξαιρέθηκαν πολυμέσα>", "", "Τα μηνύματα και οι κλήσεις κρυπτογραφούνται από άκρο σε άκρο.", "")

ARABIC = "٠١٢٣٤٥٦٧٨٩"
DMY, SHORT, DOTS = "{dd}/{mm}/{yyyy}", "{d}/{m}/{yy}", "{dd}.{mm}.{yy}"
LONG_DOTS, ISO, SLASHED = "{dd}.{mm}.{yyyy}", "{yyyy}-{mm}-{dd}", "{yyyy}/{m}/{d}"


def _plain(date: str, gap: str = ", ", half: str = NARROW + "{half}", dot: str = ":") -> tuple[str, str, str, str]:
    """The four headings of a locale that writes them alike."""
    day, night = f"{{HH}}{dot}{{MM}}", f"{{h}}{dot}{{MM}}"
    seconds = " min {SS} s" if dot == " h " else f"{dot}{{SS}}"
    return (
        f"{date}{gap}{day} - ",
        f"[{date}{gap}{day}{seconds}] ",
        f"{date}{gap}{night}{half} - ",
        f"[{date}{gap}{night}{seconds}{half}] ",
    )


AM = ("AM", "PM")
LOCALES = {
    "en-US": Locale(*_plain("{m}/{d}/{yy}"), AM, *EN),
    "en-GB": Locale(*_plain(DMY), ("am", "pm"), *EN),
    "en-ZA": Locale(*_plain("{yyyy}/{mm}/{dd}"), AM, *EN),
    "en-IN": Locale(*_plain("{dd}/{mm}/{yy}"), ("am", "pm"), *EN),
    "de-DE": Locale(*_plain(DOTS), AM, *DE),
    "fr-FR": Locale(*_plain(DMY, " à "), AM, *FR),
    "fr-CA": Locale(*_plain(ISO, " ", dot=" h "), ("a.m.", "p.m."), *FR),
    "es-ES": Locale(*_plain(SHORT), (f"a.{NO_BREAK}m.", f"p.{NO_BREAK}m."), *ES),
    "es-MX": Locale(*_plain(DMY, half=f"{NO_BREAK}{{half}}"), (f"a.{NO_BREAK}m.", f"p.{NO_BREAK}m."), *ES),
    "it-IT": Locale(*_plain("{dd}/{mm}/{yy}"), AM, *IT),
    "pt-BR": Locale(*_plain(DMY, " "), AM, *PT),
    "nl-NL": Locale(*_plain("{dd}-{mm}-{yyyy}", " "), ("a.m.", "p.m."), *NL),
    "ru-RU": Locale(*_plain(LONG_DOTS), AM, *RU),
    "pl-PL": Locale(*_plain(LONG_DOTS), AM, *PL),
    "tr-TR": Locale(*_plain(LONG_DOTS, " "), ("ÖÖ", "ÖS"), *TR, turned=True),
    "sv-SE": Locale(*_plain(ISO, " "), ("fm", "em"), *SV),
    "da-DK": Locale(*_plain(LONG_DOTS, " ", dot="."), AM, *DA),
    "nb-NO": Locale(*_plain(LONG_DOTS), ("a.m.", "p.m."), *NB),
    "fi-FI": Locale(*_plain("{d}.{m}.{yyyy}", " klo ", dot="."), ("ap.", "ip."), *FI),
    "cs-CZ": Locale(*_plain("{dd}.{mm}.{yy}", " "), ("dop.", "odp."), *CS),
    "hu-HU": Locale(*_plain("{yyyy}. {mm}. {dd}.", " "), ("de.", "du."), *HU),
    "uk-UA": Locale(*_plain(DOTS), ("дп", "пп"), *UK),
    "el-GR": Locale(*_plain(SHORT), ("π.μ.", "μ.μ."), *EL),
    "ko-KR": Locale(*_plain("{yyyy}. {m}. {d}.", " "), ("오전", "오후"), *KO, turned=True),
    "ja-JP": Locale(*_plain("{yyyy}/{mm}/{dd}", " "), ("午前", "午後"), *JA, turned=True),
    "zh-CN": Locale(*_plain(SLASHED, " "), ("上午", "下午"), *ZH, turned=True),
    "zh-TW": Locale(*_plain(SLASHED, " "), ("上午", "下午"), *TW, turned=True),
    "ar-EG": Locale(*_plain("{d}\u200f/{m}\u200f/{yyyy}", "، "), ("ص", "م"), *AR, digits=ARABIC),
    "he-IL": Locale(*_plain("{d}.{m}.{yyyy}"), ("לפנה״צ", "אחה״צ"), *HE),
    "hi-IN": Locale(*_plain("{d}/{m}/{yy}"), ("am", "pm"), *HI),
    "id-ID": Locale(*_plain("{dd}/{mm}/{yy}", " ", dot="."), AM, *ID),
}  # fmt: skip
"""The locales, by their usual names."""


@dataclass
class Export:
    """One export, and what is in it: the messages, and the fates of the other lines."""

    name: str
    text: str
    said: list[tuple[str, str, datetime]]
    fates: dict[str, list[int]] = field(default_factory=dict)


def heading(template: str, locale: Locale, at: datetime) -> str:
    """The heading of this moment."""
    written = template.format(
        d=at.day, dd=f"{at.day:02}", m=at.month, mm=f"{at.month:02}", yy=f"{at.year % 100:02}", yyyy=at.year,
        HH=f"{at.hour:02}", h=at.hour % 12 or 12, MM=f"{at.minute:02}", SS=f"{at.second:02}", half="{half}",
    )  # fmt: skip
    half = locale.halves[at.hour >= 12]
    if "{half}" in written and locale.turned:
        # "오후 6:55": the half stands before the hour.
        clock = f"{at.hour % 12 or 12}:{at.minute:02}"
        written = written.replace(NARROW + "{half}", "").replace(clock, f"{half} {clock}", 1)
    written = written.replace("{half}", half)
    return (
        "".join(locale.digits[int(c)] if c.isascii() and c.isdigit() else c for c in written)
        if locale.digits
        else written
    )


def _script(locale: Locale, *, ios: bool) -> Iterator[tuple[str, str, list[str]]]:
    """Who, the kind, and the lines behind the heading; without a person it is a notice."""
    mark = MARK if ios else ""
    media = f"{MARK}image omitted" if ios else locale.media
    yield ("Ann", "system", [f"{mark}{locale.encrypted}"]) if ios else ("", "system", [locale.encrypted])
    yield "Ann", "message", ["did you call them: yes or no?"]
    yield "Zoë B.", "message", ["no", "", "I was busy until 10:30"]
    yield "Ann", "message", ["you always are", "see https://example.org/a: it is all there"]
    yield "Zoë B.", "media", [media]
    if locale.deleted:
        yield "Ann", "deleted", [f"{mark}{locale.deleted}"]
    yield "Zoë B.", "message", [f"{'' if ios else MARK}ok 🙂"]
    yield "Ann", "message", ["12/12/2023 19:02 was the day", "[see above]"]
    if locale.missed:
        yield "Zoë B.", "call", [f"{mark}{locale.missed}"]
    yield "Zoë B.", "message", ["night"]


# "open" leaves open which number is the day: all are below thirteen, and time runs forward either way.
STEPS = {
    "open": (datetime(2024, 2, 3, 7, 5, 9), timedelta(hours=3, minutes=1, seconds=1)),  # noqa: DTZ001
    "weeks": (datetime(2024, 1, 9, 0, 5, 9), timedelta(days=5, hours=7, minutes=13, seconds=31)),  # noqa: DTZ001
    "noons": (datetime(2023, 11, 27, 11, 58, 1), timedelta(days=9, hours=12, minutes=1, seconds=3)),  # noqa: DTZ001
}


def export(name: str, *, ios: bool, twelve: bool, step: str = "weeks") -> Export:
    """The export of a locale on a system with a clock."""
    locale = LOCALES[name]
    template = (locale.ios_12 if twelve else locale.ios) if ios else (locale.android_12 if twelve else locale.android)
    at, apart = STEPS[step]
    made = Export(f"{name} {'iPhone' if ios else 'Android'} {12 if twelve else 24} h {step}", "", [])
    number = 1
    for who, kind, words in _script(locale, ios=ios):
        person = f"{who}: " if who else ""
        first = f"{MARK if ios and kind == 'media' else ''}{heading(template, locale, at)}{person}{words[0]}"
        lines = [first, *words[1:]]
        made.text += "".join(f"{line}\n" for line in lines)
        if kind == "message":
            body = "\n".join(words)
            made.said.append((who, body, at if ios else at.replace(second=0)))
        else:
            made.fates.setdefault(kind, []).append(number)
        number += len(lines)
        at += apart
    return made


def exports() -> Iterator[Export]:
    """Every locale on every system with every clock."""
    for name in LOCALES:
        for ios in (False, True):
            for twelve in (False, True):
                for step in ("weeks", "noons"):
                    yield export(name, ios=ios, twelve=twelve, step=step)
