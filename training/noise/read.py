"""Let a change network read all kept pairs: ``python -m noise.read FOLDER`` in ``training``.

After ``noise.measure --keep``. What the network and a ridge regression read of a pair is put beside
what the formulas read; a second run with another network replaces it.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from change.card import sha256
from skindelta.models import load_model_folder

from . import kept
from .measure import DISCS, KEPT, RUNS, WORKERS, is_kept, one_thread, write
from .pairs import Row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, help="folder of a change network")
    network = parser.parse_args().network.resolve()
    files = [path for path in sorted(RUNS.glob("*.json")) if path != DISCS]
    if not files or not all(is_kept(path) for path in files):
        raise SystemExit("not all pairs were kept: python -m noise.measure --keep")
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=one_thread) as pool:
        for path in pool.map(partial(put_in, network), files):
            print(f"{path.stem}: {time.monotonic() - started:.0f} s", flush=True)


def put_in(network: Path, path: Path) -> Path:
    """Read all pairs of one file by a network."""
    rows = json.loads(path.read_text())
    write(path, list(with_readings(network, rows)))
    return path


def with_readings(network: Path, rows: Iterable[Row]) -> Iterable[Row]:
    """Put beside each row what the network reads of every score that could be measured."""
    model, digest = load_model_folder(network), sha256(network / "model.onnx")
    for row in rows:
        if row.get("kept"):
            for way, values in kept.read(KEPT / row["kept"], model).items():
                row[way] = {key: values[key] for key in row["values"] if key in values}
            row["read_by"] = digest
        yield row


if __name__ == "__main__":
    main()
