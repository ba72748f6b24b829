"""Train the networks that ship with the kit, from real anime faces and the cascade: make weights DATA=... CASCADE=...

python tools/weights/make_weights.py --faces faces.zip --cascade FILE

What is trained goes to gan_hw/metrics/weights/; the cards there are written by hand, from what agreement.py and
tools/benchmarks/scores.py print. About an hour and a quarter on two cores, half of it for the generators of
generated.py, whose images are kept in workspace/weights.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import torch
import train_detector
from generated import RUNS
from teaching_images import DRAWN_FACES, DRAWN_SEED, calibration_images, teach, teaching_sets

from gan_hw.data.drawn_faces import draw_faces
from gan_hw.data.images import ImageSet, held_out_split, load_images
from gan_hw.metrics import classifier, face_network
from gan_hw.metrics.cascade import Cascade
from gan_hw.metrics.face_detector import FaceDetectorNetwork
from gan_hw.metrics.shipped_networks import load_shipped, save_shipped
from gan_hw.utils.progress import Progress
from gan_hw.utils.seeds import IsolatedRNG

FACE_NETWORK_STEPS = 1200  # three times those of a data set's own network: it learns two kinds of faces
CLASSIFIER_FACES, CLASSIFIER_EPOCHS = 30_000, 10  # drawn faces, and passes over them


def drawn_faces(count: int = DRAWN_FACES) -> ImageSet:
    """So many drawn faces of another seed than the kit's data set of them, so that all of that one is unseen."""
    images, labels, names = draw_faces(count, seed=DRAWN_SEED)
    return ImageSet(torch.as_tensor(images), "drawn", "drawn", "seed 1", torch.as_tensor(labels), tuple(names))


def make_detector(real: ImageSet, folder: Path, cascade: str) -> None:
    """Train and save the face detector."""
    generated = [torch.load(folder / f"{run.recipe}-{run.data}.pt") for run in RUNS]
    torch.manual_seed(0)
    teacher, sets = Cascade(cascade), teaching_sets(real, generated)
    save_shipped("face_detector", train_detector.train(teach(sets, teacher)))
    network = load_shipped("face_detector", FaceDetectorNetwork)  # as rounded to half precision
    train_detector.calibrate(network, calibration_images(sets), teacher)
    save_shipped("face_detector", network)


def make_face_network(real: ImageSet) -> None:
    """Train and save the face network: on the real faces that are not held out, and on drawn ones."""
    seen = real.images[held_out_split(len(real))[1]]
    both = ImageSet(torch.cat([seen, drawn_faces().images]), "anime faces", "faces", "")
    with IsolatedRNG(0, torch.device("cpu")):
        save_shipped("face_network", face_network.train(both, "cpu", FACE_NETWORK_STEPS))


def make_classifiers() -> None:
    """Train and save the two classifiers of drawn faces: the evaluator, and the one for perceptual losses."""
    faces = drawn_faces(CLASSIFIER_FACES)
    for seed in (classifier.EVALUATOR_SEED, classifier.LOSS_SEED):
        with IsolatedRNG(seed, torch.device("cpu")):
            network = classifier.build_small_classifier(len(faces.class_names))
            title = f"Training classifier {seed + 1} of 2"
            save_shipped(
                f"drawn_classifier_{seed}",
                classifier.train(faces, network, "cpu", Progress(title), CLASSIFIER_EPOCHS).eval(),
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", required=True, help="real anime faces, an address of images")
    parser.add_argument("--cascade", required=True, help="the cascade's file")
    parser.add_argument("--folder", type=Path, default=Path("workspace/weights"), help="for generators and images")
    parser.add_argument(
        "--only", choices=("detector", "face-network", "classifiers"), help="one of them (default: all)"
    )
    args = parser.parse_args()
    real = load_images(args.faces, args.folder, 64)
    if args.only in (None, "detector"):
        generated = [sys.executable, str(Path(__file__).with_name("generated.py")), str(args.folder), "--faces"]
        subprocess.run([*generated, args.faces], check=True)
        make_detector(real, args.folder, args.cascade)
    if args.only in (None, "face-network"):
        make_face_network(real)
    if args.only in (None, "classifiers"):
        make_classifiers()


if __name__ == "__main__":
    main()
