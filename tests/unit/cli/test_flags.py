"""A flag wins over its variable, that over the default; what is wrong is named."""

import argparse
from pathlib import Path

import pytest

from gitopsd.cli import flags
from gitopsd.model.errors import UsageError


def filled(*arguments: str, **environ: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    flags.add(
        parser, flags.SOURCE, flags.MEMBERS, flags.KEYS, flags.TURNS, flags.LISTEN, flags.LOGS
    )
    args = parser.parse_args(arguments)
    flags.fill(args, environ)
    return args


def test_a_flag_wins_over_its_variable_and_that_over_the_default():
    assert filled().interval == 60
    assert filled(GITOPSD_INTERVAL="5m").interval == 300
    assert filled("--interval", "200ms", GITOPSD_INTERVAL="5m").interval == pytest.approx(0.2)


def test_a_switch_is_on_in_words():
    assert filled(GITOPSD_NO_PUBLISH="yes").no_publish
    assert not filled(GITOPSD_NO_PUBLISH="false").no_publish
    with pytest.raises(UsageError, match="GITOPSD_NO_PUBLISH: 'maybe' is neither true nor false"):
        filled(GITOPSD_NO_PUBLISH="maybe")


def test_what_is_wrong_names_the_flag_or_the_variable():
    with pytest.raises(UsageError, match=r"^--interval: '5' is no duration"):
        filled("--interval", "5")
    with pytest.raises(UsageError, match=r"^GITOPSD_LISTEN: 'here' is no address"):
        filled(GITOPSD_LISTEN="here")
    with pytest.raises(UsageError, match=r"^GITOPSD_LOG_LEVEL: 'loud' is none of debug"):
        filled(GITOPSD_LOG_LEVEL="loud")


def test_a_file_that_is_not_there_is_wrong_usage():
    with pytest.raises(UsageError, match=r"^--kubeconfig: there is no file 'nowhere'"):
        filled("--kubeconfig", "nowhere")


def test_what_may_be_given_several_times_is_a_tuple(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.touch()
    other.touch()

    assert filled().age_key_file == ()
    assert filled(f"--age-key-file={one}", f"--age-key-file={other}").age_key_file == (one, other)
    assert filled(GITOPSD_AGE_KEY_FILE=f"{one}:{other}").age_key_file == (one, other)
    with pytest.raises(UsageError, match=r"^GITOPSD_AGE_KEY_FILE: there is no file 'nowhere'"):
        filled(GITOPSD_AGE_KEY_FILE=f"{one}:nowhere")


def test_the_config_says_what_the_flags_say(tmp_path):
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("")

    config = flags.config(
        filled(
            "--repo=file:///srv/fleet.git",
            f"--kubeconfig={kubeconfig}",
            "--instance=blue",
            "--interval=1s",
            "--publish-interval=0",
            "--listen=off",
        ),
        {},
    )

    assert (config.repo, config.instance, config.listen) == (
        "file:///srv/fleet.git",
        "blue",
        "off",
    )
    assert (config.interval_s, config.publish_interval_s) == (1.0, 0.0)
    assert config.kubeconfig == kubeconfig
    assert config.status_branch == "gitopsd/blue/status"


def test_a_work_tree_is_never_published(tmp_path):
    config = flags.config(filled(f"--worktree={tmp_path}"), {})

    assert (config.repo, config.worktree, config.publish) == ("", tmp_path, False)


def test_two_sources_are_one_too_many(tmp_path):
    with pytest.raises(UsageError, match="give one of the two"):
        flags.config(filled("--repo=file:///x", f"--worktree={tmp_path}"), {})


@pytest.mark.parametrize("name", ["status", "rendered", "status-eu-1", "Upper", "a/b"])
def test_an_instance_must_not_take_the_name_of_a_branch(name):
    with pytest.raises(UsageError, match="--instance"):
        flags.config(filled("--repo=file:///x", f"--instance={name}"), {})


def test_the_usual_places_come_from_the_environment():
    environ = {"KUBECONFIG": "/etc/kube/config", "XDG_CACHE_HOME": "/var/cache"}

    config = flags.config(filled("--repo=file:///x"), environ)

    assert config.kubeconfig == Path("/etc/kube/config")
    assert config.cache == Path("/var/cache/gitopsd")
