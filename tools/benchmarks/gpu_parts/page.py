"""The page of the book, docs/results/gpu.md, from the results of one or more cards; no torch.

A cell of a table is a number, or says why there is none: "not run", with the reason below the table, or "failed".
"""

from statistics import median

COMMAND = "python tools/benchmarks/gpu.py --data faces.zip"
INTRODUCTION = f"""
The kit is taught on Colab's and Kaggle's GPUs. One command measures there what it claims about them:

```
{COMMAND}
```

A call takes ten minutes at most. It saves after every row, and the same command goes on where the last call stopped. Without `faces.zip` it measures all but the sections that need real faces. In a notebook on Colab (*Runtime > Change runtime type > T4 GPU*), from the folder of the kit's clone, that is `!{COMMAND}`. It writes a JSON file named after the card, and a page like this one, to `workspace/gpu/`. **To add a card to this page**, open an issue or a pull request with that file: it belongs in `docs/results/gpu/`, and then

```
python tools/benchmarks/gpu.py --book
```

renders this page from all that is there. "Eager" steps are computed one by one; "replayed" ones are recorded once as a CUDA graph and started as a whole (see `gan_hw/training/step_runner.py`). "Homework 6" is the course's own loop on the same card, from `tools/benchmarks/reference.py`, without its progress bar, which waits for the GPU in every step.

The trainings that take longer (ten minutes of faces, i-CLEVR's seven recipes, 300 faces for 3,000 epochs, CIFAR-10, batches of 512) are one command, too:

```
python tools/benchmarks/gpu_long.py --faces faces.zip --iclevr iclevr.zip --cifar cifar10_images.zip
```
"""  # noqa: E501 - a paragraph is a line, as everywhere in the book
NOT_YET = "Not run on a GPU yet: every row below waits for the command above."
REHEARSAL = "**A rehearsal on a CPU, at small sizes: it shows that every line runs. Its numbers say nothing of a GPU.**"
QUICK = "gan_r1_quick"
NOTHING = {"sections": {}, "about": {"name": "no card yet"}}


def render(contents):
    """The page as Markdown from the contents of results files, a list that may be empty."""
    rehearsal = any(content["about"].get("rehearsal") for content in contents)
    lines = ["# On a GPU: correct, replayed, measured", ""]
    lines += [REHEARSAL, ""] if rehearsal else []
    lines += [INTRODUCTION.strip(), ""]
    lines += [] if contents else [NOT_YET, ""]
    cards = contents or [NOTHING]
    lines += table(["", *(card["about"]["name"] for card in cards)], summary(cards))
    for card in contents:
        lines += ["", f"## {card['about']['name']}", "", *details(card)]
    return "\n".join(lines).rstrip() + "\n"


def table(head, rows):
    """Lines of a Markdown table."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]


class Card:
    """Questions to one card's results, whose answers are cells."""

    def __init__(self, content):
        self.sections = content["sections"]

    def rows(self, section):
        return self.sections.get(section, {}).get("rows", {})

    def cell(self, section, row, form):
        """form(row) as text, where there is such a row, else "failed" or "not run"."""
        found = self.rows(section).get(row)
        if found is None or "not run" in found or "begun" in found:
            return "not run"
        return "failed" if "failed" in found else form(found)

    def count(self, section, good, kept=lambda _: True):
        """'7 of 8' rows that were measured are good, and how many failed."""
        found = {name: row for name, row in self.rows(section).items() if kept(name)}
        measured = [row for row in found.values() if not {"failed", "not run", "begun"} & row.keys()]
        failed = sum("failed" in row for row in found.values())
        if not measured and not failed:
            return "not run"
        return f"{sum(map(good, measured))} of {len(measured)}" + (f", and {failed} failed" if failed else "")

    def rate(self, recipe):
        """Images/s, eager and replayed, beside homework 6's."""
        ways = [
            self.cell("speed", f"{recipe}, {way}", number("images/s")) for way in ("eager", "replayed", "homework 6")
        ]
        return "not run" if set(ways) == {"not run"} else " / ".join(ways)


def number(key, digits=0):
    return lambda row: f"{row[key]:,.{digits}f}"


def summary(cards):
    """Rows of the first table: a question, and each card's answer."""
    cards = [Card(card) for card in cards]

    def row(question, answer):
        return [question, *(answer(card) for card in cards)]

    goal = "afd_strict 0.6"
    return [
        row("Error of D's gradients of `wgan_gp` against float64, in fp32 (on the CPU)", error_in_fp32),
        row(
            "Recipes of which no step waits for the GPU", lambda card: card.count("waits", lambda row: row["steps"] > 0)
        ),
        row(
            "Recipes whose 50 replayed steps are the eager ones, bit for bit",
            lambda card: card.count(
                "replay", lambda row: not row["differ"], lambda name: "as it is trained" not in name
            ),
        ),
        row(
            "Trainings in two parts that are the same as in one, bit for bit",
            lambda card: card.count("resuming", lambda row: not row["differ"], lambda name: "two parts" in name),
        ),
        row("From the CPU to the GPU and back: values that changed on the way", there_and_back),
        row("SIGTERM: stopped and resumed, after seconds", stopped),
        row("`gan`, images/s: eager / replayed / homework 6", lambda card: card.rate("gan")),
        row("`wgan_gp`, the same", lambda card: card.rate("wgan_gp")),
        row("`gan_quick`, the same", lambda card: card.rate("gan_quick")),
        row(f"`{QUICK}`, the same", lambda card: card.rate(QUICK)),
        row(f"`{QUICK}`, replayed: the card is busy", lambda card: busy(card, QUICK, "replayed")),
        row(f"Seconds to {goal}, `{QUICK}`", lambda card: card.cell("faces", f"{goal}, {QUICK}", reached)),
        row(f"Seconds to {goal}, homework 6", lambda card: card.cell("faces", f"{goal}, homework 6", reached)),
        row(
            f"50 epochs of 12,000 faces, `{QUICK}`, s",
            lambda card: card.cell("faces", f"50 epochs of 12,000 faces, {QUICK}", epochs),
        ),
        row("50,000 images of `gan`, s", lambda card: card.cell("faces", "50,000 images, gan", number("seconds", 1))),
        row("Verdicts of afd_kit that are not the CPU's", lambda card: card.cell("detector", "afd_kit", verdicts)),
        row(
            "Verdicts of afd_strict that are not the CPU's", lambda card: card.cell("detector", "afd_strict", verdicts)
        ),
        row("Two cards, images/s of `gan`: one / two", lambda card: card.cell("two cards", "gan", one_and_two)),
    ]


def error_in_fp32(card):
    def form(row):
        return f"{row['error']['gradients of D']:.1e}"

    here = card.cell("arithmetic", "wgan_gp, fp32", form)
    return here if here == "not run" else f"{here} ({card.cell('arithmetic', 'wgan_gp, fp32 on the CPU', form)})"


def there_and_back(card):
    names = [name for name in card.rows("resuming") if name.endswith(", CPU")]
    if not names or "cuda" not in names[0]:
        return "not run"
    return card.cell(
        "resuming", names[0], lambda row: str(row["values that changed"]) + ("" if row["finite"] else ", NaN")
    )


def stopped(card):
    def form(row):
        return (
            f"{row['seconds']:.1f}" if row["resumed there"] and row["status"] == 143 else f"no: status {row['status']}"
        )

    return card.cell("resuming", f"{QUICK}, SIGTERM", form)


def reached(row):
    if row["reached"] is None:
        last = row["looks"][-1]
        return f"not in {last['seconds']:.0f} (afd_strict {last['afd_strict']:.3f})"
    return f"{row['reached']:.0f}"


def epochs(row):
    return f"{row['seconds']:.1f}" + ("" if row["whole"] else f" for {row['epochs']:.1f} of them")


def verdicts(row):
    return f"{row['verdicts that differ']} of {row['images']:,}"


def one_and_two(row):
    return " / ".join(f"{row[which]['images/s']:,.0f}" for which in ("one", "two"))


def busy(card, recipe, way):
    """Share of a step in which the card computes: the kernels' time in the profile over the step's without it."""
    profiled = card.rows("launches").get(f"{recipe}, {way}", {})
    timed = card.rows("speed").get(f"{recipe}, {way}", {})
    if "busy seconds" not in profiled or "seconds" not in timed:
        return "not run"
    return f"{profiled['busy seconds'] / timed['seconds']:.0%}"


def details(content):
    """The tables of one card."""
    card = Card(content)
    lines = [*about(card)]
    for title, part in (
        ("Errors", errors_table), ("Speed", speed_table), ("Faces", faces_table), ("Replayed and eager", replay_table),
    ):  # fmt: skip
        found = part(card)
        lines += ["", f"### {title}", "", *found] if found else []
    reasons = why(content)
    return [*lines, *(["", "### Not run, or failed", "", *reasons] if reasons else [])]


def about(card):
    """Sentences on the machine."""
    row = card.rows("machine").get("machine", {})
    if "machine" not in row:
        return ["The machine is not known."]
    versions, driver = row["versions"], row.get("nvidia-smi", {})
    facts = [f"{row['machine']['name']}", f"{row['machine']['cores']} cores"]
    if "memory MB" in row:
        facts += [f"{row['memory MB']:,} MB", f"capability {row['capability']}", f"{row['cards']} of them"]
        facts += [f"CUDA {row['cuda']}", f"cuDNN {row['cudnn']}"]
    facts += [f"driver {driver['driver_version']}"] if driver.get("driver_version") else []
    facts += [f"PyTorch {versions['torch']}", f"Python {versions['python']}", f"gan_hw {versions['gan_hw']}"]
    facts += [f"{row['precision']} unless a row says otherwise"]
    peaks = [
        (name, card.cell("machine", f"products, {name}", number("TFLOP/s", 1)))
        for name in ("fp32", "TF32", "bf16", "fp16")
    ]
    return [
        ", ".join(facts) + ".",
        "",
        "Products of large matrices, TFLOP/s: " + ", ".join(f"{n} {p}" for n, p in peaks) + ".",
    ]


def errors_table(card):
    """Relative errors of one step."""
    columns = ("images", "logits", "loss of D", "gradients of D", "gradients of G")
    rows = []
    for name, row in card.rows("arithmetic").items():
        if "error" in row:
            rows.append(
                [f"`{name}`".replace(", ", "`, ", 1).rstrip("`"), *(small(row["error"].get(c)) for c in columns)]
            )
    if not rows:
        return []
    words = "Length of the difference from float64 on the CPU, as a share of the length, in one step from the start."
    return [words, "", *table(["", *columns], rows)]


def small(value):
    return "" if value is None else f"{value:.1e}"


def speed_table(card):
    """Images/s, memory, launches and busy share of every recipe."""
    names = dict.fromkeys(name.split(",")[0] for name in card.rows("speed"))
    head = ["recipe", "eager", "replayed", "homework 6", "replayed / eager", "replayed / homework 6"]
    head += ["launches", "kernels", "busy, eager", "busy, replayed", "MB, eager", "MB, replayed"]
    rows = []
    for name in names:
        rates = [
            card.rows("speed").get(f"{name}, {way}", {}).get("images/s") for way in ("eager", "replayed", "homework 6")
        ]
        cells = [
            card.cell("speed", f"{name}, {way}", number("images/s")) for way in ("eager", "replayed", "homework 6")
        ]
        ratios = [f"{rates[1] / other:.2f}" if rates[1] and other else "–" for other in (rates[0], rates[2])]
        calls = [card.cell("launches", f"{name}, {way}", number("launches")) for way in ("eager", "replayed")]
        kernels = card.cell("launches", f"{name}, eager", number("kernels"))
        shares = [busy(card, name, way) for way in ("eager", "replayed")]
        memory = [
            card.cell("speed", f"{name}, {way}", lambda row: str(row.get("reserved MB", "–")))
            for way in ("eager", "replayed")
        ]
        rows.append([f"`{name}`", *cells, *ratios, " → ".join(calls), kernels, *shares, *memory])
    if not rows:
        return []
    words = (
        "Images/s of steps, by CUDA events, medians of three rounds; launches and kernels of a step; "
        "MB as PyTorch reserves them. Homework 6's loop trains networks of the same sizes, in fp32."
    )
    return [words, "", *table(head, rows)]


def faces_table(card):
    """Scores over the seconds."""
    rows = []
    for name, row in card.rows("faces").items():
        for look in row.get("looks", ()):
            cells = (
                f"{look['seconds']:.1f}",
                f"{look['seen']:,}",
                f"{look['afd_strict']:.3f}",
                f"{look['diversity']:.3f}",
            )
            rows.append([name.partition(", ")[2], *cells])
    return table(["loop", "seconds", "images seen", "afd_strict", "diversity"], rows) if rows else []


def replay_table(card):
    """What differs where something does."""
    rows, measured = [], [row for row in card.rows("replay").values() if "differ" in row]
    for name, row in card.rows("replay").items():
        if row.get("differ"):
            worst, by = next(iter(row["largest"].items()))
            rows.append(
                [name, f"{row['differ']} of {row['values']}", f"`{worst}`, {by:.1e}", row["first step that differs"]]
            )
    if not measured:
        return []
    steps = median(row["replayed"] for row in measured)
    words = f"{len(measured)} pairs of trainings, {steps:.0f} steps of each replayed (median). "
    if not rows:
        return [words + "Nothing differs."]
    return [
        words + "Those in which something differs:",
        "",
        *table(["", "values", "largest, relative", "from step"], rows),
    ]


def why(content):
    """Lines for everything that was not run, or failed, with the reasons; rows with one reason share a line."""
    reasons = {}
    for section, found in content["sections"].items():
        for state in ("failed", "not run"):
            if state in found:
                reasons.setdefault(f"{state}: {found[state]}", []).append(section)
            for name, row in found["rows"].items():
                if state in row:
                    reasons.setdefault(f"{state}: {row[state]}", []).append(f"{section}: {name}")
    return [f"- {', '.join(rows)}: **{state}**: {reason}" for (state, reason), rows in
            ((key.split(": ", 1), rows) for key, rows in reasons.items())]  # fmt: skip
