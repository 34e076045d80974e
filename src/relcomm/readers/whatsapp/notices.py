"""What in an export is not a person's words: notices, attachments, deleted messages, calls.

On iPhones the app marks its own words with U+200E, so they are known in every language; elsewhere they are
known by the phrases below. A message counts as the app's only if the whole of it is such a phrase.
"""

from __future__ import annotations

import re
from typing import Literal

from relcomm.readers.whatsapp.headings import without_marks

Kind = Literal["message", "system", "media", "deleted", "call"]
APP_MARK = "\u200e"


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip().casefold() for phrase in text.split("|"))


# Written between angle brackets by Android.
_OMITTED = _phrases(
    "media omitted|medien ausgeschlossen|medien weggelassen|multimedia omitido|archivo omitido|médias omis|fichier omis|"
    "media omessi|media omesso|mídia oculta|mídia omitida|arquivo de mídia oculto|ficheiro não revelado|media weggelaten|"
    "pominięto multimedia|без медиафайлов|файл пропущен|медіа пропущено|medya dahil edilmedi|medya atlanmış|"
    "media utelämnat|media har utelämnats|medier udeladt|mediefil udeladt|media utelatt|uten vedlegg|media jätettiin pois|"
    "media jätetty pois|média vynechány|média vynechána|médiá vynechané|média elhagyva|hiányzó médiafájl|conținut media omis|"
    "εξαιρέθηκαν πολυμέσα|медии са пропуснати|без файл|fitxers multimèdia omesos|media tidak disertakan|media dikecualikan|bỏ qua tệp phương tiện|"
    "メディアなし|メディアは含まれていません|미디어 파일 제외됨|미디어 파일을 생략한 대화내용|忽略多媒體檔|省略多媒体文件|"
    "تم استبعاد الوسائط|رسانه حذف شد|המדיה לא נכללה|मीडिया के बिना|ไฟล์สื่อถูกลบ|image omitted|video omitted|audio omitted|"
    "sticker omitted|gif omitted|document omitted|view once voice message omitted|video note omitted"
)
_MEDIA = _phrases(
    "image omitted|video omitted|video note omitted|audio omitted|sticker omitted|gif omitted|document omitted|"
    "contact card omitted|live location shared|bild weggelassen|video weggelassen|audio weggelassen|sticker weggelassen|"
    "gif weggelassen|dokument weggelassen|kontaktkarte ausgelassen|live-standort wird geteilt|imagen omitida|video omitido|"
    "audio omitido|sticker omitido|gif omitido|documento omitido|tarjeta de contacto omitida|image absente|vidéo absente|"
    "audio omis|sticker omis|gif retiré|document manquant|fiche contact manquante|immagine omessa|video omesso|audio omesso|"
    "sticker non incluso|gif esclusa|documento omesso|scheda contatto omessa|imagem ocultada|vídeo omitido|áudio ocultado|"
    "figurinha omitida|gif omitido|documento omitido|imagem não revelada|vídeo não revelado|afbeelding weggelaten|"
    "video weggelaten|audio weggelaten|sticker weggelaten|gif weggelaten|document weggelaten|изображение отсутствует|"
    "видео отсутствует|аудио отсутствует|стикер не добавлен|gif отсутствует|документ отсутствует|зображення відсутнє|"
    "відео відсутнє|аудіо відсутнє|obrázek vynechán|video vynecháno|nálepka vynechána|dokument vynechán|görüntü dahil edilmedi|"
    "video dahil edilmedi|ses dahil edilmedi"
)
_DELETED = _phrases(
    "this message was deleted|you deleted this message|this message was deleted by admin|message deleted|"
    "diese nachricht wurde gelöscht|du hast diese nachricht gelöscht|se eliminó este mensaje|eliminaste este mensaje|"
    "este mensaje fue eliminado|este mensaje se eliminó|ce message a été supprimé|vous avez supprimé ce message|"
    "questo messaggio è stato eliminato|hai eliminato questo messaggio|mensagem apagada|esta mensagem foi apagada|"
    "essa mensagem foi apagada|você apagou esta mensagem|apagou esta mensagem|esta mensagem foi eliminada|"
    "dit bericht is verwijderd|je hebt dit bericht verwijderd|u hebt dit bericht verwijderd|ta wiadomość została usunięta|"
    "usunięto tę wiadomość|данное сообщение удалено|вы удалили данное сообщение|это сообщение было удалено|"
    "це повідомлення було видалено|ви видалили це повідомлення|bu mesaj silindi|bu mesajı sildiniz|tato zpráva byla smazána|"
    "tuto zprávu jste smazal/a|det här meddelandet raderades|du raderade det här meddelandet|denne besked blev slettet|"
    "denne meldingen ble slettet|tämä viesti poistettiin|このメッセージは削除されました|삭제된 메시지입니다|此訊息已刪除|"
    "此消息已删除|تم حذف هذه الرسالة|pesan ini telah dihapus|ez az üzenet törölve lett|törölted ezt az üzenetet|"
    "αυτό το μήνυμα διαγράφηκε|διαγράψατε αυτό το μήνυμα|acest mesaj a fost șters|tin nhắn này đã bị xóa"
)
_MISSED = (
    r"missed (?:group )?(?:voice|video) call|silenced (?:voice|video) call|verpasster (?:sprachanruf|videoanruf)|"
    r"(?:video)?llamada(?: de voz| grupal)? perdida|appel (?:vocal|vidéo)(?: de groupe)? manqué|(?:video)?chiamata(?: vocale)? persa|"
    r"(?:chamada|ligação) de (?:voz|vídeo) perdida|gemiste (?:spraak|video)oproep|пропущенный (?:аудио|видео)звонок|"
    r"cevapsız (?:sesli|görüntülü) arama|nieodebrane połączenie(?: głosowe| wideo)?|missat (?:röst|video)samtal|"
    r"ubesvart (?:tale|video)anrop|zmeškaný(?: hlasový| video)?\s?hovor"
)
_HELD = r"(?:group )?(?:voice|video) call|sprachanruf|videoanruf|(?:video)?llamada(?: de voz)?|appel (?:vocal|vidéo)"
_CALL = re.compile(
    rf"(?:(?:{_MISSED})(?: at \d[\d:.]*\s?(?:[ap]\.?\s?m\.?)?)?(?:[,.] .{{0,40}})?"
    rf"|(?:{_HELD})[,.] (?:\d.{{0,20}}|no answer|keine antwort|sin respuesta|pas de réponse))\Z"
)
_ENCRYPTED = re.compile(
    r"(?:messages|nachrichten|los mensajes|les messages|i messaggi|as mensagens|berichten|сообщения|повідомлення|mesajlar|"
    r"wiadomości|zprávy|meddelanden|الرسائل|メッセージ|메시지|訊息|消息).{0,60}"
    r"(?:end-to-end|ende-zu-ende|extremo a extremo|bout en bout|ponta a ponta|ponto a ponto|сквозн|наскрізн|uçtan uca|koncov|"
    r"مشفرة|エンドツーエンド|종단간|端對端|端到端)"
)
_NOTICES = _phrases(
    "waiting for this message. this may take a while|waiting for this message|"
    "diese nachricht wird geladen. dies kann eine weile dauern|esperando el mensaje. esto puede tomar tiempo|"
    "this message can't be displayed here. please open whatsapp on your phone to view the message"
)
_EVENT = re.compile(
    r"\b(?:created (?:the )?(?:group|community)|changed (?:the|this|their|your|to)|added|removed|left|joined|turned (?:on|off)|updated the|"
    r"security code|hat (?:den|die|das|dich)|sicherheitsnummer|cambió|creó|añadió|a (?:changé|créé|ajouté)|mudou|criou|alterou|"
    r"ha (?:cambiato|creato|aggiunto)|heeft|изменил|создал|добавил)"
)
_OF_APP = re.compile(
    r"you (?:un)?blocked this|this (?:chat|business|account|group) |disappearing messages|pinned a message|is a contact|"
    r"now an admin|default timer|started a (?:video |voice )?call"
)
_MYSELF = re.compile(r"(?:i|we|my|our|ich|wir|je|nous|yo|io|eu|ik|wij|я|мы)\b", re.IGNORECASE)
_FILE = r"[^<>\n]{1,200}\.[A-Za-z0-9]{2,5}"
_ATTACHED = re.compile(rf"[^\S\n]?{APP_MARK}?<[^<>:\n]{{1,30}}:[^\S\n]?{_FILE}>\s*\Z")
_FILE_ATTACHED = re.compile(
    r"(?:[A-Z]{3}-\d{8}-WA\d+\.\w{2,5} \([^()]{3,40}\)|[^<>\n]{1,200}\.\w{2,5} \((?:file attached|datei angehängt|archivo adjunto|"
    r"fichier joint|file allegato|arquivo anexado|ficheiro anexado|bestand bijgevoegd|файл добавлен|dosya ekli|"
    r"plik załączony|bifogad fil)\))\Z",
    re.IGNORECASE,
)
_PLACE = re.compile(r"(?:[^:\n]{1,30}: )?https://(?:maps\.google\.com/\?q=|foursquare\.com/v/)\S{1,200}\Z")
_EDITED = re.compile(
    rf"\s?(?:{APP_MARK}<[^<>:\n]{{5,60}}>|<(?:this message was edited|diese nachricht wurde bearbeitet|se editó este mensaje|"
    r"ce message a été modifié|questo messaggio è stato modificato|(?:esta )?mensagem (?:foi )?editada|dit bericht is bewerkt)\.?>)\s*\Z",
    re.IGNORECASE,
)


def kind_of(body: str) -> Kind:
    """What the words after a name are: a person's message, or which kind of the app's own.

    >>> kind_of("<Media omitted>"), kind_of("She said <Media omitted> again")
    ('media', 'message')
    """
    written = " ".join(without_marks(body).split())
    # People send dots alone; the app writes them only behind words.
    plain = written.rstrip(".").casefold() or written
    bare = plain.strip("<> ").rstrip(".")
    if not plain or _stands_for_media(written, plain, bare) or is_attachment(body):
        return "media"
    if bare in _DELETED:
        return "deleted"
    if _CALL.match(plain):
        return "call"
    return "system" if is_notice(body) or (body.startswith(APP_MARK) and _tells_of_app(body)) else "message"


def _stands_for_media(written: str, plain: str, bare: str) -> bool:
    # The app writes "null"; "Null" and "null." were typed.
    return written == "null" or plain in _MEDIA or (plain.startswith("<") and bare in _OMITTED)


def _tells_of_app(body: str) -> bool:
    """Whether words with the app's mark before them are its own: an event, or marked inside too, as calls are."""
    words = own_words(body)
    written = without_marks(words)
    # The mark alone proves nothing: keyboards and copied numbers bring it, too.
    return APP_MARK in words[1:] or (_told(written) and not _MYSELF.match(written))


def _told(written: str) -> bool:
    return tells_event(written) or _OF_APP.search(written.casefold()) is not None


def is_notice(body: str) -> bool:
    """Whether this is, word for word, a notice that the app writes."""
    plain = " ".join(without_marks(body).split()).rstrip(".").casefold()
    return plain in _NOTICES or _ENCRYPTED.match(plain) is not None


def is_attachment(body: str) -> bool:
    """Whether this is an attached file, or a place on a map, without a word of the person's own."""
    plain = without_marks(body).strip()
    return any(pattern.match(plain) for pattern in (_ATTACHED, _FILE_ATTACHED, _PLACE))


def own_words(body: str) -> str:
    """The message without what the app adds at its end: the name of a file, and that it was edited."""
    return _EDITED.sub("", _ATTACHED.sub("", body)).strip()


def tells_event(name: str) -> bool:
    """Whether a supposed name is rather the beginning of a notice, such as ``Ann changed the subject to "Re``."""
    return bool(_EVENT.search(name.casefold()))
