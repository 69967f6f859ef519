"""Files of ads: every good row comes out, every bad one with its line and reason."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.apps.cli.ingest_rows import AdRow, read_ads
from answerable.apps.cli.sources import (
    BadRow,
    MapRefused,
    Row,
    SourceUnreadable,
    open_rows,
    parse_mapping,
)

MAP = {"id": "job_id", "title": "title", "body": "description"}
HEADER = "job_id,title,description\n"


def read(path: Path, mapping: dict[str, str] | None = None) -> list[Row | BadRow]:
    return list(open_rows(path, MAP if mapping is None else mapping))


def good(found: list[Row | BadRow]) -> list[tuple[int, int, str]]:
    return [(one.number, one.line, one.values["body"]) for one in found if isinstance(one, Row)]


def bad(found: list[Row | BadRow]) -> list[tuple[int, int, str]]:
    return [(one.number, one.line, one.reason) for one in found if isinstance(one, BadRow)]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "ads.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_quoted_newlines_commas_and_quotes_are_kept(written: Callable[..., Path]) -> None:
    path = written(HEADER + '1,Bike,"like new,\r\n""blue"""\n2,Flat,two rooms\n')
    found = read(path)
    assert good(found) == [(1, 2, 'like new,\r\n"blue"'), (2, 4, "two rooms")]
    assert found[0] == Row(
        number=1, line=2, values={"id": "1", "title": "Bike", "body": 'like new,\r\n"blue"'}
    )


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(written: Callable[..., Path], ends: str) -> None:
    path = written((HEADER + "1,Bike,blue\n2,Flat,wide\n").replace("\n", ends))
    assert good(read(path)) == [(1, 2, "blue"), (2, 3, "wide")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_a_name(
    written: Callable[..., Path], encoding: str
) -> None:
    path = written((HEADER + "1,Bike,Straße\n").encode(encoding))
    assert good(read(path)) == [(1, 2, "Straße")]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_delimiters_are_seen_in_the_header(written: Callable[..., Path], mark: str) -> None:
    path = written((HEADER + "1,Bike,blue\n").replace(",", mark))
    assert good(read(path)) == [(1, 2, "blue")]


def test_a_bad_row_does_not_take_its_neighbours_along(written: Callable[..., Path]) -> None:
    lines = [
        b"1,Bike,blue",
        b"2,too,many,columns",
        b"3,too few",
        b"4,Flat,\xff\xfe bytes",
        b"5,Desk,oak",
        b'6,Chair,"a quote never closed',
        b"7,Lamp,brass",
        b'8,Sofa,"closed"too early',
        b"9,Rug,wool",
        b"10,Bed,   ",
        b"",
        b"11,Shelf,pine",
    ]
    found = read(written(HEADER.encode() + b"\n".join(lines) + b"\n"))
    assert [body for _, _, body in good(found)] == ["blue", "oak", "brass", "wool", "pine"]
    assert bad(found) == [
        (2, 3, "4 columns where the header has 3"),
        (3, 4, "2 columns where the header has 3"),
        (4, 5, "body: bytes that are not text"),
        (6, 7, "something stands after a closing quote"),
        (8, 9, "something stands after a closing quote"),
        (10, 11, "body is empty"),
    ]
    assert good(found)[-1][1] == 13


def test_a_quote_open_to_the_end_is_told_where_it_began(written: Callable[..., Path]) -> None:
    found = read(written(HEADER + '1,Bike,"open\n2,Flat,wide\n3,Desk,oak\n'))
    assert bad(found) == [(1, 2, "a quote opened here is never closed")]
    assert good(found) == [(2, 3, "wide"), (3, 4, "oak")]


def test_nul_bidi_and_emoji_arrive_as_submitted(written: Callable[..., Path]) -> None:
    found = read(written(HEADER + "1,Bike,a\x00b\u202e👍🏽\n"))
    assert good(found) == [(1, 2, "a\x00b\u202e👍🏽")]


CELLS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), all_quoted=st.booleans())
def test_what_the_csv_module_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], all_quoted: bool
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL)
    writer.writerow(["title", "body"])
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("csv") / "ads.csv"
    path.write_bytes(out.getvalue().encode())
    found = list(open_rows(path, {"title": "title", "body": "body"}))
    wanted = [row for row in rows if row[1].strip()]
    taken = [one for one in found if isinstance(one, Row)]
    assert [(one.values.get("title", ""), one.values["body"]) for one in taken] == [
        (title if title.strip() else "", body) for title, body in wanted
    ]


def test_json_lines(written: Callable[..., Path]) -> None:
    lines = [
        '\ufeff{"job_id": 1, "title": null, "description": "blue\\nbike"}',
        "",
        '{"job_id": 2.5, "description": "wide", "description": "twin"}',
        '{"job_id": true, "description": ["a", "list"]}',
        "[1, 2]",
        "{broken",
        '{"title": "no words"}',
        '{"job_id": 9, "description": "\\ud800"}',
        '{"job_id": false, "description": "oak"}',
    ]
    found = read(written("\n".join(lines), "ads.jsonl"))
    assert [(one.number, one.line, dict(one.values)) for one in found if isinstance(one, Row)] == [
        (1, 1, {"id": "1", "body": "blue\nbike"}),
        (8, 9, {"id": "false", "body": "oak"}),
    ]
    assert bad(found) == [
        (2, 3, '"description" stands twice in one object'),
        (3, 4, '"description" is neither text nor a number'),
        (4, 5, "not an object in braces"),
        (5, 6, "not JSON, from column 2"),
        (6, 7, 'no "description" here'),
        (7, 8, "body: bytes that are not text"),
    ]


def test_json_lines_with_bad_bytes(written: Callable[..., Path]) -> None:
    found = read(written(b'{"description": "\xff"}\n{"description": "oak"}\n', "ads.ndjson"))
    assert bad(found) == [(1, 1, "bytes that are not UTF-8")]
    assert good(found) == [(2, 2, "oak")]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "ads.parquet"
    table = pa.table(
        {
            "job_id": [1, 2, 3, 4],
            "title": ["Bike", None, "Flat", "Desk"],
            "description": ["blue", "", "wide\r\nrooms", "oak"],
            "tags": [["a"], ["b"], [], None],
        }
    )
    pq.write_table(table, path)
    found = read(path)
    assert good(found) == [(1, 1, "blue"), (3, 3, "wide\r\nrooms"), (4, 4, "oak")]
    assert bad(found) == [(2, 2, "body is empty")]
    (first, *_) = read(path, MAP | {"tags": "tags"})
    assert first == BadRow(number=1, line=1, reason='"tags" is neither text nor a number')


def test_files_that_cannot_be_read(tmp_path: Path, written: Callable[..., Path]) -> None:
    with pytest.raises(SourceUnreadable, match="No such file"):
        open_rows(tmp_path / "absent.csv")
    with pytest.raises(SourceUnreadable, match="directory"):
        open_rows(tmp_path)
    with pytest.raises(SourceUnreadable, match="is empty"):
        open_rows(written(b""))
    with pytest.raises(SourceUnreadable, match="no header line"):
        read(written(b"\x89PNG\r\n\x1a\n\x00\x00", "picture.csv"))
    with pytest.raises(SourceUnreadable, match="not readable as Parquet"):
        read(written(b"PAR1 and nothing more", "ads.parquet"))
    with pytest.raises(SourceUnreadable, match='did you mean "description"'):
        read(written(HEADER + "1,Bike,blue\n"), {"body": "descripton"})
    with pytest.raises(SourceUnreadable, match='2 columns are called "a"'):
        read(written("a,a\n1,2\n"), {"body": "a"})
    with pytest.raises(SourceUnreadable, match="which column holds the words"):
        read(written(HEADER + "1,Bike,blue\n"), {})


def test_without_a_map_our_own_names_are_read(written: Callable[..., Path]) -> None:
    (row,) = read(written("external_id,title,body,other\n7,Bike,blue,x\n"), {})
    assert isinstance(row, Row)
    assert row.values == {"id": "7", "title": "Bike", "body": "blue"}


def test_the_map() -> None:
    assert parse_mapping("title=title,body=description") == {
        "title": "title",
        "body": "description",
    }
    assert parse_mapping(["id=job_id", "body = the text"]) == {"id": "job_id", "body": "the text"}
    assert parse_mapping("external_id=n,body=b") == {"id": "n", "body": "b"}
    assert parse_mapping("") == {}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("title=title", "needs a body"),
        ("body", "not ours=theirs"),
        ("body=", "not ours=theirs"),
        ("body=a,body=b", "body twice"),
        ("my body=a", "no name of ours"),
        ("absent.toml", "No such file"),
    ],
)
def test_maps_that_make_no_sense(spec: str, says: str) -> None:
    with pytest.raises(MapRefused, match=says):
        parse_mapping(spec)


def test_a_map_in_a_file(written: Callable[..., Path]) -> None:
    path = written('[map]\nbody = "the, text"\nid = "a=b"\n', "map.toml")
    assert parse_mapping(str(path)) == {"body": "the, text", "id": "a=b"}
    with pytest.raises(MapRefused, match="not TOML"):
        parse_mapping(str(written("body = ", "broken.toml")))


def test_identity_is_the_mapped_id_or_the_source_and_its_row(written: Callable[..., Path]) -> None:
    path = written(HEADER + "77,Bike,blue\n,Flat,wide\n")
    _, ads = read_ads(path, MAP)
    assert [one.external_id for one in ads if isinstance(one, AdRow)] == ["77", "ads.csv:2"]


def test_every_name_that_is_no_fact_is_text(written: Callable[..., Path]) -> None:
    path = written("a,b,c,d\nblue,Bike,oak,housing\n")
    _, ads = read_ads(path, {"body": "a", "title": "b", "extras": "c", "section": "d"})
    (one,) = ads
    assert isinstance(one, AdRow)
    assert list(one.text.items()) == [("title", "Bike"), ("body", "blue"), ("extras", "oak")]
    assert one.section == "housing"


def test_what_intake_would_refuse_is_refused_here(written: Callable[..., Path]) -> None:
    long = "x" * 50_001
    path = written(HEADER + f"1,Bike,{long}\n{'y' * 201},Flat,wide\n2,Desk,oak\n")
    _, ads = read_ads(path, MAP)
    found = list(ads)
    assert [one.reason for one in found if isinstance(one, BadRow)] == [
        "body has 50001 characters; 50000 is the most",
        "id has 201 characters; 200 is the most",
    ]
    assert [one.external_id for one in found if isinstance(one, AdRow)] == ["2"]


def test_the_real_job_ads(shared_path: Callable[[str], Path]) -> None:
    path = shared_path("data/real-job-ads.csv")
    found = read(path)
    assert len(found) == 358
    assert not bad(found)
    with path.open(newline="", encoding="utf-8-sig") as file:
        assert [body for _, _, body in good(found)] == [
            row["description"] for row in csv.DictReader(file)
        ]


def test_progress_reaches_the_size(written: Callable[..., Path]) -> None:
    path = written(
        "".join(json.dumps({"description": "blue"}) + "\n" for _ in range(10)), "a.jsonl"
    )
    source = open_rows(path, MAP)
    assert len(list(source)) == 10
    assert source.progress.done == source.size
