"""The records of the LMDBs of many nets on the device, bytes as bytes; equal records are stored once."""

import torch

from data_prep.subjects.lmdb_pair import load_lmdb
from tools.engines.torch.draws import GOLDEN, mixed

BLOCK = 4096  # ours: records that are hashed at a time
WORD = 8  # bytes


def load_records(sources, device):
    """(values [n, channels, height, width], rows) of LMDBs: record k of the LMDB number i is values[rows[i][k]].

    Folds hold each other's frames, balancing repeats frames, and seeds train on the same. Two different records among
    four million are taken for one with a chance below one in a million, that of two equal hashes of 64 bits.
    """
    parts, rows, known, loaded = [], [], torch.zeros(0, dtype=torch.int64, device=device), {}
    for source in sources:
        if source not in loaded:
            values = torch.from_numpy(load_lmdb(source)).to(device)
            hashes = torch.cat([known, hashed(values)])
            unique, place = torch.unique(hashes, return_inverse=True)
            first = torch.full((len(unique),), len(hashes), device=device)
            first.scatter_reduce_(0, place, torch.arange(len(hashes), device=device), "amin")
            new = first[first >= len(known)].sort().values
            row = torch.empty_like(hashes).scatter_(
                0,
                torch.cat([torch.arange(len(known), device=device), new]),
                torch.arange(len(known) + len(new), device=device),
            )
            loaded[source] = row[first[place[len(known) :]]]
            parts.append(values[new - len(known)])
            known = torch.cat([known, hashes[new]])
        rows.append(loaded[source])
    return torch.cat(parts), rows


def hashed(values):
    """int64 [n], a hash of each of the n records `values`."""
    content = values.contiguous().view(torch.uint8).reshape(len(values), -1)
    content = torch.nn.functional.pad(content, (0, -content.shape[1] % WORD)).view(torch.int64)
    places = torch.arange(1, content.shape[1] + 1, device=values.device) * GOLDEN
    return torch.cat([mixed(block + places).sum(1) for block in content.split(BLOCK)])
