"""Train one of the two networks; resumable.

    python -m face.train landmarks --photos ../../shared/photos --run ../runs/landmarks-1

Run from the folder `training`. What a run needs besides the photos stands in ``face/face.toml``.
"""

import argparse
import math
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from face.data import Face, around_faces, labelled_faces, pictures_without_face
from face.frame import crop_matrix, frame_of, move
from face.net import FaceFinder, LandmarkNet, count_parameters
from face.samples import FINE_SIZE, STRIDE, Samples
from skindelta.landmarks import POINT_NAMES

CONFIG = Path(__file__).with_name("face.toml")


class Stream(IterableDataset):
    """Samples of one network without end."""

    def __init__(self, photos: Path, network: str, seed: int) -> None:
        self.photos, self.network, self.seed = photos, network, seed

    def __iter__(self) -> Iterator[Any]:
        cv2.setNumThreads(1)
        info = get_worker_info()
        seed = self.seed * 1000 + (info.id if info else 0)
        faces = labelled_faces(self.photos)
        pictures = pictures_without_face(self.photos) + around_faces(faces)
        samples = Samples(faces, pictures, seed)
        draw = samples.fine if self.network == "landmarks" else samples.coarse
        while True:
            yield draw()


def landmark_loss(net: nn.Module, batch: list[Tensor]) -> Tensor:
    """Distance of the points that lie in the crop, a bound on the spread, and face or no face."""
    crops, truth, weight, is_face = batch
    points, spread, logit = net(as_input(crops))
    points, spread, logit = points.float(), spread.float(), logit.float()
    inside = ((truth > 0) & (truth < FINE_SIZE - 1)).all(-1)
    error = nn.functional.smooth_l1_loss(points, truth, beta=0.7, reduction="none").sum(-1)
    wide = (spread - 5).clamp_min(0)  # px: keeps a heat map to one place
    there = inside.float() * weight[:, None].float()
    placed = ((error + 0.15 * wide) * there).sum() / there.sum().clamp_min(1)
    face = nn.functional.binary_cross_entropy_with_logits(logit, is_face.float())
    return placed + face


def finder_loss(net: nn.Module, batch: list[Tensor]) -> Tensor:
    """Focal loss on the centers (Law & Deng 2018), distances of the rest where a face is."""
    pictures, faces = batch
    maps = net(as_input(pictures)).float()
    heat, weight, rest = finder_targets(faces, maps.shape[-1])
    p = maps[:, 0].sigmoid().clamp(1e-4, 1 - 1e-4)
    hit = heat >= 0.999
    focal = torch.where(hit, (1 - p) ** 2 * p.log(), (1 - heat) ** 4 * p**2 * (1 - p).log())
    shape = (maps[:, 1:] - rest).abs() * torch.tensor([1, 1, 2, 1, 1.0])[None, :, None, None]
    shape = (shape * weight[:, None]).sum() / weight.sum().clamp_min(1)
    return -focal.sum() / hit.sum().clamp_min(1) + shape


def finder_targets(faces: Tensor, cells: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return target heat (N, c, c), weight of the rest (N, c, c) and the rest (N, 5, c, c)."""
    row, column = torch.meshgrid(torch.arange(cells), torch.arange(cells), indexing="ij")
    heat = torch.zeros(len(faces), cells, cells)
    weight = torch.zeros_like(heat)
    rest = torch.zeros(len(faces), 5, cells, cells)
    for n, k in (faces[..., 2] > 0).nonzero().tolist():
        x, y, radius, angle = faces[n, k].tolist()
        u, v, r = (x + 0.5) / STRIDE - 0.5, (y + 0.5) / STRIDE - 0.5, radius / STRIDE
        near = ((column - u) ** 2 + (row - v) ** 2) / (2 * max(0.35 * r, 0.5) ** 2)
        bump = (-near).exp()
        bump[min(max(round(v), 0), cells - 1), min(max(round(u), 0), cells - 1)] = 1.0
        best = bump > heat[n]
        heat[n] = torch.maximum(heat[n], bump)
        mine = best & (bump > 0.3)
        weight[n][mine] = bump[mine]
        values = (u - column, v - row, math.log2(r), math.cos(angle), math.sin(angle))
        for channel, value in enumerate(values):
            rest[n, channel][mine] = value[mine] if isinstance(value, Tensor) else float(value)
    return heat, weight, rest


def as_input(pictures: Tensor) -> Tensor:
    """uint8 (N, S, S, 3) → float (N, 3, S, S) in 0..1, channels last."""
    return pictures.permute(0, 3, 1, 2).float() / 255


def calibration_error(net: nn.Module, faces: list[Face], seed: int = 3) -> float:
    """Mean error of two passes from a jittered start, percent of the pupil distance."""
    rng = np.random.default_rng(seed)
    errors = []
    for face in faces:
        center, radius, angle = frame_of(face.points)
        start = (
            center + rng.normal(0, 0.15, 2) * radius,
            radius * math.exp(rng.normal(0, 0.08)),
            angle + rng.normal(0, 0.12),
        )
        for _ in range(2):
            matrix = crop_matrix(*start, FINE_SIZE)
            crop = cv2.warpAffine(face.pixels, matrix, (FINE_SIZE, FINE_SIZE))
            with torch.no_grad():
                points = net(as_input(torch.from_numpy(crop)[None]))[0][0].numpy()
            found = move(cv2.invertAffineTransform(matrix), points)
            start = frame_of(found)
        pupils = np.linalg.norm(face.points[0] - face.points[1])
        errors.append(np.linalg.norm(found - face.points, axis=1).mean() / pupils)
    return 100 * float(np.mean(errors))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=["landmarks", "finder"])
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="checkpoint whose weights to start from")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rate", type=float)
    options = parser.parse_args()
    config = tomllib.loads(CONFIG.read_text())[options.network]
    for name in ("steps", "rate"):
        config[name] = getattr(options, name) or config[name]
    train(options, config)


def build(network: str) -> nn.Module:
    return LandmarkNet(len(POINT_NAMES)) if network == "landmarks" else FaceFinder()


def train(options: argparse.Namespace, config: dict[str, Any]) -> None:
    """Run or resume one training run; writes ``last.pt`` and ``log.txt`` into the run's folder."""
    torch.manual_seed(config["seed"])
    torch.set_num_threads(1)
    options.run.mkdir(parents=True, exist_ok=True)
    run = _Run(options, config)
    begin = run.resume(options.start)
    stream = Stream(options.photos, options.network, config["seed"] + begin)
    loader = iter(DataLoader(stream, config["batch"], num_workers=options.workers))
    watched = labelled_faces(options.photos, "calibration")
    clock, total, since = time.monotonic(), 0.0, 0
    print(options.network, count_parameters(run.net), "parameters", flush=True)
    for step in range(begin, config["steps"]):
        total += run.step(next(loader), rate_at(step, config["steps"], config["rate"]))
        since += 1
        if (step + 1) % 200 == 0 or step + 1 == config["steps"]:
            line = f"{step + 1} loss {total / since:.3f} {time.monotonic() - clock:.0f} s"
            if options.network == "landmarks":
                line += f" calibration {run.calibration_error(watched):.2f} %"
            with (options.run / "log.txt").open("a") as file:
                file.write(line + "\n")
            total, since = 0.0, 0
            run.save(step + 1)


class _Run:
    """Network, its running mean and its optimizer, as they are after some steps."""

    def __init__(self, options: argparse.Namespace, config: dict[str, Any]) -> None:
        self.file = options.run / "last.pt"
        self.net = build(options.network).to(memory_format=torch.channels_last)
        self.mean = torch.optim.swa_utils.AveragedModel(
            self.net,
            multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998),
            use_buffers=True,
        )
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=config["rate"], weight_decay=0.02
        )
        self.loss = landmark_loss if options.network == "landmarks" else finder_loss

    def resume(self, start: Path | None) -> int:
        """Go on where the run was stopped, or from the weights of another; the steps done."""
        if self.file.exists():
            state = torch.load(self.file)
            for name in ("net", "mean", "optimizer"):
                getattr(self, name).load_state_dict(state[name])
            return int(state["step"])
        if start:
            self.mean.load_state_dict(torch.load(start)["mean"])
            self.net.load_state_dict(self.mean.module.state_dict())
        return 0

    def step(self, batch: Any, rate: float) -> float:
        """Learn from one batch; its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16):
            loss = self.loss(self.net, batch)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.mean.update_parameters(self.net)
        return float(loss.item())

    def calibration_error(self, watched: Any) -> float:
        """Mean error of the running mean on the calibration people, percent."""
        self.mean.eval()
        error = calibration_error(self.mean.module, watched)
        self.mean.train()
        return error

    def save(self, step: int) -> None:
        """Write all that `resume` needs; a run killed meanwhile keeps the state before."""
        state = {name: getattr(self, name).state_dict() for name in ("net", "mean", "optimizer")}
        part = self.file.with_suffix(".part")
        torch.save(state | {"step": step}, part)
        part.replace(self.file)


def rate_at(step: int, steps: int, top: float) -> float:
    """Learning rate: 200 steps up, then half a cosine down to a hundredth."""
    if step < 200:
        return top * (step + 1) / 200
    return top * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - 200) / (steps - 200))))


if __name__ == "__main__":
    main()
