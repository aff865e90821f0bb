# ruff: noqa: RUF001  other scripts are the subject
"""Whole stop words in many languages and spellings, phrases inside sentences, and ordinary sentences left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoinder.people.protections.stop_words import match, normalise

WHOLE = [
    ("en", "STOP"),
    ("en", "Unsubscribe."),
    ("en", "opt-out"),
    ("en", "cancel"),
    ("de", "Stopp!"),
    ("de", "Keine Werbung mehr"),
    ("fr", "Arrêtez"),
    ("fr", "me désabonner"),
    ("es", "baja"),
    ("es", "Darme de baja"),
    ("pt", "sair"),
    ("pt-BR", "Parar"),
    ("it", "Basta!"),
    ("it", "disiscrivimi"),
    ("nl", "Afmelden"),
    ("pl", "Wypisz mnie"),
    ("ru", "СТОП"),
    ("ru", "Отписаться"),
    ("uk", "Відписатися"),
    ("tr", "DURDUR"),
    ("tr", "ÇIK"),
    ("sv", "sluta"),
    ("id", "berhenti"),
    ("vi", "hủy đăng ký"),
    ("ja", "配信停止"),
    ("ja", "ｽﾄｯﾌﾟ"),
    ("ko", "수신거부"),
    ("ko", "그만"),
    ("zh", "退订"),
    ("zh-Hant", "退訂"),
    ("ar", "إيقاف"),
    ("ar", "ايقاف"),
    ("he", "הסר"),
    ("hi", "बंद करो"),
]
SPELLINGS = [
    "STOP \u270b\ufe0f",
    "stop\ufe0f",
    "stop",
    "STOP",
    "Stop.",
    "  stop  ",
    "STOP!!!",
    "ＳＴＯＰ",
    "stop 🛑",
    "🛑stop🛑",
    "s t o p",
    "S.T.O.P",
    "st\u200bop",
    "stóp",
    "stop stop stop",
    "please stop",
    "Stop, please!",
    "ok stop thanks",
    "stop please please",
    "'stop'",
    "𝐒𝐓𝐎𝐏",
]
PHRASES = [
    ("en", "Hi, could you stop sending me ads about shoes?"),
    ("en", "I don't want any more ads"),
    ("en", "I don’t want your ads."),
    ("en", "No more offers, I bought one already"),
    ("en", "please take me off your list!"),
    ("de", "Bitte schicken Sie mir keine Werbung mehr, danke"),
    ("fr", "Ne m'envoyez plus de pub svp"),
    ("es", "Por favor no quiero más publicidad de ustedes"),
    ("pt", "Não quero mais receber isso"),
    ("it", "Non voglio più pubblicità da voi"),
    ("nl", "Ik wil geen reclame van jullie"),
    ("pl", "Proszę nie wysyłać mi tego"),
    ("ru", "Не присылайте мне больше это"),
    ("uk", "Будь ласка, не надсилайте мені це"),
    ("tr", "Bana reklam göndermeyin artık"),
    ("ja", "すみません、もう送らないでください"),
    ("ko", "광고 보내지 마세요"),
    ("zh", "请不要再发广告给我了"),
    ("ar", "من فضلكم لا ترسلوا لي هذا"),
    ("hi", "मुझे विज्ञापन नहीं चाहिए भाई"),
]
ORDINARY = [
    ("en", "stop by at 5"),
    ("en", "can you stop the delivery?"),
    ("en", "Is the shop near the bus stop?"),
    ("en", "nonstop"),
    ("en", "cancel my order"),
    ("en", "I want to cancel my appointment on Friday"),
    ("en", "How do I end the lease?"),
    ("en", "quit smoking tips?"),
    ("en", "please"),
    ("en", "thanks"),
    ("en", "no"),
    ("en", "baja"),
    ("en", "dur"),
    ("en", "fin"),
    ("en", "Do you sell ads?"),
    ("fr", "dur"),
    ("en", "Can you message me when it arrives?"),
    ("de", "Wann ist Ende der Aktion?"),
    ("de", "Stoppt der Bus dort?"),
    ("fr", "À quel arrêt de bus?"),
    ("es", "¿Tienen planta baja?"),
    ("es", "precio más baja"),
    ("pt", "Vou sair às cinco"),
    ("it", "Basta così per la torta?"),
    ("nl", "Waar moet ik stoppen?"),
    ("pl", "Czy to koniec promocji?"),
    ("ru", "Где остановка?"),
    ("uk", "Де кінець черги?"),
    ("tr", "Otobüs nerede duruyor?"),
    ("ja", "停止線はどこですか"),
    ("ja", "やめたほうがいいですか"),
    ("ko", "그만큼 주세요"),
    ("zh", "停止营业是几点"),
    ("ar", "متى يتوقف الباص؟"),
    ("hi", "दुकान कब बंद होती है?"),
    ("en", ""),
    ("en", "🙂"),
    ("en", "..."),
    ("xx", "hello"),
]


@pytest.mark.parametrize(("language", "text"), WHOLE)
def test_a_stop_word_alone_acts(language: str, text: str) -> None:
    assert match(text, language) == "whole"


@pytest.mark.parametrize("text", SPELLINGS)
def test_spelling_does_not_matter(text: str) -> None:
    assert match(text, "en") == "whole"


@pytest.mark.parametrize(("language", "text"), PHRASES)
def test_a_phrase_inside_a_sentence_pauses(language: str, text: str) -> None:
    assert match(text, language) == "phrase"
    assert match(text, "en") == "phrase", "whatever language the person reads in"


@pytest.mark.parametrize(("language", "text"), ORDINARY)
def test_ordinary_sentences_are_left_alone(language: str, text: str) -> None:
    assert match(text, language) is None


@given(st.text(max_size=600), st.text(max_size=12))
def test_any_text_gets_an_answer(text: str, language: str) -> None:
    assert match(text, language) in (None, "whole", "phrase")
    assert normalise(normalise(text)) == normalise(text)
