"""The notebooks in a real browser, in JupyterLab and in Notebook 7: Run All, the stop button, and going on."""

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import CHROMIUM, ROOT
from PIL import Image

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
PLACES = {"lab": "lab/tree", "notebook": "notebooks"}
RUN_S = 180
WIDTHS = (1200, 700)
ALL_RUN = (
    "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(p => /\\[\\d+\\]/.test(p.innerText))"
)
KERNEL_READY = """() => {
    const name = document.querySelector('.jp-Toolbar-kernelName');
    const status = document.querySelector('.jp-Notebook-ExecutionIndicator');
    return name && name.innerText.includes('Python') && status && status.dataset.status === 'idle';
}"""
TINY = {"overrides": '"feature_dim=4 batch_size=8"', "data": '"drawn:64"', "minutes": "30", "run": '"mine"'}
# All cells are drawn, not only those that can be seen, so that all can be looked at.
SETTINGS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}


@pytest.fixture(scope="session")
def browser():
    """A chromium without a window. Skips where there is none, or no Playwright to drive it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    if CHROMIUM is None:
        pytest.skip("needs a browser (Debian's chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.set_default_timeout(60_000)
    yield page
    page.close()


@pytest.fixture(scope="session")
def screenshots(request, tmp_path_factory):
    """Where pictures of what was seen are kept."""
    named = request.config.getoption("--screenshots")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def server(tmp_path):
    """server(smoke) starts Jupyter over a copy of the notebooks and gives its address and folder."""
    started = []

    def start(smoke=True):
        for name in ("notebooks", "assets"):
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".*"))
        for name, settings in SETTINGS.items():
            path = tmp_path / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
        command += ["--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={tmp_path}"]
        environment = {
            **os.environ, "GAN_HW_SMOKE": str(int(smoke)), "GAN_HW_WORKSPACE": str(tmp_path / "workspace"),
            "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"), "IPYTHONDIR": str(tmp_path / "ipython"),
            "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces"), "HOME": str(tmp_path),
            "JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        }  # fmt: skip
        with open(tmp_path / "server.log", "w") as log:
            started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log))
        address = f"http://127.0.0.1:{port}"
        await_answer(f"{address}/api")
        return address, tmp_path

    yield start
    for process in started:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
        process.kill()


def await_answer(url, seconds=60):
    for _ in range(seconds * 2):
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.5)
    raise TimeoutError(f"no answer from {url}")


def open_notebook(page, address, name, place="lab"):
    page.goto(f"{address}/{PLACES[place]}/notebooks/{name}")
    page.locator(".jp-CodeCell").first.wait_for()
    page.wait_for_function(KERNEL_READY)
    page.wait_for_timeout(1000)  # the name is shown a little before cells can be run
    page.wait_for_function(KERNEL_READY)


def menu(page, *path):
    for item in path:
        page.get_by_role("menuitem", name=item, exact=True).click()


def whole(page, width=WIDTHS[0]):
    """A picture of the notebook from its first cell to its last, in a window of that width."""
    panels = "[...document.querySelectorAll('.jp-WindowedPanel-outer')]"
    height = page.evaluate(f"Math.max(...{panels}.map(panel => panel.scrollHeight))")
    page.set_viewport_size({"width": width, "height": min(height + 200, 16_000)})
    page.wait_for_timeout(500)
    page.evaluate(f"{panels}.forEach(panel => panel.scrollTop = 0)")
    page.wait_for_timeout(500)
    return page.screenshot()


def run_all(page, address, name, place="lab"):
    """Open a notebook, run all of its cells, and wait until the last one has run."""
    open_notebook(page, address, name, place)
    menu(page, "Run", "Run All Cells")
    page.wait_for_function(ALL_RUN, timeout=RUN_S * 1000)


def wait_for_another_picture(page, image, before):
    """Wait until the image shows something else than the source `before`."""
    page.wait_for_function("([image, before]) => image.src !== before", arg=[image.element_handle(), before])


def cell(page, text):
    """The code cell whose source holds this text."""
    return page.locator(".jp-CodeCell").filter(has=page.locator(".jp-InputArea", has_text=text)).first


def assert_clean(page):
    red = page.locator(
        "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
    )
    assert red.all_inner_texts() == []


@pytest.mark.parametrize(("place", "name"), [*(("lab", name) for name in NOTEBOOKS), ("notebook", "04_train.ipynb")])
def test_run_all_leaves_pictures_and_nothing_red(place, name, page, server, screenshots):
    address, _ = server()
    run_all(page, address, name, place)
    picture = screenshots / f"{place}-{name.removesuffix('.ipynb')}.png"
    picture.write_bytes(whole(page))
    assert_clean(page)
    images = page.locator(".jp-OutputArea-output img")
    assert images.count() >= (0 if name.startswith("01") else 1)
    assert all(
        images.nth(k).evaluate("image => image.complete && image.naturalWidth > 0") for k in range(images.count())
    )


def test_the_stop_button_saves_and_training_goes_on(page, server, screenshots):
    address, folder = server(smoke=False)
    set_parameters(folder / "notebooks" / "04_train.ipynb", TINY)
    open_notebook(page, address, "04_train.ipynb")
    menu(page, "Run", "Run All Cells")
    training, run = cell(page, "live.update(picture)"), folder / "workspace" / "runs" / "mine"
    stop_when_it_runs(page, training)
    (screenshots / "lab-stopped.png").write_bytes(whole(page))
    page.set_viewport_size({"width": 1200, "height": 1000})
    stopped = last_step(run)
    assert stopped > 0 and (run / "generator.safetensors").exists()

    curves = cell(page, "figures.loss_curves(trainer.history)")
    run_cell(page, curves)
    curves.locator("img").wait_for()

    run_cell(page, training)
    stop_when_it_runs(page, training)
    assert last_step(run) > stopped


@pytest.mark.parametrize("name", ["03_model.ipynb", "04_train.ipynb"])
def test_questions_react_and_hints_show_at_two_widths(name, page, server, screenshots):
    address, folder = server()
    path = folder / "notebooks" / name
    path.write_text(path.read_text(encoding="utf-8").replace('"# hint(', '"hint('), encoding="utf-8")
    run_all(page, address, name)
    assert_clean(page)
    assert page.get_by_text("Hint 1 of").count() >= 5
    question = page.locator(".jp-OutputArea").filter(has=page.locator(".widget-toggle-button")).first
    question.locator(".widget-toggle-button").first.click()
    question.get_by_text(re.compile(r"^(Yes|No)\.")).first.wait_for()
    for width in WIDTHS:
        picture = screenshots / f"lab-{name.removesuffix('.ipynb')}-{width}.png"
        picture.write_bytes(whole(page, width))
        wide = "p => p.scrollWidth > p.clientWidth + 1"
        texts = page.locator(".jp-OutputArea .jp-RenderedMarkdown")
        assert not any(texts.nth(k).evaluate(wide) for k in range(texts.count()))


@pytest.mark.parametrize("place", PLACES)
def test_the_laboratory_plays_by_keyboard_and_begins_anew_by_menu(place, page, server, screenshots):
    address, _ = server()
    run_all(page, address, "09_laboratory.ipynb", place)
    panel = cell(page, "show(method, data, seed, steps)")
    plane, strip = panel.locator("img.widget-image").first, []

    def keep_the_next_picture(before):
        wait_for_another_picture(page, plane, before)
        strip.append(Image.open(io.BytesIO(panel.screenshot())))

    panel.scroll_into_view_if_needed()
    first = plane.get_attribute("src")
    panel.get_by_role("button", name="Play").focus()
    page.keyboard.press("Space")
    panel.get_by_role("button", name="Pause").wait_for()
    keep_the_next_picture(first)
    page.wait_for_timeout(5000)
    keep_the_next_picture(plane.get_attribute("src"))
    page.keyboard.press("Space")
    panel.get_by_role("button", name="Play").wait_for()
    for press in (
        lambda: panel.get_by_role("button", name="D alone").click(),
        lambda: panel.locator("select").first.select_option("wgan"),
        lambda: panel.get_by_role("button", name="One step").click(),
    ):
        page.wait_for_timeout(1000)
        before = plane.get_attribute("src")
        press()
        keep_the_next_picture(before)
    assert_clean(page)
    stack(strip).save(screenshots / f"{place}-laboratory.png")


def test_points_by_hand_become_the_data_of_the_laboratory(page, server, screenshots):
    address, _ = server()
    run_all(page, address, "09_laboratory.ipynb")
    panel = cell(page, "show(method, data, seed, steps)")
    plane = panel.locator("img.widget-image").first
    panel.get_by_text("Points by hand").click()
    for _ in range(2):
        before = plane.get_attribute("src")
        page.wait_for_timeout(1000)
        panel.get_by_role("slider").nth(-3).focus()
        page.keyboard.press("ArrowRight")
        panel.get_by_role("button", name="Add a point").click()
        wait_for_another_picture(page, plane, before)
    panel.screenshot(path=screenshots / "lab-points-by-hand.png")
    texts = "menus => menus.map(menu => menu.selectedOptions[0].text.replace(/\\s/g, ' '))"  # no-break spaces there
    assert "drawn by hand" in panel.locator("select").evaluate_all(texts)
    assert_clean(page)


@pytest.mark.parametrize("place", PLACES)
def test_a_slider_of_z_changes_the_faces_by_keyboard(place, page, server, screenshots):
    address, _ = server()
    run_all(page, address, "10_vae_and_z.ipynb", place)
    panel = cell(page, "explore(generator,")
    faces, strip = panel.locator("img.widget-image").first, []
    panel.scroll_into_view_if_needed()
    for number, key in ((0, "End"), (0, "Home"), (1, "End")):
        before = faces.get_attribute("src")
        strip.append(panel.screenshot())
        panel.get_by_role("slider").nth(number).focus()
        page.keyboard.press(key)
        wait_for_another_picture(page, faces, before)
    strip.append(panel.screenshot())
    panel.get_by_role("button", name="All to 0").click()
    page.wait_for_timeout(2000)
    strip.append(panel.screenshot())
    assert_clean(page)
    stack([Image.open(io.BytesIO(frame)) for frame in strip]).save(screenshots / f"{place}-sliders.png")


def stack(frames):
    """Pictures below each other as one."""
    film = Image.new("RGB", (max(frame.width for frame in frames), sum(frame.height for frame in frames)), "white")
    for number, frame in enumerate(frames):
        film.paste(frame, (0, sum(other.height for other in frames[:number])))
    return film


def stop_when_it_runs(page, training):
    """Press the stop button when the progress bar has moved, and wait for the sentence that says what was saved."""
    training.locator(".jp-OutputArea-output", has_text=re.compile(r"\d+\.\d%")).wait_for(timeout=RUN_S * 1000)
    page.wait_for_timeout(3000)
    page.locator("[data-command='notebook:interrupt-kernel'], [title^='Interrupt the kernel']").first.click()
    training.get_by_text("Stopped at step").first.wait_for()
    assert "Traceback" not in training.inner_text()


def set_parameters(path, values):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (parameters,) = [cell for cell in notebook["cells"] if cell["id"] == "parameters"]
    text = "".join(parameters["source"])
    for name, value in values.items():
        text = re.sub(rf"^({name}: \w+) = .*?  #", rf"\1 = {value}  #", text, flags=re.MULTILINE)
    parameters["source"] = text
    path.write_text(json.dumps(notebook), encoding="utf-8")


def run_cell(page, cell):
    cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")


def last_step(run):
    return int((run / "history.csv").read_text().splitlines()[-1].split(",")[0])
