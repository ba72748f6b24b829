"""A method with all its settings, as one frozen dataclass; no torch, so that a wrong value is rejected at once."""

import ast
import dataclasses
import warnings
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from gan_hw.networks.options import ColorSpace, Condition, Norm, OutputLayer, Upsampling, upsampling_stages
from gan_hw.utils.messages import say

# Loss.options of the kit's own losses, repeated here so that recipes are checked without loading torch.
LOSS_OPTIONS: dict[str, tuple[str, ...]] = {
    "standard": ("label_smoothing",),
    "wasserstein": ("clip_value", "drift_weight"),
    "wasserstein_gp": ("gp_weight", "drift_weight"),
    "standard_r1": ("label_smoothing", "r1_weight", "r2_weight"),
    "relativistic": ("r1_weight", "r2_weight"),
}
POSITIVE = (
    *("lr_g", "lr_d", "n_critic", "z_dim", "feature_dim", "epochs", "ema_images", "ema_ramp", "condition_dim"),
    *("repeats", "penalty_every"),
)
NOT_NEGATIVE = (
    "auxiliary_weight",
    "label_smoothing",
    "classes",
    "brightness_weight",
    "depth",
    "r1_weight",
    "r2_weight",
)
LARGEST_COUNT = 1_000_000_000
LARGEST_NUMBER = 1e300  # larger integers can't be converted to float
CONDITIONAL_ONLY = ("d_condition", "auxiliary_weight", "content", "classes")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a model is trained, apart from images, seed, machine and budget.

    Raises ValueError naming the field when a value is impossible or two fields contradict each other.
    """

    name: str
    objective: str = "standard"  # name of a class in losses.py
    g_body: Literal["dcgan", "shallow", "dense", "srgan", "srgan_as_tried"] = "dcgan"
    d_body: Literal["dcgan", "dense", "srgan"] = "dcgan"
    g_up: Upsampling = "transposed"  # of the dcgan and shallow bodies
    g_output: OutputLayer = "tanh"
    g_norm: Norm = "batch"
    d_norm: Norm = "batch"
    optimiser: Literal["adam", "rmsprop"] = "adam"
    lr_g: float = 1e-4
    lr_d: float = 1e-4
    betas: tuple[float, float] = (0.5, 0.999)  # Adam's; RMSprop has none
    n_critic: int = 1  # discriminator steps for each generator step
    clip_value: float | None = None  # Wasserstein: bound of every critic weight
    gp_weight: float | None = None  # Wasserstein with gradient penalty: factor of the penalty
    r1_weight: float = 0.0  # standard_r1, relativistic: factor of half D's mean squared slope at real images
    r2_weight: float = 0.0  # the same at generated images
    penalty_every: int = 1  # R1 and R2 are part of every penalty_every-th discriminator step, and count so much more
    drift_weight: float = 0.0  # Wasserstein: factor of the critic's squared scores of real images
    brightness_weight: float = 0.0  # factor of the squared distance between G's and the real images' mean brightness
    batch_size: int = 64
    z_dim: int = 100
    feature_dim: int = 64
    size: int = 64  # side of the images in pixels
    depth: int = 0  # doublings in G and halvings in D (dcgan bodies); 0: down to maps of 4 to 7 pixels
    d_input: ColorSpace = "rgb"  # colour space of D's input
    augment: bool = False  # DiffAugment: D sees every image, real or generated, randomly augmented
    epochs: int = 1  # passes over the images when no budget is given
    flip: bool = False  # mirror each real image with probability 1/2
    ema_images: int = 10_000  # half-life of the generator's moving average, in real images
    ema_ramp: float = 0.1  # the half-life is never more than this share of the images seen so far
    as_published: bool = False  # allow BatchNorm in a critic with gradient penalty
    conditional: bool = False  # the generator gets labels
    d_condition: Condition = "none"  # how the discriminator gets them
    auxiliary_weight: float = 0.0  # factor of the auxiliary classifier's cross-entropy
    auxiliary_on_fakes: bool = True  # D's auxiliary classifier learns from generated images as well
    condition_dim: int = 256  # length of the generator's label embedding
    content: Literal["none", "resnet", "vgg16"] = "none"  # network of the perceptual loss
    label_smoothing: float = 0.0  # the target of real images is 1 minus this; with the standard objective
    repeats: int = 1  # steps in a row on the same batch
    classes: int = 0  # of a conditional recipe; set from the data set when training begins

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, _typed(field, getattr(self, field.name)))
        self._check_choices()
        self._check_numbers()
        self._check_objective()
        self._check_condition()

    def _check_choices(self) -> None:
        for field in dataclasses.fields(self):
            if get_origin(field.type) is Literal and getattr(self, field.name) not in get_args(field.type):
                raise ValueError(_unknown(field.name, getattr(self, field.name), get_args(field.type)))
        if self.objective not in LOSS_OPTIONS and self.objective not in _losses():
            raise ValueError(_unknown("objective", self.objective, _losses()))
        upsampling_stages(self.size, self.depth)
        if self.g_body == "srgan_as_tried" and self.g_output != "linear":
            raise ValueError(say("g_body='srgan_as_tried' has no tanh: set g_output='linear', or use g_body='srgan'"))
        if self.depth and "dcgan" not in (self.g_body, self.d_body):
            raise ValueError(
                say(
                    "depth={depth} has no meaning with g_body={g_body!r}, d_body={d_body!r}",
                    depth=self.depth,
                    g_body=self.g_body,
                    d_body=self.d_body,
                )
            )
        if self.g_body == "shallow" and self.size % 4:
            raise ValueError(say("size={size} must be a multiple of 4 for g_body='shallow'", size=self.size))

    def _check_numbers(self) -> None:
        for field in POSITIVE:
            if not 0 < getattr(self, field) < LARGEST_COUNT:
                raise ValueError(
                    say(
                        "{field}={value} must be greater than 0, and below {limit}",
                        field=field,
                        value=getattr(self, field),
                        limit=LARGEST_COUNT,
                    )
                )
        for field in NOT_NEGATIVE:
            if not getattr(self, field) >= 0:
                raise ValueError(say("{field}={value} must not be negative", field=field, value=getattr(self, field)))
        if self.batch_size < 2:
            raise ValueError(
                say(
                    "batch_size={batch_size} must be at least 2: BatchNorm can't normalise a single image",
                    batch_size=self.batch_size,
                )
            )
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(say("betas={betas} must lie in [0, 1)", betas=self.betas))

    def _check_objective(self) -> None:
        options = LOSS_OPTIONS.get(self.objective) or _losses()[self.objective].options
        for field in ("clip_value", "gp_weight"):
            value = getattr(self, field)
            if field in options and not (value and value > 0):
                raise ValueError(
                    say(
                        "objective={objective!r} needs {field} greater than 0, got {value}",
                        objective=self.objective,
                        field=field,
                        value=value,
                    )
                )
            if field not in options and value is not None:
                raise ValueError(
                    say(
                        "{field}={value} has no meaning with objective={objective!r}; set it to None",
                        field=field,
                        value=value,
                        objective=self.objective,
                    )
                )
        if self.drift_weight < 0 or (self.drift_weight and "drift_weight" not in options):
            raise ValueError(
                say("drift_weight={value} must be 0, or with a Wasserstein objective positive", value=self.drift_weight)
            )
        if self.label_smoothing >= 0.5 or (self.label_smoothing and "label_smoothing" not in options):
            raise ValueError(
                say("label_smoothing={value} must be below 0.5, and 0 in a Wasserstein GAN", value=self.label_smoothing)
            )
        for field in ("r1_weight", "r2_weight"):
            if field not in options and getattr(self, field):
                raise ValueError(
                    say(
                        "{field}={value} has no meaning with objective={objective!r}",
                        field=field,
                        value=getattr(self, field),
                        objective=self.objective,
                    )
                )
        if self.penalty_every > 1 and not (self.r1_weight or self.r2_weight):
            raise ValueError(
                say("penalty_every={value} has no meaning without r1_weight or r2_weight", value=self.penalty_every)
            )
        penalised = self.gp_weight or self.r1_weight or self.r2_weight
        if penalised and self.d_norm == "batch":
            advice = say("the penalty is per image, and BatchNorm mixes images; use d_norm='instance'")
            if not self.as_published:
                raise ValueError(
                    say(
                        "d_norm='batch' with objective={objective!r}: {advice}, or set as_published=True",
                        objective=self.objective,
                        advice=advice,
                    )
                )
            note = "d_norm='batch' with a gradient penalty, as published: {advice}"
            warnings.warn(say(note, advice=advice), stacklevel=4)

    def _check_condition(self) -> None:
        if not self.conditional:
            for field in CONDITIONAL_ONLY:
                if getattr(self, field) not in ("none", 0):
                    raise ValueError(
                        say(
                            "{field}={value!r} has no meaning unless conditional is True",
                            field=field,
                            value=getattr(self, field),
                        )
                    )
        elif self.d_condition == "none" and not self.auxiliary_weight:
            raise ValueError(
                say("conditional=True without d_condition or auxiliary_weight: nothing teaches G the classes")
            )
        elif self.d_condition == "plane" and self.auxiliary_weight:
            raise ValueError(say("d_condition='plane' with auxiliary_weight: D would read the classes off the plane"))

    def replace(self, **fields: Any) -> "Recipe":
        """A new recipe with these fields replaced. Raises ValueError for a name that is not a field."""
        known = [field.name for field in dataclasses.fields(self)]
        for name in fields:
            if name not in known:
                raise ValueError(
                    say("{name!r} is not a field of a recipe; choose from {known}", name=name, known=", ".join(known))
                )
        return dataclasses.replace(self, **fields)

    def as_dict(self) -> dict[str, Any]:
        """All fields as plain values, ready for JSON; `Recipe(**d)` gives the recipe back."""
        return dataclasses.asdict(self)

    def network_fields(self) -> set[str]:
        """Names of the fields that fix the networks' structure; so does whether auxiliary_weight is above 0."""
        others = ("z_dim", "feature_dim", "size", "depth", "condition_dim", "classes")
        return {name for name in self.as_dict() if name[:2] in ("g_", "d_") or name in others}


def _losses() -> dict[str, Any]:
    """All loss classes by name. Loads torch, which is needed only for objectives that are not the kit's own."""
    from gan_hw.losses import LOSSES

    return LOSSES


def _unknown(field: str, value: Any, allowed: Any) -> str:
    return say("{name}={value!r} is unknown; choose one of {known}", name=field, value=value, known=", ".join(allowed))


def _typed(field: "dataclasses.Field[Any]", value: Any) -> Any:
    """`value` as the type that the field declares; a string is read as Python would read it ('2e-4', 'None')."""
    kind: Any = str if get_origin(field.type) is Literal else field.type
    if isinstance(value, str) and kind is not str:
        try:
            value = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError):
            raise ValueError(
                say(
                    "{name}={value!r} is not a value of type {kind}",
                    name=field.name,
                    value=value,
                    kind=_type_name(kind),
                )
            ) from None
    if kind in (int, float, float | None) and isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) <= LARGEST_NUMBER and (kind is not int or value == int(value)):
            return int(value) if kind is int else float(value)
    elif kind == tuple[float, float] and isinstance(value, (tuple, list)) and len(value) == 2:
        if all(isinstance(item, (int, float)) for item in value):
            return tuple(float(item) for item in value)
    elif (kind is bool and isinstance(value, bool)) or (kind is str and isinstance(value, str)):
        return value
    elif kind == float | None and value is None:
        return None
    raise ValueError(
        say("{name}={value!r} is not a value of type {kind}", name=field.name, value=value, kind=_type_name(kind))
    )


def _type_name(kind: Any) -> str:
    return kind.__name__ if kind in (int, float, bool, str) else str(kind)
