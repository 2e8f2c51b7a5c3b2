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


class Described:
    """What the program's own description says of each reply, held against what came."""

    def __init__(self):
        self.document, self.faults, self.held = None, [], 0

    def schema_of(self, method, path):
        parts = path.split("?")[0].strip("/").split("/")
        for where, operations in self.document["paths"].items():
            named = where.removeprefix("/api/v1/").split("/")
            if method.lower() in operations and len(named) == len(parts) and all(
                    one.startswith("{") or one == part for one, part in zip(named, parts)):
                for status, reply in operations[method.lower()]["responses"].items():
                    if status != "default" and "content" in reply:
                        return reply["content"]["application/json"]["schema"]
        return None

    def without_shape(self):
        return {f"{verb.upper()} {where.removeprefix('/api/v1')}"
                for where, operations in self.document["paths"].items()
                for verb, one in operations.items()
                if not any("content" in reply for status, reply in one["responses"].items()
                           if status != "default")}

    def look(self, method, path, reply):
        if "json" not in (reply.headers.get("Content-Type") or ""):
            return
        if self.document is None:
            self.document = json.loads(subprocess.run([NUWA, "serve", "--openapi"], check=True,
                                                      stdout=subprocess.PIPE).stdout)
        schema = self.schema_of(method, path) if reply.status < 400 else {
            "$ref": "#/components/schemas/Error"}
        if schema is not None:
            self.held += 1
            self.faults += [f"{method} {path}: {fault}" for fault in self.wrong(schema, reply.json)]

    def wrong(self, schema, value, at="it"):
        """What of a value is not as its schema says: types, missing members, unknown ones."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/components/schemas/")
            return self.wrong(self.document["components"]["schemas"][name], value, at)
        if "anyOf" in schema:
            each = [self.wrong(one, value, at) for one in schema["anyOf"]]
            return [] if [] in each else min(each, key=len)
        if "const" in schema:
            return [] if value == schema["const"] else [f"{at} is not {schema['const']}"]
        kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool,
                 "null": type(None), "array": list, "object": dict}
        kind = schema.get("type")
        if kind and (not isinstance(value, kinds[kind]) or
                     (isinstance(value, bool) and kind != "boolean")):
            return [f"{at} is no {kind}"]
        if kind == "array":
            return [fault for number, one in enumerate(value)
                    for fault in self.wrong(schema["items"], one, f"{at}[{number}]")]
        if kind != "object":
            return []
        faults = [f"{at} has no {name}" for name in schema["required"] if name not in value]
        for name, one in value.items():
            more = schema["properties"].get(name, schema["additionalProperties"])
            faults += [f"{at} has {name}, which is not described"] if more is False else self.wrong(
                more, one, f"{at}.{name}")
        return faults


described = Described()


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
            reply = Reply(line.getresponse())
            described.look(method, path, reply)
            return reply
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
    is_(f"{described.held} replies are as the API's description says", described.faults[:20], [])
    sys.exit(failed > 0)
