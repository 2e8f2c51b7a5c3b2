"""A server and its people, for tests that speak to it as a browser would."""
import hashlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

NUWA, SOURCE = os.environ["NUWA"], pathlib.Path(os.environ["NUWA_SOURCE"])
PASSWORD = "Keep-It-Safe-9!"
count = failed = 0


def ok(name, good, why=""):
    global count, failed
    count += 1
    failed += not good
    print(("ok " if good else "not ok ") + f"{count} - {name}", flush=True)
    if not good:
        print("# " + str(why)[:2000].replace("\n", "\n# "), flush=True)
    return good


def is_(name, got, expected):
    return ok(name, got == expected, f"got {got!r}, expected {expected!r}")


def until(what, seconds=300):
    """Asks again until it is so: what goes on elsewhere, on a machine that may be busy."""
    end_at = time.monotonic() + seconds
    while not (got := what()) and time.monotonic() < end_at:
        time.sleep(0.05)
    return got


class Reply:
    def __init__(self, reply):
        self.status, self.headers, self.bytes = reply.status, reply.headers, reply.read()

    @property
    def json(self):
        return json.loads(self.bytes)

    @property
    def code(self):
        try:
            return self.json["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None


class Site:
    def __init__(self, folder, *options):
        self.folder = folder
        self.server = subprocess.Popen(
            [NUWA, "serve", "--data", folder, "--listen", "127.0.0.1:0", "--json", *options],
            stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.server.stdout.readline())
        self.port, self.password = ready["port"], ready.get("password")

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        return self.server.wait(300)


class Person:
    def __init__(self, site, login):
        self.site, self.login, self.token = site, login, None

    def ask(self, method, path, body=None, raw=None, headers=None, timeout=300):
        line = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=timeout)
        head = {"Accept-Language": "en"}
        if self.token:
            head["Authorization"] = "Bearer " + self.token
        head.update(headers or {})
        data = raw if raw is not None else None if body is None else json.dumps(body)
        try:
            try:
                line.request(method, "/api/v1" + path, data, head)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all was sent
            return Reply(line.getresponse())
        finally:
            line.close()

    def enter(self, password, fresh=PASSWORD):
        self.token = self.ask("POST", "/login", {"login": self.login, "password": password}).json[
            "token"]
        if fresh:
            assert self.ask("POST", "/me/password", {"old": password, "new": fresh}).status == 200
        self.id = self.ask("GET", "/me").json["person"]["id"]
        return self

    def upload(self, case, name, content):
        begun = self.ask("POST", f"/cases/{case}/uploads", {"name": name, "bytes": len(content)})
        upload = begun.json["upload"]
        self.ask("PUT", f"/uploads/{upload}?offset=0", raw=content)
        end = self.ask("POST", f"/uploads/{upload}/end",
                       {"sha256": hashlib.sha256(content).hexdigest()})
        return end.json["sha256"]


def people(site, *logins):
    """The first administrator, and these of examples/case/people.json."""
    cast = json.loads((SOURCE / "examples/case/people.json").read_text(encoding="utf-8"))
    for login, role in (("wei", "administrator"), ("shen", "audit")):  # have no part in a case
        cast[login] = {"name": login.capitalize(), "role": role, "rank": 1, "organisation": "M"}
    admin = Person(site, "admin").enter(site.password)
    out = [admin]
    for login in logins:
        record = cast[login]
        one_time = "Begin-Here-1!" + login[::-1].upper() + "q"
        made = admin.ask("POST", "/people", {
            **{key: value for key, value in record.items() if key not in ("id", "role")},
            "login": login, "password": one_time, "roles": [record["role"]]})
        assert made.status == 201, made.bytes
        out.append(Person(site, login).enter(one_time, PASSWORD))
    return out


def opening():
    steps = json.loads((SOURCE / "examples/case/implant.json").read_text(encoding="utf-8"))
    return {"form": steps["steps"][0]["form"]}


def end():
    sys.exit(failed > 0)
