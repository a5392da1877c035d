import subprocess
import sys

import pytest
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st
from triton_serving.models.pbtxt import MOST_FAULTS, Config, definitions, parse
from triton_serving.rules.problems import Problem


def parsed(text: str | bytes) -> Config:
    found = parse("config.pbtxt", text.encode() if isinstance(text, str) else text)
    assert isinstance(found, Config), found
    return found


def refused(text: str | bytes) -> Problem:
    found = parse("config.pbtxt", text.encode() if isinstance(text, str) else text)
    assert isinstance(found, list), found
    (problem,) = found
    assert str(problem).isprintable()
    return problem


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        'name: "a"',
        "name: 'a'",
        'name: "a" "b"',
        'name: "caf\\303\\251"',
        'name: "\\x41"',
        "input < name: 'a' >",
        "input [ < name: 'a' >, { name: 'b' } ]",
        "input { dims: 1 dims: [ 2, 3 ] dims: -1 }",
        "max_batch_size: 0x10",
        "max_batch_size: - 1",
        "input { data_type: 11 }",
        "input { data_type: 77 }",
        'name: "a";\r\nmax_batch_size: 8,\r\n',
        "input: { }",
        "input: [ ]",
        "dynamic_batching { }",
        "model_transaction_policy { decoupled: True }",
        'name: "naïve 模型"',
        "# Größe\nmax_batch_size: 1",
    ],
)
def test_what_triton_reads_is_read(text: str) -> None:
    parsed(text)


def test_old_text_in_a_comment_does_no_harm() -> None:
    assert parsed(b"# Gr\xf6\xdfe\nmax_batch_size: 1").message.max_batch_size == 1


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ('name: "a', 1, "config-syntax"),
        ('\ninput {\n  name: "a"\n', 3, "config-syntax"),
        ("input [ { }, ]", 1, "config-syntax"),
        ("input { } }", 1, "config-syntax"),
        ("\nmax_batch_size: 8.0", 2, "config-value"),
        ('max_batch_size: "8"', 1, "config-value"),
        ("max_batch_size: 99999999999", 1, "config-value"),
        ("\nmax_batch_size: +8", 2, "config-syntax"),
        ("max_batch_size: 1_000", 1, "config-syntax"),
        ("dynamic_batching { }\ndynamic_batching { }", 2, "config-syntax"),
        ('name: "a"\nname: "b"', 2, "config-syntax"),
        ("version_policy { all { } latest { } }", 1, "config-syntax"),
        ("// a comment of another language", 1, "config-syntax"),
        ('{ "name": "a" }', 1, "config-syntax"),
        ("\n\nmax_batchsize: 8", 3, "config-unknown-field"),
        ("name: 'a'\nname: '\\q'", 2, "config-syntax"),
        ("input { dim: 8 }", 1, "config-unknown-field"),
        ("input { data_type: TYPE_FLOAT32 }", 1, "config-value"),
        ('\ninput { data_type: "TYPE_FP32" }', 2, "config-value"),
        ("\ufeffname: 'a'", 1, "config-encoding"),
        ("name: 'a'\n\0", 2, "config-encoding"),
        ("\nname:\u00a0'a'", 2, "config-encoding"),
        ("name: “a”", 1, "config-encoding"),
        (b"\nname: 'caf\xe9'", 2, "config-encoding"),
        (b"\xff\xfen\0a\0m\0e\0", 1, "config-encoding"),
    ],
)
def test_what_triton_refuses_is_told_with_its_line(text: str | bytes, line: int, rule: str) -> None:
    problem = refused(text)
    assert (problem.line, problem.rule) == (line, rule)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("max_batchsize: 8", "write 'max_batch_size'"),
        ("input { dim: 8 }", "write 'dims'"),
        ("input { shape: 8 }", "write 'dims'"),
        ("instance_group { kind: KIND_TPU }", "write one of KIND_AUTO, KIND_CPU, KIND_GPU, KIND_MODEL, without quotes"),
        ("input { data_type: FP32 }", "write TYPE_FP32, without quotes"),
        ("instance_group { kind: GPU }", "write KIND_GPU, without quotes"),
        ("input { data_type: 'TYPE_FP32' }", "write TYPE_FP32, without quotes"),
    ],
)
def test_a_slip_of_the_keyboard_is_met_with_the_word_that_was_meant(text: str, remedy: str) -> None:
    assert refused(text).remedy == remedy


def test_a_setting_is_found_in_every_way_of_writing_it() -> None:
    config = parsed(
        'name: "a"\n'
        "input [\n"
        "  {\n"
        '    name: "x" dims: [ 1,\n'
        "      2 ]\n"
        "  },\n"
        '  < name: "y"\n'
        "    dims: 3\n"
        "    dims: 4 >\n"
        "]\n"
        "input { # { [\n"
        '  name: "} {" }\n'
        "parameters {\n"
        '  key: "E" "V"\n'
        '  value { string_value: "v" } }\n'
    )
    places = {
        ("name",): 1,
        ("input", 0, "name"): 4,
        ("input", 0, "dims", 0): 4,
        ("input", 0, "dims", 1): 5,
        ("input", 1): 7,
        ("input", 1, "dims", 0): 8,
        ("input", 1, "dims", 1): 9,
        ("input", 2, "name"): 12,
        ("parameters", "[EV]"): 13,
        ("parameters", "[EV]", "value"): 13,
        ("input", 0, "dims", 7): 4,
        ("output", 0): None,
    }
    assert {place: config.problem(place, "", "", "").line for place in places} == places


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_make_the_parser_crash(content: bytes) -> None:
    parse("config.pbtxt", content)


TOKENS = ["input", "dims", "name", "{", "}", "[", "]", "<", ">", ":", ",", ";", "1", "-", "-1", "8.5", '"a"', "'b'"]
TOKENS += ["parameters", "key", "value", "TYPE_FP32", "#", "\n", "instance_group", "\\", '"', "TYPE_X", "data_type"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=30).map(" ".join))
def test_no_jumble_of_words_makes_the_parser_or_the_search_for_lines_crash(text: str) -> None:
    found = parse("config.pbtxt", text.encode())
    if isinstance(found, Config):
        found.problem(("input", 0, "dims", 0), "", "", "")


NAMES = st.text(max_size=5)
MESSAGES = st.builds(
    lambda names, dims, parameters: definitions().ModelConfig(
        input=[{"name": name, "dims": dims, "data_type": 11} for name in names],
        parameters={key: {"string_value": key} for key in parameters},
        max_batch_size=len(names),
    ),
    st.lists(NAMES, max_size=3),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3),
    st.lists(NAMES, max_size=3, unique=True),
)


@settings(max_examples=100, deadline=None)
@given(MESSAGES, st.booleans())
def test_whatever_protobuf_writes_is_read_and_has_lines(message: object, one_line: bool) -> None:
    text = text_format.MessageToString(message, as_one_line=one_line, as_utf8=True)
    found = parse("config.pbtxt", text.encode())
    if isinstance(found, Config):
        assert found.message == message
        for index in range(len(found.message.input)):
            assert found.problem(("input", index), "", "", "").line
    else:
        assert found[0].rule in ("config-encoding", "config-syntax")


@pytest.mark.parametrize("client_first", [True, False])
def test_the_definitions_get_along_with_the_client_in_one_process(client_first: bool) -> None:
    lines = ["from tritonclient.grpc import model_config_pb2 as client", "mine = definitions()"]
    program = [
        "from triton_serving.models.pbtxt import definitions",
        *(lines if client_first else reversed(lines)),
        "assert mine.ModelConfig.FromString(client.ModelConfig(name='a').SerializeToString()).name == 'a'",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(program)], check=True)


def test_all_misspelt_settings_and_wrong_values_are_told_at_once() -> None:
    text = """\
name: "digits"
max_batchsize: 4
input [ { name: "x", shape: [ 1, 2 ], data_type: FP32, dims: [ 1 ] } ]
unheard_of { deep [ { a: "}" } ]  # }
}
instance_group [ { kind: KIND_TPU, count: 1.5 } ]
backend: python
"""
    found = parse("digits/config.pbtxt", text.encode())
    assert isinstance(found, list)
    assert [(problem.line, problem.rule) for problem in found] == [
        (2, "config-unknown-field"),
        (3, "config-unknown-field"),
        (3, "config-value"),
        (4, "config-unknown-field"),
        (6, "config-value"),
        (6, "config-value"),
        (7, "config-value"),
    ]


def test_a_fault_of_brackets_ends_the_reading_and_what_came_before_is_told() -> None:
    found = parse("digits/config.pbtxt", b'nme: "x"\ninput [ { name: "x" }\nmax_batch_size: 1.5\n')
    assert isinstance(found, list)
    assert [problem.rule for problem in found] == ["config-unknown-field", "config-syntax"]


def test_a_file_full_of_faults_is_told_in_bounded_time() -> None:
    found = parse("digits/config.pbtxt", b"nonsense: 1\n" * 10_000)
    assert isinstance(found, list)
    assert len(found) == MOST_FAULTS
