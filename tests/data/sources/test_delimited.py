"""Delimited text: dialects, titles, comments, encodings, conditions; what cannot be read is said with its line."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.data.sources.fetching import label, read, refusal

from fivefold.core.errors import SettingsError

ROWS = [("1", "x"), ("3", "y")]


def put(folder: Path, content: str | bytes, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", ":", "^", "~", "\x01", "§", "¦", "||", "::", "|~|"])
def test_delimiters_are_recognised(tmp_path: Path, mark: str) -> None:
    table = read(put(tmp_path, f"a{mark}b\n1{mark}x\n3{mark}y\n"))
    assert table.columns == ["a", "b"]
    assert table.rows() == ROWS


@pytest.mark.parametrize("mark", ["@", "&", "<>", "x", "\\t"])
def test_a_delimiter_may_be_named(tmp_path: Path, mark: str) -> None:
    text = mark.replace("\\t", "\t")
    table = read(put(tmp_path, f"a,1{text}b,2\n1{text}3\n"), delimiter=mark)
    assert table.columns == ["a,1", "b,2"]
    assert table.rows() == [("1", "3")]


def test_a_delimiter_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at most 4 bytes"):
        read(put(tmp_path, "a,b\n1,2\n"), delimiter="<--->")


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("Sales of May\na,b\n1,x\n3,y\n", "1 line above the header left out"),
        ("Sales of May\n\n\na;b\n1;x\n3;y\n", "1 line above the header left out"),
        ("# made by hand\na,b\n1,x\n3,y\n", ""),
        ("# one\n# two, three\n\na,b\n1,x\n3,y\n", ""),
        ("# one\na,b\n1,x\n# between, two\n3,y\n", "1 comment line left out"),
        ("a,b\n1,x\n# between\n3,y\n# the end\n", "2 comment lines left out"),
        ("#a,b\n1,x\n3,y\n", ""),
        ("## about\n#a,b\n1,x\n3,y\n", ""),
    ],
)
def test_titles_and_comments_are_no_rows(tmp_path: Path, content: str, note: str) -> None:
    path = put(tmp_path, content)
    table = read(path)
    assert table.columns == ["a", "b"]
    assert table.rows() == ROWS
    assert label(path) == (f"t.csv ({note})" if note else "t.csv")


def test_a_comment_far_below_is_found(tmp_path: Path) -> None:
    path = put(tmp_path, "a,b\n" + "1,2\n" * 1000 + "# the end\n")
    assert read(path).height == 1000
    assert label(path) == "t.csv (1 comment line left out)"


def test_values_may_start_with_the_sign_of_comments(tmp_path: Path) -> None:
    assert read(put(tmp_path, "tag,n\n#love,1\n#peace,2\n"))["tag"].to_list() == ["#love", "#peace"]
    assert read(put(tmp_path, 'a,b\n1,"x\n# no comment"\n3,y#z\n')).rows()[0] == ("1", "x\n# no comment")
    assert read(put(tmp_path, "a,b\n1,#fff\n2,x # y\n"))["b"].to_list() == ["#fff", "x # y"]


def test_the_sign_of_comments_may_be_named(tmp_path: Path) -> None:
    table = read(put(tmp_path, "% about, this\na,b\n1,x\n%,\n3,y\n"), comment="%")
    assert table.rows() == ROWS


def test_a_title_in_full_width_is_a_title(tmp_path: Path) -> None:
    table = read(put(tmp_path, "Sales;;;\n;;;\na;b;c;d\n1;2;3;4\n5;6;7;8\n"))
    assert table.columns == ["a", "b", "c", "d"]
    assert table.height == 2


def test_a_header_that_is_too_short_is_not_taken_for_a_title(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, "colour,size,shape\n" + "x,red,big,round\n" * 20))
    assert "Expected Number of Columns: 3 Found: more than 3" in error.seen


def test_decimal_commas_survive(tmp_path: Path) -> None:
    table = read(put(tmp_path, "price;name\n1.234,56;x\n7,5;y\n"))
    assert table["price"].to_list() == ["1.234,56", "7,5"]


@pytest.mark.parametrize(
    "content",
    [
        '"a\nb",c\r\n1,2\r\n3,4\r\n',
        '"a\r\nb",c\n1,2\n3,4\n',
        '"a\nb",c\n1,2\n3,4\n',
        '"a\nb",c\r\n1,2\n3,4\r\n',
    ],
)
def test_a_name_may_hold_a_line_end(tmp_path: Path, content: str) -> None:
    table = read(put(tmp_path, content))
    assert table.columns == [content[1:].partition('"')[0], "c"]
    assert table.rows() == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize("content", ["name\nJohn Smith\nMary Jones\n", "\n\nname\nJohn Smith\nMary Jones\n"])
def test_a_single_column_is_a_table(tmp_path: Path, content: str) -> None:
    assert read(put(tmp_path, content)).rows(named=True) == [{"name": "John Smith"}, {"name": "Mary Jones"}]


def test_a_backslash_may_stand_before_a_quote(tmp_path: Path) -> None:
    assert read(put(tmp_path, 'a,b\n"say \\"hi\\", he said",2\n')).rows() == [('say "hi", he said', "2")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(
        st.tuples(*[st.text(st.sampled_from("ab1,;|\t\"'\\#\n :%x"), max_size=6)] * 3),
        min_size=1,
        max_size=12,
    ),
    mark=st.sampled_from([",", ";", "\t", "|", ":", "^"]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example([("#", "", "")], ",", "\n", csv.QUOTE_MINIMAL)
@example([("\\", '"', "")], ",", "\r\n", csv.QUOTE_ALL)
def test_texts_survive_every_delimiter_and_quoting(
    rows: list[tuple[str, str, str]], mark: str, end: str, quoting: int
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=mark, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([("first", "second", "third"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        table = read(put(Path(folder), stream.getvalue()), delimiter=mark, comment="§")
    assert table.columns == ["first", "second", "third"]
    assert table.rows() == [tuple(value or None for value in row) for row in rows]


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("utf-32", ""),
        ("latin-1", "read as Latin-1"),
        ("cp1252", "read as Windows-1252"),
    ],
)
def test_encodings_are_recognised(tmp_path: Path, encoding: str, note: str) -> None:
    city = "Zürich €" if encoding != "latin-1" else "Zürich"
    path = put(tmp_path, "city,n\n" + f"{city},1\n" * 30, encoding=encoding)
    table = read(path)
    assert table.columns == ["city", "n"]
    assert set(table["city"]) == {city}
    assert label(path) == (f"t.csv ({note})" if note else "t.csv")


def test_an_encoding_may_be_named(tmp_path: Path) -> None:
    path = put(tmp_path, "city,n\n東京,1\n", encoding="shift-jis")
    assert read(path, encoding="shift-jis").rows() == [("東京", "1")]
    for name in ("no-such", "hex"):
        with pytest.raises(SettingsError, match="encoding"):
            read(path, encoding=name)
    assert "Line: 2" in refusal(path, encoding="utf-8").seen


def test_text_that_is_not_what_was_named_is_refused_with_its_line(tmp_path: Path) -> None:
    path = put(tmp_path, b"a,b\n1,2\n3,\x81\n")
    assert "line 3" in refusal(path, encoding="cp1252").seen


def test_two_encodings_in_one_file_are_named(tmp_path: Path) -> None:
    lines = ["city,n", *["Zürich,1"] * 40]
    content = b"\n".join(line.encode("latin-1" if at == 30 else "utf-8") for at, line in enumerate(lines))
    error = refusal(put(tmp_path, content))
    assert "two encodings" in error.what
    assert "line 31 is not" in error.seen


def test_a_ragged_row_is_named_by_its_line_below_titles_and_comments(tmp_path: Path) -> None:
    assert "Line: 6" in refusal(put(tmp_path, "# c\n# d\na,b\n1,2\n3,4\n5\n")).seen
    assert "Line: 6" in refusal(put(tmp_path, "# c\na,b\n1,2\n# d\n3,4\n5\n")).seen
    assert "Line: 5" in refusal(put(tmp_path, '"a\nb",c\n1,2\n3,4\n5\n')).seen


def test_rows_that_are_too_wide_are_not_cut_where_line_ends_are_mixed(tmp_path: Path) -> None:
    assert "Found: more than 2" in refusal(put(tmp_path, "a,b\n1,2\r\n3,4\n4,5,6\n")).seen


def test_a_header_of_a_million_columns_is_refused(tmp_path: Path) -> None:
    error = refusal(put(tmp_path, ",".join(f"c{number}" for number in range(1_000_000)) + "\n1\n"))
    assert "too many columns" in error.what
    assert "20,000" in error.expected


def test_a_text_without_line_ends_is_refused(tmp_path: Path) -> None:
    assert "no rows" in refusal(put(tmp_path, b"x" * (5 * 2**20))).what


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert "has no rows" in refusal(put(tmp_path, "a,b\n")).what
    assert "holds no header" in refusal(put(tmp_path, "# a\n# b\n")).what


def test_a_condition_sees_numbers_and_leaves_texts_alone(tmp_path: Path) -> None:
    path = put(tmp_path, "price,code,day\n12.40,007,2020-01-01\nNA,7,2021-05-05\n9,010,2022-02-02\n")
    assert read(path, where="price > 12").rows() == [("12.40", "007", "2020-01-01")]
    assert read(path, where="code = '007'").height == 1
    assert read(path, where="day >= '2021-01-01' -- late ones").height == 2
    german = put(tmp_path, "price;n\n1.234,56;x\n7,5;y\n", "g.csv")
    assert read(german, where="price > 1000", decimal=",").rows() == [("1.234,56", "x")]


@pytest.mark.parametrize(
    ("amounts", "where", "kept"),
    [
        (["999", "1,234", "12,345.50"], "amount > 1000", ["1,234", "12,345.50"]),
        (["999", "1 234", "12'345.5"], "amount > 1000", ["1 234", "12'345.5"]),
        (["7 %", "12.5%", "n/a"], "amount > 10", ["12.5%"]),
        (["1.234,5", "7,5", "-2,25"], "amount < 8", ["7,5", "-2,25"]),
        (["12.05.2020", "13.06.2021", "14.07.2022"], "amount = '13.06.2021'", ["13.06.2021"]),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3"], "amount = '10.0.0.2'", ["10.0.0.2"]),
    ],
    ids=["thousands", "blanks", "percent", "decimal comma", "dates", "addresses"],
)
def test_a_condition_sees_amounts_as_they_are_written(
    tmp_path: Path, amounts: list[str], where: str, kept: list[str]
) -> None:
    path = put(tmp_path, "amount;n\n" + "".join(f"{amount};1\n" for amount in amounts))
    assert read(path, where=where)["amount"].to_list() == kept


def test_a_condition_sees_thousands_that_come_late(tmp_path: Path) -> None:
    rows = [f"{number};1" for number in range(400, 1000)]
    path = put(tmp_path, "amount;n\n" + "\n".join([*rows, "1,000;1", "2,000;1"]))
    assert read(path, where="amount > 998")["amount"].to_list() == ["999", "1,000", "2,000"]


def test_a_condition_tells_columns_from_our_own_names_for_them(tmp_path: Path) -> None:
    path = put(tmp_path, "__1,__0,n\n1,7,x\n2,8,y\n")
    assert read(path, where='"__1" > 1', include=("__0",))["__0"].to_list() == ["8"]


@pytest.mark.parametrize("where", ["prise > 3", "price >", "price > 3; DROP TABLE x", "sum(price) > 3"])
def test_a_wrong_condition_is_refused(tmp_path: Path, where: str) -> None:
    assert "[data] where" in refusal(put(tmp_path, "price,n\n1,2\n"), where=where).what


def test_a_condition_that_no_row_meets_or_that_breaks_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "word,n\nx,2\n")
    assert "No row" in refusal(path, where="n > 3").what
    assert "every row" in refusal(path, where="word::INTEGER > 3").what


def test_columns_are_chosen_and_others_come_along(tmp_path: Path) -> None:
    path = put(tmp_path, "a,b,c,d\n1,2,3,4\n5,6,7,8\n")
    assert read(path, include=("c", "a"), keep=("d", "no-such")).columns == ["a", "c", "d"]
    assert read(path, include=("c",), where="b > 2").rows() == [("7",)]
    assert "did you mean 'a'" in refusal(path, include=("A",)).todo


def test_a_draw_keeps_the_order_and_depends_on_the_seed(tmp_path: Path) -> None:
    path = put(tmp_path, "n,m\n" + "".join(f"{number},x\n" for number in range(5000)))
    drawn = [int(number) for number in read(path, rows=500)["n"]]
    assert len(drawn) == 500
    assert drawn == sorted(drawn)
    assert 2200 < sum(drawn) / 500 < 2800
    assert drawn == [int(number) for number in read(path, rows=500)["n"]]
    assert drawn != [int(number) for number in read(path, rows=500, seed=1)["n"]]
    assert read(path, rows=9000).height == 5000
    assert read(path, rows=10, where="n < 20").height == 10


@pytest.mark.parametrize("above", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("body", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "title", ["", "# made by x{}", "Report of May{}", "Report of May{}{}", "# one{}# two{}{}"]
)
@pytest.mark.parametrize("headed", [True, False], ids=["with the header", "without it"])
def test_line_ends_above_the_header_say_nothing_about_those_below(
    above: str, body: str, title: str, headed: bool, tmp_path: Path
) -> None:
    rows = [(str(at), f"{at * 3},5", f'"x{at}"' if at % 2 else "") for at in range(12)]
    lines = "".join(";".join(row) + body for row in rows)
    text = title.replace("{}", above) + "a;b;c" + (above if headed else body) + lines
    (tmp_path / "t.csv").write_bytes(text.encode())
    expected = [(one, two, three.strip('"') or None) for one, two, three in rows]
    assert read(tmp_path / "t.csv").rows() == expected


def test_a_ragged_row_below_other_line_ends_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"Report of May\n\na,b,c\r\n1,2,3\r\n4,5,6\r\n7,8,9,10\r\n1,2,3\r\n")
    assert "Line: 6" in refusal(tmp_path / "t.csv").seen
