"""The package speaks the reader's language: whole sentences, in figures too where a font has the characters."""

import re
import warnings

import matplotlib as mpl
import pytest
from babel.messages.catalog import Catalog
from matplotlib import font_manager
from translate import catalogues

from gan_hw.utils import figures, fonts, messages
from gan_hw.utils.columns import left, right, width, wrap
from gan_hw.utils.messages import say
from gan_hw.utils.notebook import check_parameters
from gan_hw.utils.progress import Progress, is_progress_line

CHINESE = {
    "real": "真實",
    "{n} steps": "{n} 步",
    "not yet: {message}": "還不對：{message}",
    "for {case} it is {got}": "在{case}時是 {got}",
    "{title}: {done}/{total} {unit}, {elapsed} elapsed, {remaining} remaining": (
        "{title}：{total} {unit}之中的 {done}，經過 {elapsed}，還剩 {remaining}"
    ),
    "Training": "訓練",
    "steps": "步",
}


@pytest.fixture(autouse=True)
def _catalogue(tmp_path, monkeypatch):
    """A catalogue of zh-TW with these messages alone; nothing states a language yet."""
    (tmp_path / "zh_TW" / "LC_MESSAGES").mkdir(parents=True)
    catalogue = Catalog()
    for text, translation in CHINESE.items():
        catalogue.add(text, translation)
    file = tmp_path / "zh_TW" / "LC_MESSAGES" / "gan_hw.mo"
    file.write_bytes(catalogues.compiled({"messages": catalogue}))
    monkeypatch.setattr(messages, "CATALOGUES", tmp_path)
    monkeypatch.setattr(messages._Notebook, "language", "en")
    monkeypatch.delenv("GAN_HW_LANG", raising=False)
    messages._catalogue.cache_clear()
    yield
    messages._catalogue.cache_clear()


@pytest.mark.parametrize("name", ["zh-TW", "zh_TW"])
def test_gan_hw_lang_chooses_the_language(name, monkeypatch):
    assert say("{n} steps", n=3) == "3 steps"
    monkeypatch.setenv("GAN_HW_LANG", name)
    assert say("{n} steps", n=3) == "3 步"
    assert say("no {braces} are filled") == "no {braces} are filled" and say("") == ""
    monkeypatch.setenv("GAN_HW_LANG", "fr")
    assert say("{n} steps", n=3) == "3 steps"


def test_a_notebook_states_its_language_in_a_comment(monkeypatch):
    check_parameters(["", "# language: zh-TW\n# Find the kit\nimport sys"])
    assert say("real") == "真實"
    monkeypatch.setenv("GAN_HW_LANG", "en")
    assert say("real") == "real"
    monkeypatch.delenv("GAN_HW_LANG")
    check_parameters(["", "import sys"])
    assert say("real") == "real"


def test_never_half_a_sentence_of_each(monkeypatch):
    monkeypatch.setenv("GAN_HW_LANG", "zh-TW")
    assert say("not yet: {message}", message=say("{n} steps", n=2)) == "還不對：2 步"
    assert say("not yet: {message}", message=say("an untranslated one")) == "not yet: an untranslated one"
    assert say("an untranslated {word}", word=say("real")) == "an untranslated real"
    nested = say("for {case} it is {got}", case=say("real"), got=1)
    assert say("not yet: {message}", message=nested) == "還不對：在真實時是 1"
    assert say("{n} steps", n=ValueError(say("an untranslated one"))) == "an untranslated one steps"


def test_progress_is_recognised_in_the_language_in_which_it_is_said(monkeypatch, capsys):
    monkeypatch.setenv("GAN_HW_LANG", "zh-TW")
    Progress(say("Training")).update(5, 5, loss=1)
    line = capsys.readouterr().out.strip()
    assert line.startswith("訓練：5 步之中的 5，經過 0:00") and line.endswith(", loss 1")
    assert is_progress_line(line) and not is_progress_line("訓練結束")


def test_lines_are_recognised_by_how_they_begin_in_either_language(monkeypatch):
    monkeypatch.setenv("GAN_HW_LANG", "zh-TW")
    notice = messages.matcher_of(re.compile("not yet|Left out"))
    assert notice.match("還不對：少了一步") and notice.match("Left out: 3 pictures") and not notice.match("真實")


@pytest.fixture
def _forgetful(monkeypatch):
    """Fonts looked for anew, and matplotlib's choice as it was afterwards."""
    for function in (fonts._can_draw, fonts._installed_fonts, fonts._advise):
        function.cache_clear()
    with mpl.rc_context():
        yield
    for function in (fonts._can_draw, fonts._installed_fonts, fonts._advise):
        function.cache_clear()


@pytest.mark.usefixtures("_forgetful")
def test_without_a_font_figures_stay_english_and_one_line_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setenv("GAN_HW_LANG", "zh-TW")
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    figure = figures.line_plot([0, 1], {say("real"): [0, 1]}, say("{n} steps", n=3))
    (axis,) = figure.axes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["real"]
    assert axis.get_xlabel() == "3 steps"
    assert capsys.readouterr().out.count("fonts-noto-cjk") == 1


@pytest.mark.usefixtures("_forgetful")
def test_a_font_with_the_characters_is_found_and_used(monkeypatch, capsys):
    first, other = (font_manager.findfont(name) for name in ("DejaVu Sans", "STIXGeneral"))
    (character, *_) = sorted(fonts._characters_of(other) - fonts._characters_of(first))
    monkeypatch.setattr(fonts, "FONT_FILES", ("STIXGeneral",))
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [first, other])
    said = messages.Said(f"a{character}")
    said.english, said.translated = "a word", True
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # for a missing glyph
        figure = figures.line_plot([0, 1], {said: [0, 1]}, said)
    assert figure.axes[0].get_xlabel() == said and mpl.rcParams["font.family"][-1] == "STIXGeneral"
    assert fonts._can_draw(frozenset("only Latin")) and not fonts._can_draw(frozenset("真"))


def test_columns_count_a_chinese_character_twice():
    assert width("a真b") == 4
    assert left("真", 4) + "|" == "真  |" and right("真", 4) == "  真"


def test_a_line_of_chinese_is_broken_between_characters_but_not_before_punctuation():
    text = "生成器畫出的臉，有 819 張被 cascade 偵測到；真實影像之中是 88.8%。"
    lines = wrap(text, 20)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= 20 for line in lines)
    assert not any(line[0] in "，。；" for line in lines) and not any(line.endswith("cas") for line in lines)
    assert wrap("a sentence of five words", 12) == ["a sentence", "of five", "words"]
