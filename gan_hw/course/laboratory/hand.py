"""Points that are set by hand: two sliders and a button, which a keyboard can work as well as a mouse."""

from collections.abc import Callable
from typing import Any

from gan_hw.course.laboratory.points import PointSet, drawn_by_hand
from gan_hw.utils.messages import say

SPREADS = (0.01, 0.03, 0.1, 0.3)


class HandDrawnPoints:
    """`panel` is an ipywidgets box; `use` is called with the new PointSet after each point that is added or taken back.

    Raises ImportError without ipywidgets.
    """

    def __init__(self, use: Callable[[PointSet], None]) -> None:
        import ipywidgets as widgets

        self.use, self.points = use, list[tuple[float, float]]()
        place = {"min": -1.0, "max": 1.0, "step": 0.05, "layout": {"width": "21em"}}
        self.x = widgets.FloatSlider(value=0.0, description="x", **place)
        self.y = widgets.FloatSlider(value=0.0, description="y", **place)
        self.spread = widgets.SelectionSlider(options=SPREADS, value=0.03, description="spread", layout=place["layout"])
        self.add = widgets.Button(description=say("Add a point"))
        self.undo = widgets.Button(description=say("Take one back"), disabled=True)
        self.add.on_click(lambda _: self._change([*self.points, (self.x.value, self.y.value)]))
        self.undo.on_click(lambda _: self._change(self.points[:-1]))
        self.spread.observe(lambda _: self._change(self.points), names="value")
        self.panel = widgets.VBox([self.x, self.y, self.spread, widgets.HBox([self.add, self.undo])])

    def _change(self, points: list[Any]) -> None:
        self.points = points
        self.undo.disabled = len(points) < 2  # a data set without points can't be trained on
        if points:
            self.use(drawn_by_hand(points, self.spread.value))
