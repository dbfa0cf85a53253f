"""Writes small Parquet files as pyarrow and datasets write them, which hone's readers are tested on.

    /tmp/golden/bin/python test/golden/parquet_files.py

Needs pyarrow and datasets; the versions are in requirements.txt. Each file has the rows of chats.json in another layout.
"""
import datetime
import json
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

folder = Path(__file__).parent / "parquet"
folder.mkdir(exist_ok=True)

call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{\"a\": 2}"}}
tools = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]
chats = [
    {
        "messages": [
            {"role": "user", "content": "2 + 2?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "content": "4", "tool_call_id": "c1"},
            {"role": "assistant", "content": "It is 4 \u2713."},
        ],
        "tools": json.dumps(tools),
        "reward": 0.5,
    },
    {
        "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
        "tools": None,
        "reward": None,
    },
]
known = [{key: value for key, value in one.items() if value is not None} for one in chats]
(folder / "chats.json").write_text(json.dumps(known, indent=2) + "\n")

text = pa.string()
message = pa.struct(
    [
        ("role", text),
        ("content", text),
        ("tool_calls", pa.list_(pa.struct([("id", text), ("type", text), ("function", pa.struct([("name", text), ("arguments", text)]))]))),
        ("tool_call_id", text),
    ]
)
schema = pa.schema([("messages", pa.list_(message)), ("tools", text), ("reward", pa.float64())])
table = pa.Table.from_pylist(chats, schema=schema)
for codec in ["snappy", "gzip", "zstd", "brotli", "lz4", "none"]:
    pq.write_table(table, folder / f"chats-{codec}.parquet", compression=codec)
# Many small groups of rows, pages of the second version, no dictionaries.
rows = pa.concat_tables([table] * 5)
pq.write_table(rows, folder / "groups.parquet", row_group_size=3, data_page_version="2.0", use_dictionary=False)
datasets.Dataset.from_list(chats).to_parquet(str(folder / "datasets.parquet"))
# A data frame writes a missing number as NaN, and texts of another width.
frame = pa.table(
    {
        "prompt": pa.array(["2 + 2 = ", "3 + 3 = "], pa.large_string()),
        "completion": pa.array(["4", "6"], pa.large_string()).dictionary_encode(),
        "weight": pa.array([2, 1], pa.int64()),
        "reward": pa.array([float("nan"), 0.25], pa.float32()),
    }
)
pq.write_table(frame, folder / "frame.parquet")
pairs = [{"prompt": [{"role": "user", "content": "q"}], "chosen": [{"role": "assistant", "content": "a"}], "rejected": [{"role": "assistant", "content": "b"}]}]
pq.write_table(pa.Table.from_pylist(pairs), folder / "pairs.parquet")
# Messages as the JSON text of a column.
texts = [{"messages": json.dumps(one["messages"]), "tools": one["tools"]} for one in chats]
pq.write_table(pa.Table.from_pylist(texts), folder / "texts.parquet")
pq.write_table(frame.slice(0, 0), folder / "empty.parquet")

at = datetime.datetime(2026, 1, 2)
unknown = {"prompt": ["q"], "completion": ["a"], "meta": [{"at": at}]}
pq.write_table(pa.table(unknown), folder / "timestamp.parquet")
pq.write_table(pa.table({"prompt": ["q"], "completion": pa.array([b"\xff\x00"], pa.binary())}), folder / "binary.parquet")
