"""How numbers are written into the golden JSON files: shape + base64 of little-endian float32."""

import base64
import json
from pathlib import Path

import numpy
import torch


def packed(tensor: torch.Tensor) -> dict:
    """{"shape": […], "data": base64}: row-major float32, little-endian."""
    array = tensor.detach().to(torch.float32).cpu().contiguous().numpy().astype("<f4")
    return {"shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode("ascii")}


def unpacked(entry: dict) -> torch.Tensor:
    """The inverse of `packed`."""
    array = numpy.frombuffer(base64.b64decode(entry["data"]), dtype="<f4").reshape(entry["shape"])
    return torch.from_numpy(array.copy())


def write_json(path: Path, value: object, *, compact: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if compact:  # one line per top-level key: small, and a diff still says what changed
        lines = [f"  {json.dumps(key)}: {json.dumps(part, ensure_ascii=False)}" for key, part in value.items()]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
    else:
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
