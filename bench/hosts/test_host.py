"""The facts of a host as somebody who knows pytest-testinfra would ask for them: FACTS names a JSON file with what to look at."""

import json
import os

import pytest

FACTS = json.load(open(os.environ["FACTS"]))


def test_processors_and_memory(host):
    assert int(host.check_output("nproc")) > 0
    assert "MemTotal" in host.file("/proc/meminfo").content_string


def test_system(host):
    assert host.system_info.type == "linux"
    assert host.system_info.distribution
    assert host.system_info.release
    assert host.check_output("uname -r")
    assert not host.file("/run/reboot-required").exists
    assert host.file("/etc/localtime").exists
    assert host.sysctl("vm.swappiness") >= 0
    assert host.file("/proc/swaps").content_string
    assert host.run("timedatectl show -p NTPSynchronized").rc >= 0


@pytest.mark.parametrize("path", FACTS["dataPaths"])
def test_disk(host, path):
    assert host.check_output("df -P -k %s", path)
    assert host.check_output("df -P -i %s", path)


def test_engine(host):
    assert host.run("docker version").rc >= 0
    assert host.run("docker compose version").rc >= 0
    assert host.run("docker info").rc >= 0
    assert host.run("systemctl is-active docker").rc >= 0
    assert host.run("systemctl is-enabled docker").rc >= 0
    assert host.file("/etc/docker/daemon.json").exists in (True, False)


def test_limits(host):
    assert "Max open files" in host.file("/proc/self/limits").content_string
    assert host.file("/etc/security/limits.conf").exists in (True, False)


@pytest.mark.parametrize("tool", FACTS["tools"])
def test_tool(host, tool):
    assert host.exists(tool) in (True, False)


def test_docker_group(host):
    assert host.group("docker").exists in (True, False)


@pytest.mark.parametrize("path", FACTS["directories"])
def test_directory(host, path):
    directory = host.file(path)
    assert directory.is_directory
    assert directory.user
    assert directory.group
    assert directory.mode is not None


@pytest.mark.parametrize("path", FACTS["trees"])
def test_nothing_is_writable_by_everybody(host, path):
    assert host.run("find %s -xdev ! -type l -perm -0002", path).rc == 0


@pytest.mark.parametrize("path", FACTS["texts"])
def test_configuration(host, path):
    file = host.file(path)
    assert file.is_file
    assert file.mode is not None
    assert file.content_string


@pytest.mark.parametrize("path", FACTS["secrets"] + FACTS["keys"])
def test_secret(host, path):
    secret = host.file(path)
    assert secret.is_file
    assert secret.user
    assert secret.mode is not None
    assert secret.size > 0
    assert secret.mtime


@pytest.mark.parametrize("path", FACTS["secrets"])
def test_secret_is_in_no_process(host, path):
    assert host.run("grep -qaFf %s /proc/[0-9]*/cmdline", path).rc >= 0


@pytest.mark.parametrize("path", FACTS["certificates"])
def test_certificate(host, path):
    assert host.file(path).is_file
    assert host.run("openssl x509 -in %s -noout -subject -enddate -pubkey", path).rc >= 0


@pytest.mark.parametrize("path", FACTS["keys"])
def test_key(host, path):
    assert host.run("openssl pkey -in %s -pubout", path).rc >= 0


@pytest.mark.parametrize("port", FACTS["ports"])
def test_port(host, port):
    assert host.socket("tcp://%s" % port).is_listening in (True, False)


def test_packet_filter(host):
    assert host.run("nft list ruleset || iptables -S").rc >= 0


def test_backups(host):
    backups = host.file(FACTS["backups"])
    assert backups.is_directory
    assert host.check_output("ls -lt %s", FACTS["backups"])
    assert host.check_output("df -P -k %s", FACTS["backups"])
