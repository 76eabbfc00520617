"""Writes the golden PyTorch checkpoints with torch itself: `python make_torch.py` (torch 2.13.0)."""

from pathlib import Path

import torch

FOLDER = Path(__file__).parent
torch.manual_seed(0)

tied = torch.nn.Sequential(torch.nn.Embedding(5, 4), torch.nn.Linear(4, 5))
tied[1].weight = tied[0].weight
tied.register_buffer("count", torch.tensor(3))
torch.save(tied.state_dict(), FOLDER / "tied.pt")

kinds = {
    "empty": torch.empty(0, 3),
    "transposed": torch.zeros(3, 4).t(),
    "complex": torch.zeros(2, dtype=torch.complex64),
    "parameter": torch.nn.Parameter(torch.zeros(2)),
    "half": torch.zeros(2, 3).half(),
    "brain": torch.zeros(1, 3).bfloat16(),
    "float8": torch.zeros(3).to(torch.float8_e4m3fn),
    "unsigned": torch.zeros(3, dtype=torch.uint16),
    "flag": torch.zeros(2, dtype=torch.bool),
    "scalar": torch.tensor(1.5),
}
torch.save(kinds, FOLDER / "kinds.pt")

weights = torch.zeros(2, 6)
training = {
    "model": {"w": weights, "left": torch.zeros(2, 3)},
    "optimizer": {"state": {0: {"exp_avg": torch.zeros(2, 6)}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
    "epoch": 3,
    "names": ["a", None, True],
}
torch.save(training, FOLDER / "training.pt")
torch.save(tied.state_dict(), FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(tied, FOLDER / "whole_model.pt")
fused = torch.zeros(9)
torch.save({"q": fused[:3], "k": fused[3:6], "v": fused[6:]}, FOLDER / "views.pt")
torch.save({"a": fused[:6], "b": fused[3:]}, FOLDER / "overlapping_views.pt")
torch.save({"w": torch.zeros(1).expand(1000)}, FOLDER / "expanded.pt")
