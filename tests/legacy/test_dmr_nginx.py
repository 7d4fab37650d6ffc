"""The list of participants as the first DMR of Bürokratt, which is nginx, uses it: an `upstream` block for each."""

import re
import shutil
import subprocess

import pytest

from centops_local import steps

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@pytest.mark.skipif(not NGINX, reason="nginx is not installed (Debian: apt install nginx-light)")
def test_nginx_takes_an_upstream_block_for_each_participant(stack, online, tmp_path):
    listed = steps.expect(stack.device("dmr-of-participants", "dmr").get("/participants", type="Chatbot"), 200).json()
    assert "opening-hours" in {participant["name"] for participant in listed}
    # nginx looks names of hosts up, and those of other tests do not exist.
    hosts = {each["name"]: re.sub(r"^[\w.-]+\.example\.ee:", "127.0.0.1:", each["host"]) for each in listed}
    blocks = [f"upstream {name} {{ server {host}; }}" for name, host in hosts.items()]
    configuration = tmp_path / "nginx.conf"
    lines = [f"pid {tmp_path}/nginx.pid;", f"error_log {tmp_path}/error.log;", "events {}", "http {", *blocks, "}"]
    configuration.write_text("\n".join(lines))
    checked = subprocess.run([NGINX, "-t", "-c", configuration, "-p", tmp_path], capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stderr
