"""Scripts of a repository, in the process that runs them."""

import time

import pytest

from gitopsd.edge.lua import Lua
from gitopsd.model.problem import Problem

NEVER_ENDS = """
local s = "a"
for i = 1, 15 do s = s .. s end
function Run() return string.find(s, ".-.-.-.-.-.-b") end
"""


@pytest.fixture
def lua():
    def add(one, other):
        if other is None:
            raise ValueError("two of them")
        return one + other

    lua = Lua({"resourceAdd": add})
    yield lua
    lua.close()


def run(lua, body, *arguments):
    return lua.interpret(f"function Run(a, b)\n{body}\nend", "Run", arguments)


def words(answer):
    assert isinstance(answer, Problem), answer
    return answer.message


def test_an_object_comes_back_as_it_was_but_for_empty_mappings(lua):
    body = {
        "name": 'ü"\n',
        "n": 3,
        "half": 0.5,
        "no": None,
        "list": [1, None, {"a": True}],
        "e": {},
    }

    (found,) = run(lua, "return a", {**body, "e": {}})

    assert found == {"name": 'ü"\n', "n": 3, "half": 0.5, "list": [1, {"a": True}], "e": []}


def test_replicas_come_with_requirements(lua):
    script = "function GetReplicas(a) return a, { cpu = '1' }, 'more' end"

    assert lua.interpret(script, "GetReplicas", (2,)) == (2, {"cpu": "1"})


def test_the_library_is_asked(lua):
    assert run(lua, "return require('kube').resourceAdd(1, 2)") == (3,)
    assert words(run(lua, "return require('kube').resourceAdd(1, nil)")).endswith("two of them")


@pytest.mark.parametrize(
    "body",
    [
        "return io.open('/etc/passwd')",
        "return os.execute('true')",
        "return os.getenv('HOME')",
        "return package.loadlib",
        "return debug.getinfo(1)",
        "return python.eval('1')",
        "return coroutine.wrap(function() end)",
        "return load('return 1')()",
        "return loadstring('return 1')()",
        "return dofile('x')",
        "return getmetatable('').__index",
        "return setmetatable({}, {})",
        "return rawget(_G, 'os')",
        "return ('x'):rep(10)",
        "return string.gsub('a', 'a', 'b')",
        "return string.dump(Run)",
        "return require('os')",
        "return require('kube').accuratePodRequirements.__globals__",
    ],
)
def test_the_world_is_out_of_reach(lua, body):
    assert isinstance(run(lua, body), Problem)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("while true do end", "steps"),
        ("while true do pcall(function() while true do end end) end", "steps"),
        ("return Run()", "steps"),
        ("local function f() return 1 + f() end return f()", "memory"),
        ("local t = {} while true do t[#t + 1] = {} end", "memory"),
        ("local s = 'x' while true do s = s .. s end", "memory"),
        ("error('too big')", "script:2: too big"),
        ("error({})", "raised a table"),
        ("return a.b.c", "attempt to index"),
        ("return {1, 2, x = 3}", "keys"),
        ("return {[1] = 1, [3] = 3}", "gaps"),
        ("local t = {} return {t1 = t, t2 = t}", "two places"),
        ("local t = {} t.t = t return t", "two places"),
        ("return {f = function() end}", "function"),
        ("return 1 / 0", "finite"),
        ("return string.find(a, 'x')", "longer"),
    ],
)
def test_a_script_that_fails_ends_in_a_problem(lua, body, expected):
    arguments = ("x" * 1_000_001,) if "string.find" in body else ()
    began = time.monotonic()

    answer = run(lua, body, *arguments)

    assert expected in words(answer)
    assert time.monotonic() - began < 5


def test_a_script_without_the_function_or_out_of_grammar(lua):
    assert words(lua.interpret("x = 1", "Run", ())) == "it defines no function Run"
    assert words(lua.interpret("Run = 1", "Run", ())) == "it defines no function Run"
    assert "expected" in words(lua.interpret("function Run(", "Run", ()))


def test_a_pattern_that_never_ends_is_stopped_and_not_tried_again(lua):
    first = lua.interpret(NEVER_ENDS, "Run", ())
    began = time.monotonic()
    again = lua.interpret(NEVER_ENDS, "Run", ("another argument",))

    assert "stopped" in words(first)
    assert again == first
    assert time.monotonic() - began < 0.1
    assert run(lua, "return 1") == (1,)


def test_nothing_stays_from_one_script_to_the_next(lua):
    run(lua, "leaked = 1 string.upper = nil return 1")

    assert run(lua, "return {leaked == nil, string.upper('a')}") == ([True, "A"],)


def test_pairs_go_by_key(lua):
    body = "local s = '' for k, v in pairs(a) do s = s .. k .. v end return s"

    assert run(lua, body, {"b": 1, "c": 2, "a": 3}) == ("a3b1c2",)


def test_numbers_are_written_as_karmada_writes_them(lua):
    assert run(lua, "return tostring(3) .. tostring(1e15) .. tostring(0.1 + 0.2)") == (
        "310000000000000000.30000000000000004",
    )


def test_scripts_may_jump(lua):
    assert run(lua, "for i = 1, 3 do if i < 3 then goto on end do return i end ::on:: end") == (3,)


def test_the_time_is_told_anew(lua):
    (first,) = run(lua, "return os.time()")

    assert abs(first - time.time()) < 60
    assert run(lua, "return os.date('%Y-%m-%d', 0)") == ("1970-01-01",)


def test_the_same_question_is_asked_once(lua):
    run(lua, "return a", {"x": 1})
    process = lua._process
    process.kill()

    assert run(lua, "return a", {"x": 1}) == ({"x": 1},)
    assert lua._process is process


def test_a_process_that_ended_is_started_anew(lua):
    run(lua, "return 1")
    lua._process.kill()
    lua._process.wait()

    assert run(lua, "return 2") == (2,)


def test_bytes_that_are_no_text_are_replaced(lua):
    assert run(lua, "return string.sub(a, 1, 1)", "ü") == ("\ufffd",)


def test_an_object_that_is_no_json_ends_in_a_problem(lua):
    assert "cannot be given" in words(run(lua, "return a", {("a", "b"): object()}))
