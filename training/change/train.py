"""Train the change network; resumable.

    python -m change.train --run ../runs/change

Run from the folder `training`, after ``change.bank``. ``last.pt`` holds all that a run needs to go
on; curves go to TensorBoard (`tensorboard --logdir RUN`), figures of each check to ``log.jsonl``.
"""

import argparse
import json
import math
import time
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from change.data import Bank, Order, Pairs, batched
from change.loss import Slopes, loss_of
from skindelta.learning.net import ChangeNet, count_parameters

CONFIG = Path(__file__).with_name("change.toml")
CHECK_EVERY = 200
WARM_UP = 150
THREADS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--steps", type=int, help="fewer, to try it out")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    config = tomllib.loads(options.config.read_text())
    config["steps"] = options.steps or config["steps"]
    torch.set_flush_denormal(True)  # of the whole process; weights near 0 took a third of the time
    train(options.run, config, options.workers)


def build(config: dict[str, Any]) -> ChangeNet:
    return ChangeNet(config["own"], tuple(config["widths"]), config["head"])


def train(run: Path, config: dict[str, Any], workers: int) -> None:
    """Run or resume one training run."""
    torch.manual_seed(config["seed"])
    torch.set_num_threads(THREADS)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    state = _State(run, config, device)
    begin = state.resume()
    bank, watched = Bank(run / "bank", config["seed"]), Bank(run / "watched", 0, augment=False)
    order = Order(len(bank), config["batch"], config["seed"], begin)
    batches = iter(DataLoader(bank, batch_sampler=order, collate_fn=batched, num_workers=workers))
    print(f"{len(bank)} pairs, {count_parameters(state.net)} parameters, from step {begin}")
    clock, sums = time.monotonic(), defaultdict(float)
    with SummaryWriter(str(run / "curves")) as curves:
        for step in range(begin, config["steps"]):
            parts = state.step(next(batches).to(device), _rate_at(step, config))
            for name, part in parts.items():
                sums[name] += part
            if (step + 1) % CHECK_EVERY == 0 or step + 1 == config["steps"]:
                state.save(step + 1)
                count = step % CHECK_EVERY + 1
                figures = {f"train/{name}": total / count for name, total in sums.items()}
                figures |= {f"watched/{n}": v for n, v in state.check(watched).items()}
                for name, value in figures.items():
                    curves.add_scalar(name, value, step + 1)
                line = {"step": step + 1, "seconds": round(time.monotonic() - clock)} | figures
                with (run / "log.jsonl").open("a") as file:
                    file.write(json.dumps(line) + "\n")
                total = [sum(v for n, v in figures.items() if n.startswith(k)) for k in ("t", "w")]
                seconds = line["seconds"]
                print(
                    f"{step + 1} {seconds} s loss {total[0]:.4f} watched {total[1]:.4f}", flush=True
                )
                sums = defaultdict(float)


class _State:
    """Network, its running mean and its optimizer, as they are after some steps."""

    def __init__(self, run: Path, config: dict[str, Any], device: torch.device) -> None:
        run.mkdir(parents=True, exist_ok=True)
        self.file, self.config, self.device = run / "last.pt", config, device
        self.net = build(config).to(device, memory_format=torch.channels_last)
        self.mean = torch.optim.swa_utils.AveragedModel(
            self.net,
            multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config["average"]),
            use_buffers=True,
        )
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), lr=config["rate"], weight_decay=config["weight_decay"]
        )
        self.slopes = Slopes()

    def resume(self) -> int:
        """Go on where the run was stopped; the steps done."""
        if not self.file.exists():
            return 0
        state = torch.load(self.file, map_location=self.device, weights_only=True)
        for name in ("net", "mean", "optimizer"):
            getattr(self, name).load_state_dict(state[name])
        self.slopes.sums = state["slopes"]
        return int(state["step"])

    def step(self, pairs: Pairs, rate: float) -> dict[str, float]:
        """Learn from one batch; the parts of its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.net.train()
        loss, parts = loss_of(self.net(*pairs[:5]), pairs, self.slopes)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.mean.update_parameters(self.net)
        return parts

    def check(self, watched: Bank) -> dict[str, float]:
        """Parts of the loss of the running mean on people that nothing is learnt from."""
        self.mean.eval()
        sums: dict[str, float] = defaultdict(float)
        batches = DataLoader(watched, self.config["batch"], collate_fn=batched)
        with torch.no_grad():
            for pairs in batches:
                pairs = pairs.to(self.device)
                _, parts = loss_of(self.mean(*pairs[:5]), pairs)
                for name, part in parts.items():
                    sums[name] += part * len(pairs.labels) / max(len(watched), 1)
        return dict(sums)

    def save(self, step: int) -> None:
        """Write all that `resume` needs; a run killed meanwhile keeps the state before."""
        state = {name: getattr(self, name).state_dict() for name in ("net", "mean", "optimizer")}
        part = self.file.with_suffix(".part")
        torch.save(state | {"slopes": self.slopes.sums, "step": step}, part)
        part.replace(self.file)


def _rate_at(step: int, config: dict[str, Any]) -> float:
    """Learning rate: some steps up, then half a cosine down to a hundredth."""
    if step < WARM_UP:
        return float(config["rate"] * (step + 1) / WARM_UP)
    share = (step - WARM_UP) / max(config["steps"] - WARM_UP, 1)
    return float(config["rate"] * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))))


if __name__ == "__main__":
    main()
