"""A flag wins over its variable, that over the default; what is wrong is named."""

import argparse
from pathlib import Path

import pytest

from gitopsd.cli import flags, settings
from gitopsd.model.errors import UsageError
from gitopsd.model.host import Host
from gitopsd.model.trust import Rewrites, Verify


def filled(*arguments: str, **environ: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    groups = (flags.MEMBERS, flags.KEYS, flags.TURNS, flags.LISTEN, flags.LOGS, flags.REVIEW)
    flags.add(parser, flags.SOURCE, flags.TRUST, *groups)
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


SECRET = ("--git-token-file", "--host-token-file", "--webhook-secret-file", "--age-key-file")


@pytest.mark.parametrize("flag", [*SECRET, "--ssh-key-file"])
@pytest.mark.parametrize(
    "pasted", ["hunter2", "ghp_" + "x7" * 18, "/x7+a", "~x7/a", "x7/" * 200, "x7\n" * 99, "x7\0"]
)
def test_a_secret_that_stands_where_its_file_is_meant_is_not_repeated(flag, pasted):
    with pytest.raises(UsageError, match=f"^{flag}: is no path of a file") as error:
        filled(f"{flag}={pasted}")

    assert pasted[:3] not in str(error.value)


def test_a_file_for_a_secret_is_named_where_its_folder_is_there(tmp_path):
    with pytest.raises(UsageError, match=f"^--git-token-file: there is no file '{tmp_path}/gone'"):
        filled(f"--git-token-file={tmp_path}/gone")


def test_what_may_be_given_several_times_is_a_tuple(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.touch()
    other.touch()

    assert filled().age_key_file == ()
    assert filled(f"--age-key-file={one}", f"--age-key-file={other}").age_key_file == (one, other)
    assert filled(GITOPSD_AGE_KEY_FILE=f"{one}:{other}").age_key_file == (one, other)
    with pytest.raises(UsageError, match=r"^GITOPSD_AGE_KEY_FILE: is no path"):
        filled(GITOPSD_AGE_KEY_FILE=f"{one}:nowhere")


def test_inside_of_a_cluster_its_api_server_is_known_to_a_pod_with_a_token(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "_SERVICE_ACCOUNT", tmp_path)
    pod = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    args = filled("--repo=file:///x")

    without_token = settings.config(args, pod).host
    (tmp_path / "token").touch()
    inside, outside = (settings.config(args, each).host for each in (pod, {}))

    assert inside == Host("https://[fd00::1]:443", tmp_path)
    assert (without_token, outside) == (None, None)


def test_the_config_says_what_the_flags_say(tmp_path):
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("")

    config = settings.config(
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


def test_nothing_must_be_signed_and_history_may_be_rewritten_unless_somebody_says_so():
    config = settings.config(filled("--repo=file:///f"), {})

    assert (config.verify, config.force_push) == (Verify.NOTHING, Rewrites.ALLOW)


def test_the_operator_says_what_must_be_signed_and_by_whom(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("")

    config = settings.config(
        filled(
            "--repo=file:///f",
            f"--allowed-signers={keys}",
            f"--revoked-keys={keys}",
            "--force-push=refuse",
            GITOPSD_VERIFY="tag-and-head",
        ),
        {},
    )

    assert (config.verify, config.force_push) == (Verify.TAG_AND_HEAD, Rewrites.REFUSE)
    assert (config.allowed_signers, config.revoked_keys, config.gpg_keys) == (keys, keys, None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--verify=head",), "^--verify: needs --allowed-signers, --gpg-keys or both"),
        (("--gpg-keys=KEYS",), "^--gpg-keys: says whom to trust, but nothing is verified"),
        (("--revoked-keys=KEYS",), "^--revoked-keys: says whom to trust"),
        (
            ("--verify=head", "--gpg-keys=KEYS", "--revoked-keys=KEYS"),
            "^--revoked-keys: goes with --allowed-signers",
        ),
        (
            ("--worktree=DIR", "--verify=head", "--gpg-keys=KEYS"),
            "^--worktree: a folder has neither signatures nor a history",
        ),
        (("--worktree=DIR", "--force-push=refuse"), "^--worktree: a folder has neither"),
    ],
)
def test_a_demand_that_nothing_can_satisfy_is_wrong_usage(tmp_path, given, words):
    keys = tmp_path / "keys"
    keys.write_text("")
    source = () if any("--worktree" in each for each in given) else ("--repo=file:///f",)
    named = [each.replace("KEYS", str(keys)).replace("DIR", str(tmp_path)) for each in given]

    with pytest.raises(UsageError, match=words):
        settings.config(filled(*source, *named), {})


def test_a_work_tree_is_never_published(tmp_path):
    config = settings.config(filled(f"--worktree={tmp_path}"), {})

    assert (config.repo, config.worktree, config.publish) == ("", tmp_path, False)


def test_two_sources_are_one_too_many(tmp_path):
    with pytest.raises(UsageError, match="give one of the two"):
        settings.config(filled("--repo=file:///x", f"--worktree={tmp_path}"), {})


@pytest.mark.parametrize("name", ["status", "rendered", "status-eu-1", "Upper", "a/b"])
def test_an_instance_must_not_take_the_name_of_a_branch(name):
    with pytest.raises(UsageError, match="--instance"):
        settings.config(filled("--repo=file:///x", f"--instance={name}"), {})


def test_the_usual_places_come_from_the_environment():
    environ = {"KUBECONFIG": "/etc/kube/config", "XDG_CACHE_HOME": "/var/cache"}

    config = settings.config(filled("--repo=file:///x"), environ)

    assert config.kubeconfig == Path("/etc/kube/config")
    assert config.cache == Path("/var/cache/gitopsd")
