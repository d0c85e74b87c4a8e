"""What a competent user of pytest-testinfra would write for a host of this product."""

import json
import os

import pytest

ROOT = os.environ["ROOT"]
APP = f"{ROOT}/opt/omninode_bridge"
CERTIFICATES = ["hook-receiver.crt", "model-metrics.crt", "workflow-coordinator.crt", "ca-cert.pem"]
KEYS = ["hook-receiver.key", "model-metrics.key", "workflow-coordinator.key"]
SECRETS = ["postgres_password", "redis_password", "api_key", "grafana_admin_password", "grafana_secret_key"]


@pytest.fixture(scope="module")
def api_key(host):
    return host.file(f"{APP}/secrets/api_key").content_string.strip()


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificate_lives_three_more_weeks(host, name):
    path = f"{ROOT}/etc/ssl/certs/omninode/{name}"
    assert host.file(path).is_file
    assert host.run("openssl x509 -in %s -noout -checkend 1814400", path).rc == 0


@pytest.mark.parametrize("name", KEYS)
def test_key_is_private(host, name):
    key = host.file(f"{ROOT}/etc/ssl/private/omninode/{name}")
    assert key.is_file and key.mode == 0o600


@pytest.mark.parametrize("service", ["hook-receiver", "model-metrics", "workflow-coordinator"])
def test_key_belongs_to_certificate(host, service):
    certificate = host.check_output("openssl x509 -in %s -noout -pubkey", f"{ROOT}/etc/ssl/certs/omninode/{service}.crt")
    key = host.check_output("openssl pkey -in %s -pubout", f"{ROOT}/etc/ssl/private/omninode/{service}.key")
    assert certificate == key


@pytest.mark.parametrize("name", SECRETS)
def test_secret_is_private_and_not_empty(host, name):
    secret = host.file(f"{APP}/secrets/{name}")
    assert secret.is_file and secret.mode == 0o600 and secret.size > 8


@pytest.mark.parametrize("directory,mode", [("secrets", 0o700), ("backups", 0o700)])
def test_directory_is_private(host, directory, mode):
    assert host.file(f"{APP}/{directory}").is_directory
    assert host.file(f"{APP}/{directory}").mode == mode


def test_environment_file(host):
    env = host.file(f"{APP}/.env.production")
    assert env.mode == 0o640
    text = env.content_string
    assert "ENVIRONMENT=production" in text
    assert "KAFKA_AUTO_CREATE_TOPICS=false" in text


def test_images_are_pinned(host):
    compose = host.file(f"{APP}/docker-compose.prod.yml").content_string
    assert ":latest" not in compose and "@sha256:" in compose


def test_docker_rotates_logs(host):
    daemon = json.loads(host.file(f"{ROOT}/etc/docker/daemon.json").content_string)
    assert daemon["log-opts"]["max-size"] and daemon["log-opts"]["max-file"]


def test_docker_runs(host):
    assert host.run("systemctl is-active docker").rc == 0
    assert host.run("docker --version").rc == 0


def test_machine_is_large_enough(host):
    assert int(host.check_output("nproc")) >= 8


def test_disk_is_not_full(host):
    used = host.check_output("df -P / | tail -n 1").split()[4]
    assert int(used.rstrip("%")) < 90


def test_a_recent_backup_is_there(host):
    assert host.check_output("find %s -mindepth 1 -maxdepth 1 -newermt '-26 hours'", f"{APP}/backups") != ""


def test_newest_backup_has_its_checksums(host):
    newest = host.check_output("ls -1 %s | sort | tail -n 1", f"{APP}/backups")
    directory = f"{APP}/backups/{newest}"
    manifest = json.loads(host.file(f"{directory}/manifest.json").content_string)
    assert manifest["files"]
    for entry in manifest["files"]:
        assert host.file(f"{directory}/{entry['path']}").sha256sum == entry["sha256"]


@pytest.mark.parametrize("name", os.environ["PUBLIC_NAMES"].split())
def test_name_resolves(host, name):
    looked = host.run("nslookup -port=%s %s %s", os.environ["DNS_PORT"], name, os.environ["DNS_ADDRESS"])
    assert looked.rc == 0 and "127.0.0.1" in looked.stdout


@pytest.mark.parametrize("variable", ["HOOKS_URL", "WORKFLOWS_URL"])
def test_public_health(host, variable):
    answer = json.loads(host.check_output("curl -sf -m 10 %s/health", os.environ[variable]))
    assert answer["status"] == "healthy"


def test_models_health_and_list(host, api_key):
    url = os.environ["METRICS_URL"]
    health = host.check_output("curl -sf -m 10 -H %s %s/lab/health", f"Authorization: Bearer {api_key}", url)
    assert json.loads(health)["status"] == "healthy"
    models = json.loads(host.check_output("curl -sf -m 10 -H %s %s/models/available", f"Authorization: Bearer {api_key}", url))
    assert models["total_models"] > 0 and len(models["models"]) == models["total_models"]
    assert host.check_output("curl -s -m 10 -o /dev/null -w %%{http_code} %s/models/available", url) == "401"


def test_hook_is_accepted(host, api_key):
    body = '{"source":"testinfra","action":"validate","resource":"deployment","resource_id":"testinfra-1","data":{}}'
    answer = host.check_output(
        "curl -sf -m 10 -X POST -H %s -H 'Content-Type: application/json' -d %s %s/hooks",
        f"Authorization: Bearer {api_key}", body, os.environ["HOOKS_URL"],
    )
    assert json.loads(answer)["success"] is True


def test_database_answers(host):
    assert host.addr(os.environ["POSTGRES_ADDRESS"]).port(int(os.environ["POSTGRES_PORT"])).is_reachable


@pytest.mark.parametrize("name", os.environ.get("CONTAINERS", "").split())
def test_container_runs_and_is_not_restarted(host, name):
    state = json.loads(host.check_output("docker inspect %s", name))[0]
    assert state["State"]["Status"] == "running" and state["RestartCount"] == 0
    assert state["State"].get("Health", {"Status": "healthy"})["Status"] == "healthy"
    assert not state["HostConfig"]["Privileged"]


@pytest.mark.parametrize("variable", ["REDIS_ADDRESS", "KAFKA_ADDRESS"])
def test_store_answers(host, variable):
    if variable not in os.environ:
        pytest.skip("this target has none")
    address, port = os.environ[variable].split(":")
    assert host.addr(address).port(int(port)).is_reachable


@pytest.mark.parametrize("variable", ["PROMETHEUS_URL", "ALERTMANAGER_URL"])
def test_monitoring_is_ready(host, variable):
    if variable not in os.environ:
        pytest.skip("this target has none")
    assert host.run("curl -sf -m 10 %s/-/ready", os.environ[variable]).rc == 0


def test_every_target_is_up(host):
    if "PROMETHEUS_URL" not in os.environ:
        pytest.skip("this target has none")
    answer = host.check_output("curl -sf -m 10 %s/api/v1/query?query=up==0", os.environ["PROMETHEUS_URL"])
    assert json.loads(answer)["data"]["result"] == []


def test_no_secret_in_the_deployment_log(host, api_key):
    assert api_key not in host.file(f"{APP}/logs/deployment.log").content_string
