"""Buttons and sliders for a training in the plane; where nobody can press them, a picture and a film."""

import asyncio
import contextlib
from typing import Any

from gan_hw.course.laboratory.game import METHODS, Laboratory
from gan_hw.course.laboratory.hand import HandDrawnPoints
from gan_hw.course.laboratory.pictures import belief, film, png_of
from gan_hw.course.laboratory.points import POINT_SETS, PointSet
from gan_hw.utils import figures
from gan_hw.utils.fonts import label
from gan_hw.utils.messages import mark, say
from gan_hw.utils.notebook import output_mode

SPEEDS = {
    mark("slow motion"): (1, 0.5), mark("1 step a picture"): (1, 0.0), mark("5 steps a picture"): (5, 0.0),
    mark("25 steps"): (25, 0.0),
}  # fmt: skip
CONSTRAINTS = {"wgan": "clip_value", "wgan_gp": "gp_weight", "gan_r1": "r1_weight", "r3gan": "r1_weight"}
REST_EVERY = 10  # pictures: distances and curves of losses are newly made less often than the plane


def show(method: str = "gan", data: str | PointSet = "ring", seed: int = 0, steps: int = 600) -> None:
    """Display a laboratory with its controls; where nobody can press them, what happens in `steps` steps as a film."""
    laboratory = Laboratory(method, data, seed)
    if output_mode() == "notebook":
        with contextlib.suppress(ImportError):
            from IPython.display import display

            display(Controls(laboratory).panel)
            return
    from IPython.display import Image, display

    moving = Image(data=film(laboratory, steps, frames=12), format="gif")
    display(belief(laboratory), moving)


class Controls:
    """The panel of one laboratory: `panel` is an ipywidgets box. Raises ImportError without ipywidgets.

    Method, data, seed, batch and noise begin a new training; learning rates, n_critic and the constraint (the clip or
    the penalty's weight) change the one that runs.
    """

    def __init__(self, laboratory: Laboratory) -> None:
        import ipywidgets as widgets

        self.laboratory, self.choosing = laboratory, False
        recipe, wide = laboratory.recipe, {"style": {"description_width": "6.5em"}, "layout": {"width": "21em"}}
        self.sets = {**POINT_SETS, laboratory.data.name: laboratory.data}
        log = {"base": 10, "min": -5, "max": -1, "step": 0.25, "readout_format": ".1e", **wide}
        self.chosen = {
            "method": widgets.Dropdown(
                options=list(METHODS), value=laboratory.method, description=say("method"), **wide
            ),
            "data": widgets.Dropdown(
                options=list(self.sets.items()), value=laboratory.data, description=say("data"), **wide
            ),
            "seed": widgets.BoundedIntText(value=laboratory.seed, min=0, max=9999, description=say("seed"), **wide),
            "batch_size": widgets.SelectionSlider(
                options=sorted({16, 64, 256, 1024, recipe.batch_size}),
                value=recipe.batch_size,
                description=say("batch"),
                **wide,
            ),
            "z_dim": widgets.SelectionSlider(
                options=sorted({1, 2, 8, recipe.z_dim}), value=recipe.z_dim, description=say("numbers in z"), **wide
            ),
        }
        self.changed = {
            "lr_g": widgets.FloatLogSlider(value=recipe.lr_g, description=say("lr of G"), **log),
            "lr_d": widgets.FloatLogSlider(value=recipe.lr_d, description=say("lr of D"), **log),
            "n_critic": widgets.IntSlider(value=recipe.n_critic, min=1, max=10, description="n_critic", **wide),
            "constraint": widgets.FloatLogSlider(value=0.1, **(log | {"min": -3, "max": 2}), description="constraint"),
        }
        self.play = widgets.ToggleButton(
            description=say("Play"), icon="play", tooltip=say("Train; press again to pause")
        )
        speeds = {say(name): speed for name, speed in SPEEDS.items()}
        self.speed = widgets.Dropdown(
            options=speeds, value=SPEEDS["5 steps a picture"], description=say("speed"), **wide
        )
        buttons = {
            say("One step"): Laboratory.step,
            say("D alone"): Laboratory.step_discriminator,
            say("G alone"): Laboratory.step_generator,
            say("Reset"): Laboratory.reset,
        }
        pressed = []
        for name, action in buttons.items():
            button = widgets.Button(description=name, layout={"width": "7em"})
            button.on_click(lambda _, action=action: self.act(action))
            pressed.append(button)
        own_size = {"flex": "0 0 auto", "align_self": "flex-start"}  # a taller neighbour would stretch a picture
        self.plane = widgets.Image(format="png", layout=own_size)
        self.curves = widgets.Image(format="png", layout=own_size | {"display": "none"})  # until there are some
        for widget in self.chosen.values():
            widget.observe(lambda _: self.begin(), names="value")
        for name, widget in self.changed.items():
            widget.observe(lambda change, name=name: self.change(name, change["new"]), names="value")
        self.play.observe(lambda change: self.toggle(change["new"]), names="value")
        self.by_hand = HandDrawnPoints(self.use)
        by_hand = widgets.Accordion([self.by_hand.panel], titles=[say("Points by hand")])
        settings = widgets.VBox([*self.chosen.values(), *self.changed.values(), self.speed, by_hand])
        self.panel = widgets.VBox(
            [widgets.HBox([self.play, *pressed]), widgets.HBox([self.plane, widgets.VBox([settings, self.curves])])]
        )
        self._match_constraint()
        self.draw()

    def begin(self) -> None:
        """Begin a new training with what is chosen."""
        if self.choosing:
            return
        values = {name: widget.value for name, widget in self.chosen.items()}
        self.laboratory = Laboratory(**values)
        recipe = self.laboratory.recipe
        for name in ("lr_g", "lr_d", "n_critic"):
            self.changed[name].value = getattr(recipe, name)
        self._match_constraint()
        self.draw()

    def use(self, data: PointSet) -> None:
        """Begin a new training on a data set that is not in the menu yet, or has changed."""
        self.sets[data.name] = data
        menu = self.chosen["data"]
        with menu.hold_sync():  # the browser gets the new options together with the choice among them
            self.choosing = True  # new options select the first of them, on which nothing should begin
            menu.options = list(self.sets.items())
            self.choosing = False
            menu.value = data

    def change(self, name: str, value: float) -> None:
        """Change a setting of the training that runs."""
        field = CONSTRAINTS.get(self.laboratory.method) if name == "constraint" else name
        if field is not None:
            self.laboratory.change(**{field: value})

    def act(self, action: Any) -> None:
        """Do one thing to the laboratory, and draw it."""
        action(self.laboratory)
        self.draw()

    def toggle(self, playing: bool) -> None:
        """Play or pause."""
        self.play.description, self.play.icon = (say("Pause"), "pause") if playing else (say("Play"), "play")
        if playing:
            self.playing = asyncio.ensure_future(self._play())

    async def _play(self) -> None:
        """Train and draw until the button is pressed again; between two pictures the kernel hears the controls."""
        pictures = 0
        while self.play.value:
            steps, pause = self.speed.value
            self.laboratory.step(steps)
            pictures += 1
            self.draw(rest=pictures % REST_EVERY == 0)
            await asyncio.sleep(pause or 0.005)
        self.draw()

    def draw(self, rest: bool = True) -> None:
        """Draw the plane, and unless told otherwise what takes longer: distances in its title, and the losses."""
        laboratory = self.laboratory
        title = None
        if not rest:
            title = label("{method}, step {step}", method=laboratory.method, step=laboratory.gan.step)
        self.plane.value = png_of(belief(laboratory, title))
        history = laboratory.history
        if not history:
            self.curves.layout.display = "none"
        elif rest:
            lines = {
                name: ([row["step"] for row in history if name in row], [row[name] for row in history if name in row])
                for name in ("loss_d", "loss_g")
            }
            points = {name: line for name, line in lines.items() if line[0]}
            self.curves.layout.display = None
            self.curves.value = png_of(figures.xy_plot(points, label("step"), ""))

    def _match_constraint(self) -> None:
        field, slider = CONSTRAINTS.get(self.laboratory.method), self.changed["constraint"]
        slider.disabled, slider.description = field is None, field or say("no constraint")
        if field is not None:
            slider.value = getattr(self.laboratory.recipe, field)
