"""The command line as a whole: exit codes and what is said."""

import pytest

from gitopsd.cli import COMMANDS, main, program


def test_wrong_usage_exits_2(capsys):
    assert main(["run", "--interval", "5"]) == 2
    assert capsys.readouterr().err == (
        "gitopsd: --interval: '5' is no duration; right would be 200ms, 30s, 5m or 1h30m\n"
    )
    assert main([]) == 2
    assert main(["no-such-command"]) == 2


def test_the_version_and_help_exit_0(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "gitopsd 0.1.0\n"
    assert main(["run", "--help"]) == 0


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_every_command_says_what_it_does(command):
    assert command.HELP[0].islower()
    assert f" {command.NAME} " in program().format_help() + " "


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command(shell, capsys):
    assert main(["completion", shell]) == 0

    script = capsys.readouterr().out
    assert [command.NAME for command in COMMANDS if command.NAME not in script] == []
