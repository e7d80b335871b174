"""Writes the Parquet files of the hostile corpus: layouts that hold no bars, and valid files that were damaged.

    pip install pyarrow==26.0.1
    python parquet.py

The files are what counts: another version of the library may write other bytes.
"""

import datetime as dt
import decimal
import pathlib
import shutil
import struct

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parent / "parquet"
ROWS = 40
START = dt.datetime(2020, 1, 6, tzinfo=dt.timezone.utc)


def times(step=dt.timedelta(days=1), rows=ROWS):
    return [START + i * step for i in range(rows)]


def table(**columns):
    """Valid bars but for the columns that are given; a column that is None is left out."""
    close = [100.0 + (i * 7) % 11 for i in range(ROWS)]
    usual = {
        "time": pa.array(times(), pa.timestamp("ms", "UTC")),
        "open": pa.array(close),
        "high": pa.array([x + 1 for x in close]),
        "low": pa.array([x - 1 for x in close]),
        "close": pa.array(close),
        "volume": pa.array([1000.0] * ROWS),
    }
    return pa.table({name: column for name, column in {**usual, **columns}.items() if column is not None})


def save(name, what, **options):
    options = {"compression": "none", **options}
    pq.write_table(what, FOLDER / f"{name}.parquet", **options)
    return (FOLDER / f"{name}.parquet").read_bytes()


def put(name, data):
    (FOLDER / f"{name}.parquet").write_bytes(bytes(data))


def resized(data, metadata):
    """The file with this metadata in place of its own."""
    (length,) = struct.unpack("<I", data[-8:-4])
    return data[: -8 - length] + metadata + struct.pack("<I", len(metadata)) + b"PAR1"


def metadata(data):
    (length,) = struct.unpack("<I", data[-8:-4])
    return data[-8 - length : -8]


def varint(number):
    """A number as compact Thrift writes it."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def with_rows(data, rows):
    """The file that says that it, and its only row group, has so many rows."""
    old = metadata(data)
    mark = b"\x16" + varint(ROWS)
    assert old.count(mark) >= 2
    return resized(data, old.replace(mark, b"\x16" + varint(rows)))


def replaced(data, at, new):
    return data[:at] + new + data[at + len(new) :]


def layouts():
    numbers = pa.array(range(ROWS))
    words = pa.array(["a"] * ROWS)
    save("good", table())
    save("good_nanoseconds", table(time=pa.array(times(), pa.timestamp("ns", "UTC"))))
    save("good_int96", table(), use_deprecated_int96_timestamps=True)
    save("good_date32", table(time=pa.array([t.date() for t in times()], pa.date32())))
    save("good_float32", table(open=table()["open"].cast(pa.float32())))
    save("good_zstd", table(), compression="zstd")
    save("time_text", table(time=pa.array([t.isoformat() for t in times()])))
    save("time_double", table(time=pa.array([t.timestamp() for t in times()])))
    save("time_seconds_as_integers", table(time=pa.array([int(t.timestamp()) for t in times()])))
    save("time_of_day", table(time=pa.array([dt.time(1, 2, 3)] * ROWS, pa.time64("us"))))
    save("time_nulls", table(time=pa.array([None] * ROWS, pa.timestamp("ms", "UTC"))))
    save("time_backwards", table(time=pa.array(times()[::-1], pa.timestamp("ms", "UTC"))))
    save("time_twice", table(time=pa.array([START] * ROWS, pa.timestamp("ms", "UTC"))))
    save("time_before_the_era", table(time=pa.array([-(2**62)] * ROWS, pa.int64()).cast(pa.timestamp("ms", "UTC"))))
    save("time_after_all", table(time=pa.array([2**62 + i for i in range(ROWS)], pa.int64()).cast(pa.timestamp("ms", "UTC"))))
    save("time_missing", table(time=None))
    save("open_missing", table(open=None))
    save("volume_missing", table(volume=None))
    save("open_text", table(open=pa.array(["100.0"] * ROWS)))
    save("open_binary", table(open=pa.array([b"\xff\xfe"] * ROWS)))
    save("open_boolean", table(open=pa.array([True] * ROWS)))
    save("open_integer", table(open=pa.array([100] * ROWS)))
    save("open_decimal", table(open=pa.array([decimal.Decimal("100.00")] * ROWS, pa.decimal128(10, 2))))
    save("open_half_float", table(open=table()["open"].cast(pa.float16())))
    save("open_nulls", table(open=pa.array([None] * ROWS, pa.float64())))
    save("open_nan", table(open=pa.array([float("nan")] * ROWS)))
    save("open_infinite", table(open=pa.array([float("inf")] * ROWS)))
    save("open_negative", table(open=pa.array([-1.0] * ROWS)))
    save("open_tiny", table(open=pa.array([5e-324] * ROWS)))
    save("high_below_low", table(high=pa.array([1.0] * ROWS)))
    save("volume_negative", table(volume=pa.array([-1.0] * ROWS)))
    save("nested_list", table(open=pa.array([[1.0, 2.0]] * ROWS)))
    save("nested_struct", table(open=pa.array([{"bid": 1.0, "ask": 2.0}] * ROWS)))
    save("nested_map", table(open=pa.array([[("a", 1.0)]] * ROWS, pa.map_(pa.string(), pa.float64()))))
    save("dictionary", table(open=words.dictionary_encode()))
    save("no_rows", table().slice(0, 0))
    save("one_row", table().slice(0, 1))
    save("no_columns", pa.table({"x": numbers}).drop_columns(["x"]))
    save("other_columns", pa.table({"a": numbers, "b": words}))
    save("columns_twice", pa.Table.from_arrays([*table().columns, table()["open"]], [*table().column_names, "open"]))
    save("columns_alike", pa.Table.from_arrays([*table().columns, table()["open"]], [*table().column_names, "OPEN"]))
    save("columns_named_like_escapes", table().rename_columns(["\x1b[2J", "open\n", "high\r", "low\0", "close\u202e", "::error::"]))
    save("columns_many", table(**{f"x{i:03}": numbers for i in range(300)}).slice(0, 2))
    save("codec_gzip", table(), compression="gzip")
    save("codec_brotli", table(), compression="brotli")
    save("codec_lz4", table(), compression="lz4")
    save("groups_of_one_row", table().slice(0, 12), row_group_size=1)
    save("delta_encoding", table(), use_dictionary=False, column_encoding={"time": "DELTA_BINARY_PACKED"})
    save("stream_split", table(), use_dictionary=False, column_encoding={"open": "BYTE_STREAM_SPLIT"})


def damage():
    good = (FOLDER / "good.parquet").read_bytes()
    zstd = (FOLDER / "good_zstd.parquet").read_bytes()
    old = metadata(good)
    put("empty", b"")
    put("only_magic", b"PAR1")
    put("magic_twice", b"PAR1PAR1")
    put("text", b"time,open,high,low,close\n2020-01-01,1,1,1,1\n")
    put("encrypted", b"PARE" + good[4:-4] + b"PARE")
    put("cut_in_half", good[: len(good) // 2])
    put("cut_by_a_byte", good[:-1])
    put("cut_front", good[9:])
    put("zeros_at_the_end", good + b"\0" * 64)
    put("metadata_length_zero", good[:-8] + struct.pack("<I", 0) + b"PAR1")
    put("metadata_length_of_the_file", good[:-8] + struct.pack("<I", len(good) - 8) + b"PAR1")
    put("metadata_length_largest", good[:-8] + b"\xff\xff\xff\xff" + b"PAR1")
    put("metadata_of_zeros", resized(good, b"\0" * len(old)))
    put("metadata_of_ones", resized(good, b"\xff" * len(old)))
    put("metadata_cut", resized(good, old[: len(old) // 2]))
    put("metadata_twice", resized(good, old + old))
    put("rows_none", with_rows(good, 0))
    put("rows_more_than_there_are", with_rows(good, ROWS + 1))
    put("rows_fewer_than_there_are", with_rows(good, ROWS - 1))
    put("rows_beyond_the_limit", with_rows(good, 2**40))
    put("rows_largest", with_rows(good, 2**63 - 1))
    put("rows_negative", with_rows(good, -1))
    for name, data in (("plain", good), ("zstd", zstd)):
        for place in (4, 5, 8, 16, 64, 200, 400):
            put(f"{name}_ones_at_{place:03}", replaced(data, place, b"\xff" * 8))
    put("pages_of_zeros", b"PAR1" + b"\0" * (len(good) - 12 - len(old)) + good[-8 - len(old) :])
    put("pages_gone", b"PAR1" + good[-8 - len(old) :])


if FOLDER.exists():
    shutil.rmtree(FOLDER)
FOLDER.mkdir()
layouts()
damage()
print(len(list(FOLDER.iterdir())), "files,", sum(f.stat().st_size for f in FOLDER.iterdir()), "bytes")
