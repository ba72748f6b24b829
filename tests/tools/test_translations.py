"""Translated editions: catalogues in step with their sources, checks that find faults, and a made-up language.

The made-up language, qps, puts brackets around every message: what stands outside them was left out of the catalogues.
"""

import ast
import io
import re
import tokenize

import build_notebooks
import nbformat
import numpy as np
import papermill
import pytest
import translations
from babel.messages.catalog import Message
from conftest import ROOT
from matplotlib.text import Text
from translate import catalogues, checks, glossary, sources
from translate.comments import translate_code
from translate.editions import Edition, code_of
from translate.markdown import PARSER, VERBATIM

from gan_hw import course
from gan_hw.course.exercises.penalties import slopes as penalties
from gan_hw.course.laboratory import Laboratory
from gan_hw.course.laboratory.pictures import belief, carried_grid
from gan_hw.data.sources import open_source
from gan_hw.utils import figures, messages
from gan_hw.workflow.plan import make_plan

SOURCES = sorted(build_notebooks.SOURCES.glob("*.py"))
SENTENCE = re.compile(r"[A-Za-z']{2,}[,:]? [a-z']{2,}")
SHOWING = (
    "print",
    "warn",
    "display",
    "set_title",
    "set_xlabel",
    "set_ylabel",
    "image_rows",
    "line_plot",
    "xy_plot",
    "paths",
)
# A student never meets these: the command line's own words, grading, sweeps, and what makes data and networks.
NOT_FOR_STUDENTS = re.compile(
    r"__init__|cli/|course/(class_grading|grading|exercises|questions)/|workflow/(sweep|cluster|prepare|notebook_job|human|report)"
    r"|metrics/(cascade|distances|classifier|hub)|data/drawn_faces/|inference/(hub|read_worker)|utils/isolation"
    r"|training/(many_ranks|step_runner|history)|recipes/build|networks/|losses|workflow/export"
)


def bracketed(text):
    return f"⟦{text}⟧"


def outside(text):
    """The text without what stands in brackets, which may hold others."""
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    return text


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory):
    """The made-up language's Edition: one file begun, every message of it translated, compiled and built."""
    folder = tmp_path_factory.mktemp("locale")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogues, "LOCALES", folder)
        translations.begin("qps")
        translations.write(translations.extracted())
        (path,) = catalogues.folder("qps").glob("*.po")
        catalogue = catalogues.read("qps")["gan_hw"]
        for message in catalogue:
            if message.id:
                message.string = bracketed(message.id)
        path.write_text(catalogues.text_of(catalogue, "qps"), encoding="utf-8")
        translations.write(translations.compiled())
        assert translations.stale(translations.extracted()) == {}  # translating is all there is to do
        edition = Edition("qps")
    edition.locales = folder
    return edition


@pytest.fixture(scope="module")
def notebooks(pseudo):
    """[(English, in the made-up language)] of every notebook with its solutions."""
    english = {source.name: build_notebooks.without_outputs(source, "solutions") for source in SOURCES}
    return [(notebook, pseudo.notebook(notebook, name, "solutions")) for name, notebook in english.items()]


@pytest.fixture
def _speaks_pseudo(pseudo, monkeypatch):
    monkeypatch.setenv("GAN_HW_LANG", "qps")
    monkeypatch.setattr(messages, "CATALOGUES", pseudo.locales)
    messages._catalogue.cache_clear()
    yield
    messages._catalogue.cache_clear()


def test_catalogues_hold_the_messages_of_the_sources_and_are_compiled():
    assert [path.name for path in translations.stale({**translations.extracted(), **translations.compiled()})] == []


def test_languages_that_are_no_drafts_have_no_faults():
    assert translations.check([]) == 0


def without_comments(source):
    """Code without the words of its comments and docstrings, and without the comment that states its language."""
    return translate_code(re.sub(r"\A# language: .*\n", "", source), lambda words, kind: "")


def test_code_ids_and_parameters_are_the_same(notebooks):
    for english, other in notebooks:
        assert [cell.id for cell in english.cells] == [cell.id for cell in other.cells]
        assert english.metadata == other.metadata
        for before, after in zip(english.cells, other.cells, strict=True):
            assert (before.cell_type, before.metadata.keys()) == (after.cell_type, after.metadata.keys())
            assert before.metadata.get("tags") == after.metadata.get("tags")
            if before.cell_type == "code":
                assert without_comments(before.source) == without_comments(after.source), before.id
                compile(after.source, before.id, "exec")


def left_out(text):
    """Words of Markdown outside brackets, code blocks and formulae."""
    rest = "\n".join(token.content for token in PARSER.parse(text) if token.type == "inline")
    return SENTENCE.findall(VERBATIM.sub("", outside(rest)))


def test_no_sentence_of_a_notebook_or_page_is_left_out(pseudo, notebooks):
    for _, notebook in notebooks:
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                assert left_out(cell.source) == [], cell.id
                continue
            assert outside(cell.metadata.get("alt", "")) == "", cell.id
            for token in tokenize.generate_tokens(io.StringIO(cell.source).readline):
                if token.type == tokenize.COMMENT and not re.match(r"# (language:|NBVAL|@param)", token.string):
                    assert "⟦" in token.string, (cell.id, token.string)
            if cell.id != "bootstrap":  # it runs before there is anything to translate with
                assert sentences_of(cell.source) == [], cell.id
    for path, text in pseudo.pages():
        assert left_out(text) == [], path


def sentences_of(code):
    """Strings of two words and more that are printed, raised, drawn or put together, but not by say, label or mark."""
    found = []

    def visit(node, shown):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if isinstance(node.func, ast.Name) and called in sources.TEXTS_OF:
                return
            shown = shown or called in (
                "print",
                "display",
                "set_title",
                "set_xlabel",
                "set_ylabel",
                "xy_plot",
                "line_plot",
            )
        shown = shown or isinstance(node, ast.Raise)
        if shown and isinstance(node, ast.Constant) and isinstance(node.value, str) and SENTENCE.search(node.value):
            found.append(node.value)
        for child in ast.iter_child_nodes(node):
            visit(child, shown)

    visit(ast.parse(code), False)
    return [text for text in found if not re.match(r"python -m |NotImplemented", text)]


def test_no_sentence_of_the_package_that_a_student_meets_is_left_out():
    for path in sorted((ROOT / "gan_hw").rglob("*.py")):
        if not NOT_FOR_STUDENTS.match(path.relative_to(ROOT / "gan_hw").as_posix()):
            assert sentences_of(path.read_text(encoding="utf-8")) == [], path


@pytest.mark.usefixtures("_speaks_pseudo")
def test_what_a_student_is_told_is_in_brackets(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GAN_HW_WORKSPACE", str(tmp_path))
    course.check("slopes", penalties._squared)
    course.check("slopes", penalties._with_ones)
    course.check("slopes", penalties.slopes)
    course.hint("slopes")
    course.solution("mirror")
    course.ask("same_seed")
    course.reply("same_seed", "a")
    course.progress("03")
    print(make_plan())
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 10
    assert [line for line in lines if SENTENCE.search(outside(line))] == []
    with pytest.raises(ValueError, match="^⟦.*⟧$"):
        open_source("nowhere.zip")
    with pytest.raises(ValueError, match="^⟦.*⟧$"):
        make_plan(overrides="batch_size=1")


@pytest.mark.usefixtures("_speaks_pseudo")
def test_words_in_figures_are_in_brackets():
    history = [{"seen": n, "seconds": n, "loss_d": 1.0, "loss_g": 1.0, "score": 0.5, "afd_kit": 0.5} for n in (1, 2)]
    laboratory = Laboratory("gan", "ring")
    drawn = [
        figures.loss_curves(history),
        figures.training_curves(history),
        figures.pixel_histogram(np.zeros((3, 3, 8, 8), np.uint8)),
        figures.gradient_norm_plot({"wgan": {"stem": 1.0}}),
        figures.error_plot({"wgan": (0.1, (0.05, 0.2))}),
        belief(laboratory),
        carried_grid(laboratory),
    ]
    texts = [text.get_text() for figure in drawn for text in figure.findobj(Text)]
    assert sum("⟦" in text for text in texts) > 15
    assert [text for text in texts if SENTENCE.search(outside(text))] == []


CODES = [code_of(language) for language in catalogues.languages()]
OTHERS = [path for code in CODES for path in sorted((ROOT / "notebooks" / code).glob("*.ipynb"))]


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_translated_notebook_has_the_parameters_and_the_numbers_of_the_english_one(path):
    english, other = (ROOT / "notebooks" / path.name, path)
    declared = [
        {name: (found["inferred_type_name"], found["default"]) for name, found in inspected.items()}
        for inspected in map(papermill.inspect_notebook, (english, other))
    ]
    assert declared[0] == declared[1]
    assert path.stat().st_size < 400_000
    known = {cell.id: cell for cell in nbformat.read(english, as_version=4).cells}
    for cell in nbformat.read(other, as_version=4).cells:
        if cell.get("outputs"):
            assert numbers(cell) == numbers(known[cell.id]), cell.id


def numbers(cell):
    """What a cell has printed, without its words: numbers, and whether something holds, in any order."""
    return sorted(re.findall(r"\d+(?:\.\d+)?|True|False", "".join(output.text for output in cell.outputs)))


def message(text, translation, *flags):
    return Message(text, translation, flags=flags)


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("the loss", "", "not translated"),
        ("the loss falls", "the loss falls", "the same as the source"),
        ("the loss `loss_d`", "損失 `loss`", "code lost: `loss_d`"),
        ("of $D$", "$G$ 的", "formula lost: $D$"),
        ("see [this](a.md)", "見 [這個](b.md)", "link lost: a.md"),
        ("{n} of them", "其中 {m} 個", "place lost: {n}"),
        ("a **bold** word", "一個粗體字", "1 bold parts became 0"),
        ("a generator", "一個发生器", "not traditional: 发"),
        ("the discriminator", "鑑別器", "鑑別器: say 判別器 (discriminator)"),
        ("first, second", "第一,第二", "half-width punctuation: 一,"),
        ("train G", "訓練G", "no space between Chinese and Latin: 練G"),
    ],
)
def test_faults_of_a_translation_are_found(text, translation, fault):
    flags = ["python-brace-format"] if "{" in text else []
    found = checks.faults(message(text, translation, *flags), glossary.read_terms("zh_TW"), set(), checks.chinese)
    assert fault in found, found


def test_a_good_translation_has_no_faults_and_a_changed_source_is_fuzzy():
    terms = glossary.read_terms("zh_TW")
    good = message("the generator $G$ has {n} weights", "生成器 $G$ 有 {n} 個權重", "python-brace-format")
    assert checks.faults(good, terms, set(), checks.chinese) == []
    good.flags.add("fuzzy")
    assert checks.faults(good, terms, set(), checks.chinese) == [
        "fuzzy: the source has changed since it was translated"
    ]
    old = catalogues.Catalog()
    old.add("the generator draws a face", "生成器畫一張臉")
    source = sources.Source("the generator draws two faces")
    (_, new) = catalogues.merged({source.text: source}, old, {})
    assert new.fuzzy and new.string == "生成器畫一張臉"


def test_the_text_before_a_change_stays_in_the_file_until_the_message_is_translated_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogues, "LOCALES", tmp_path)
    before = 'the "generator"\n' + "draws a face and " * 8 + "another"
    source = sources.Source(before.replace("another", "two more"))
    old = catalogues.Catalog()
    old.add(before, "生成器畫臉")
    catalogues.folder("zh_TW").mkdir(parents=True)
    for _ in range(2):
        written = catalogues.text_of(catalogues.merged({source.text: source}, old, {}), "zh_TW")
        (catalogues.folder("zh_TW") / "gan_hw.po").write_text(written, encoding="utf-8")
        old = catalogues.read("zh_TW")["gan_hw"]
        assert old[source.text].previous_id == [before]
    old[source.text].flags.discard("fuzzy")
    (catalogues.folder("zh_TW") / "gan_hw.po").write_text(catalogues.text_of(old, "zh_TW"), encoding="utf-8")
    assert catalogues.read("zh_TW")["gan_hw"][source.text].user_comments == []
    assert before not in catalogues.text_of(catalogues.read("zh_TW")["gan_hw"], "zh_TW")
