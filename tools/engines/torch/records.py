"""The records of the LMDBs of many nets on the device, bytes as bytes; equal records are stored once."""

import torch

from data_prep.subjects.lmdb_pair import count_lmdb, load_lmdb
from tools.engines.torch.draws import GOLDEN, mixed

BLOCK = 4096  # ours: records that are hashed at a time
WORD = 8  # bytes


def load_records(sources, device):
    """(values [n, channels, height, width], rows) of LMDBs: record k of the LMDB number i is values[rows[i][k]].

    Folds hold each other's frames, balancing repeats frames, and seeds train on the same. Two different records among
    four million are taken for one with a chance below one in a million, that of two equal hashes of 64 bits.
    """
    room = sum(map(count_lmdb, set(sources)))
    values, hashes, loaded = None, torch.empty(room, dtype=torch.int64, device=device), {}
    count = 0
    for source in dict.fromkeys(sources):
        own = torch.from_numpy(load_lmdb(source)).to(device)
        values = own.new_empty((room, *own.shape[1:])) if values is None else values
        own_hashes = hashed(own)
        new, loaded[source] = place(hashes[:count], own_hashes)
        values[count : count + len(new)] = own[new]
        hashes[count : count + len(new)] = own_hashes[new]
        count += len(new)
    values = values if count > room / 2 else values[:count].clone()
    return values[:count], [loaded[source] for source in sources]


def place(known, hashes):
    """Where records with `hashes` go behind those `known`, which are all different.

    Returns (int64 [m], those of the records that are new, the first of equals; int64 [n], the row of each record).
    """
    unique, row = torch.unique(torch.cat([known, hashes]), return_inverse=True)
    old, row = row[: len(known)], row[len(known) :]
    first = torch.full((len(unique),), len(hashes), device=hashes.device)
    first.scatter_reduce_(0, row, torch.arange(len(hashes), device=hashes.device), "amin")
    first[old] = len(hashes)
    new = first[first < len(hashes)].sort().values
    position = torch.empty_like(first)
    position[old] = torch.arange(len(known), device=hashes.device)
    position[row[new]] = torch.arange(len(known), len(known) + len(new), device=hashes.device)
    return new, position[row]


def hashed(values):
    """int64 [n], a hash of each of the n records `values`."""
    content = values.contiguous().view(torch.uint8).reshape(len(values), -1)
    content = torch.nn.functional.pad(content, (0, -content.shape[1] % WORD)).view(torch.int64)
    places = torch.arange(1, content.shape[1] + 1, device=values.device) * GOLDEN
    return torch.cat([mixed(block + places).sum(1) for block in content.split(BLOCK)])
