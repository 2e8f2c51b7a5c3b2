#!/usr/bin/env python3
"""tests/slow/kill.py DIR KILLS [--database URL --ctl PROGRAM] [--away S] [--full] [--slow LIBRARY]
[--clock] [--seed N]

Persons open cases, add to them, read them and send files, all at once; at random moments the
server is killed (with --ctl every third time the database too, and every tenth it stays away
for a while). After each start: every entry that was acknowledged is there with its digest, a
repeated request (same Idempotency-Key) is answered and not done twice, every file that was
acknowledged has its bytes, entries and summaries agree. At the end the whole chain holds.
--full: DIR is on a small disk, which is filled; --slow: each sync takes 1.2 s (slow_disk.c as a
library); --clock: it goes back by two hours (faketime); --away: the database for S seconds.
Prints one line of JSON; ends with 1 at the first thing that does not hold.
"""
import argparse
import hashlib
import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

PASSWORD = "Begin-Here-{}!"


class Away(Exception):
    pass


class Line:
    """One connection to the server, made anew when it is cut."""

    def __init__(self, port, token=None):
        self.http, self.token = http.client.HTTPConnection("127.0.0.1", port, timeout=90), token

    def ask(self, method, path, body=None, raw=None, key=None, want=(200, 201)):
        headers = {"Accept-Language": "en"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if key:
            headers["Idempotency-Key"] = key
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        try:
            self.http.request(method, "/api/v1" + path, data, headers)
            reply = self.http.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException):
            self.http.close()
            raise Away() from None
        if reply.status >= 500:  # told: the database is away, the disk is full
            raise Away(text.decode())
        if reply.status not in want:
            raise AssertionError(f"{method} {path}: {reply.status} {text.decode()[:300]}")
        return json.loads(text) if reply.headers.get("Content-Type", "").startswith(
            "application/json") else text


SITE = []


class Site:
    def __init__(self, options):
        SITE.append(self)
        self.options, self.server, self.port = options, None, 0
        self.lock = threading.Lock()
        self.entries = {}  # case -> {number: digest}, as acknowledged
        self.requests = []  # (token, path, body, key, reply)
        self.files = {}  # (case, sha256) -> content
        self.stop = threading.Event()
        self.acknowledged = self.unanswered = 0
        self.wrong = None

    def start(self, environment=None):
        command = [self.options.nuwa, "serve", "--data", self.options.folder, "--listen",
                   "127.0.0.1:0", "--json"]
        if self.options.database:
            command += ["--database", self.options.database]
        self.said = pathlib.Path(self.options.folder + ".said")
        with open(self.said, "ab") as said:
            self.server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True,
                                           env=environment)
        ready = json.loads(self.server.stdout.readline() or "{}")
        assert "port" in ready, "the server does not start"
        self.port = ready["port"]
        return ready

    def kill(self):
        assert self.server.poll() is None, f"the server ended by itself: {self.server.returncode}"
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def keep(self, reply):
        with self.lock:
            self.entries.setdefault(reply["case"], {})[reply["number"]] = reply["digest"]
            self.acknowledged += 1

    # ---- what persons do ----

    def work(self, person, seed):
        chance, line = random.Random(seed), Line(self.port, person["token"])
        own, serial = [case for case in person["cases"]], 0
        while not self.stop.is_set():
            serial += 1
            try:
                what = chance.random()
                if not own or what < 0.25:
                    self.open_case(line, person, own, f"{seed}-{serial}", chance)
                elif what < 0.65:
                    self.name_team(line, person, chance.choice(own), f"{seed}-{serial}")
                elif what < 0.8:
                    line.ask("GET", f"/cases/{chance.choice(own)}")
                else:
                    self.send_file(line, chance.choice(own), f"{seed}-{serial}", chance)
            except AssertionError as wrong:
                self.wrong = self.wrong or wrong
                return
            except Away:
                self.unanswered += 1
                if self.stop.wait(0.05):
                    return

    def request(self, line, path, body, key):
        reply = line.ask("POST", path, body, key=key)
        self.keep(reply)
        with self.lock:
            self.requests.append((line.token, path, body, key, reply))
        return reply

    def open_case(self, line, person, own, name, chance):
        body = {"role": person["role"], "form": {
            "type": "custom", "implant": True, "title": f"Case {name}", "device": "bone_implant",
            "site": "pelvis", "side": chance.choice(["left", "right"]), "patient": f"P-{name}",
            "department": "Orthopaedics", "hospital": "First Hospital", "maker": "Printing Maker"}}
        own.append(self.request(line, "/cases", body, f"open-{name}")["case"])
        person["cases"] = own[-50:]

    def name_team(self, line, person, case, name):
        roles = ["surgeon", "physician", "imaging", "designer", "reviewer", "producer", "inspector",
                 "contact", "warehouse", "delegate"]
        body = {"role": person["role"], "form": {"members": [
            {"person": person["id"], "name": name, "role": role} for role in roles]}}
        self.request(line, f"/cases/{case}/acts/team.set", body, f"team-{name}")

    def send_file(self, line, case, name, chance):
        content = chance.randbytes(chance.choice([100, 70_000, 1_000_000]))
        sha256 = hashlib.sha256(content).hexdigest()
        upload = line.ask("POST", f"/cases/{case}/uploads",
                          {"name": f"{name}.bin", "bytes": len(content)})["upload"]
        half = chance.randrange(len(content))
        line.ask("PUT", f"/uploads/{upload}?offset=0", raw=content[:half])
        line.ask("PUT", f"/uploads/{upload}?offset={half}", raw=content[half:])
        line.ask("POST", f"/uploads/{upload}/end", {"sha256": sha256})
        with self.lock:
            self.files[case, sha256] = (content, line.token)
            self.acknowledged += 1

    # ---- what must hold ----

    def look(self, token, chance, cases):
        """Of these cases: every acknowledged entry; chained without a gap; the summary's count."""
        line = Line(self.port, token)
        for case in cases:
            page = line.ask("GET", f"/cases/{case}/entries")
            found = [entry["number"] for entry in page["data"]]
            assert found == list(range(1, len(found) + 1)) and page["number"] == len(found), \
                f"{case}: entries {found}, {page['number']} said"
            view = line.ask("GET", f"/cases/{case}")
            assert (view["number"], view["digest"], view["data"]["entries"]) == \
                (len(found), page["digest"], len(found)), f"{case}: the page is of another state"
            for number, digest in self.entries[case].items():
                assert number <= len(found), f"{case}: acknowledged entry {number} is gone"
                kept = page["data"][number]["before"] if number < len(found) else page["digest"]
                assert kept == digest, f"{case}: entry {number} is another"
        for token, path, body, key, reply in chance.sample(self.requests,
                                                           min(2, len(self.requests))):
            again = Line(self.port, token).ask("POST", path, body, key=key)
            assert again == reply, f"{key}: done twice: {again} {reply}"
        for case, sha256 in chance.sample(sorted(self.files), min(2, len(self.files))):
            content, token = self.files[case, sha256]
            kept = Line(self.port, token).ask("GET", f"/cases/{case}/files/{sha256}")
            assert kept == content, f"{case}: file {sha256} is another"


def hire(site, ready):
    """Three surgeons and an auditor."""
    admin = Line(site.port)
    password = "Keep-It-Safe-9!"
    admin.token = admin.ask("POST", "/login", {"login": "admin", "password": ready["password"]})["token"]
    admin.ask("POST", "/me/password", {"old": ready["password"], "new": password})
    people = []
    for number in range(4):
        role = "audit" if number == 3 else "surgeon"
        login = f"person{number}"
        one_time, fresh = PASSWORD.format(f"Aa{number}1"), PASSWORD.format(f"Bb{number}2")
        admin.ask("POST", "/people", {
            "login": login, "name": login, "password": one_time, "roles": [role], "rank": 5,
            "organisation": "H", "licence_until": "2099-12-31",
            "skills": [{"what": what, "until": "2099-12-31"} for what in ("interaction", "pelvis")]})
        line = Line(site.port)
        line.token = line.ask("POST", "/login", {"login": login, "password": one_time})["token"]
        line.ask("POST", "/me/password", {"old": one_time, "new": fresh})
        people.append({"login": login, "role": role, "token": line.token, "cases": [],
                       "password": fresh, "id": line.ask("GET", "/me")["person"]["id"]})
    return people


def check_chain(site, auditor):
    reply = Line(site.port, auditor["token"]).ask("GET", "/audit/check")
    assert reply["holds"], f"the chain does not hold: {reply}"
    return reply["rows"]


def fill_disk(site, people, folder):
    """No room on the disk: told, nothing half done, and all goes on when there is room again."""
    person, line = people[0], Line(site.port, people[0]["token"])
    own = []
    site.open_case(line, person, own, "before", random.Random(1))
    filler, told = pathlib.Path(folder) / "filler", ""
    for step in (1 << 20, 1 << 12, 1):  # to the last byte
        try:
            with open(filler, "ab", buffering=0) as out:
                while True:
                    out.write(bytes(step))
        except OSError:
            pass
    for turn in range(60):  # what the log still has room for may go through
        try:
            site.open_case(line, person, own, f"full-{turn}", random.Random(2))
            site.send_file(line, own[0], f"full-{turn}", random.Random(turn))
        except Away as refusal:
            told = str(refusal)
    assert "disk" in told or "space" in told, f"a full disk is not told: {told!r}"
    assert site.server.poll() is None, "the server did not survive a full disk"
    filler.unlink()
    site.open_case(line, person, own, "after", random.Random(3))
    site.send_file(line, own[0], "after", random.Random(4))
    site.look(person["token"], random.Random(5), own)


def slow_down(site, people, library):
    """Every sync takes 1.2 s: all wait, nobody is refused, and the log and /health say why."""
    site.kill()
    site.start(dict(os.environ, LD_PRELOAD=library))
    before = site.acknowledged
    work_for(site, people[:3], 12)
    assert site.unanswered == 0, f"{site.unanswered} requests failed on a slow disk"
    assert site.acknowledged > before, "nothing is kept on a slow disk"
    slow_s = Line(site.port).ask("GET", "/health").get("slow_s", 0)
    assert 1.2 <= slow_s < 60, f"a slow disk is not told: slow_s is {slow_s}"
    told = site.said.read_text()
    assert told.count("磁盘慢") + told.count("disk is slow") == 1, f"the log does not tell of a slow disk once: {told!r}"
    site.kill()
    site.start()
    assert "slow_s" not in Line(site.port).ask("GET", "/health")
    for person in people[:3]:
        site.look(person["token"], random.Random(6), person["cases"])


def work_for(site, people, seconds):
    site.stop.clear()
    threads = [threading.Thread(target=site.work, args=(people[i % len(people)], f"for-{i}"))
               for i in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    site.stop.set()
    for thread in threads:
        thread.join()
    if site.wrong:
        raise site.wrong


def send_away(site, people, seconds):
    """No database for a while: everybody is told soon, and all goes on when it is back."""
    person, own, refused, longest = people[0], [], 0, 0
    site.open_case(Line(site.port, person["token"]), person, own, "before", random.Random(1))
    subprocess.run([site.options.ctl, "kill"], check=True)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            site.open_case(Line(site.port, person["token"]), person, own, f"away-{refused}",
                           random.Random(2))
            raise AssertionError("a case is opened without a database")
        except Away as refusal:
            assert "database" in str(refusal), f"a database that is away is not told: {refusal}"
            refused += 1
        longest = max(longest, time.monotonic() - began)
    assert longest < 10, f"a request waits {longest:.1f} s for a database that is away"
    subprocess.run([site.options.ctl, "start"], check=True)
    until = time.monotonic() + 20
    while True:
        try:
            site.open_case(Line(site.port, person["token"]), person, own, "back", random.Random(3))
            break
        except Away as refusal:
            assert time.monotonic() < until, f"nothing goes on when the database is back: {refusal}"
            time.sleep(0.2)
    site.look(person["token"], random.Random(5), own)


def put_clock_back(site, people):
    """The machine's clock two hours back: no row before the last one, and it is on record."""
    person, own = people[0], []
    site.open_case(Line(site.port, person["token"]), person, own, "before", random.Random(1))
    site.kill()
    shown = subprocess.run(["faketime", "-f", "-2h", "env"], capture_output=True, text=True,
                           check=True).stdout  # the program itself stays between us and the server
    site.start(dict(line.split("=", 1) for line in shown.splitlines() if "=" in line))
    line = Line(site.port, person["token"])
    site.open_case(line, person, own, "after", random.Random(2))
    site.name_team(line, person, own[0], "after")
    site.look(person["token"], random.Random(3), own)
    rows = Line(site.port, people[3]["token"]).ask("GET", "/audit?act=clock.back")["rows"]
    assert len(rows) == 1 and 7100 < rows[0]["body"]["back_s"] < 7300, f"clock.back: {rows}"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("kills", type=int)
    options.add_argument("--database")
    options.add_argument("--ctl")
    options.add_argument("--away", type=float)
    options.add_argument("--full", action="store_true")
    options.add_argument("--slow")
    options.add_argument("--clock", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--nuwa", default=os.environ.get("NUWA"))
    options = options.parse_args()
    site, chance = Site(options), random.Random(options.seed)
    people = hire(site, site.start())
    surgeons, auditor = people[:3], people[3]
    away = 0
    if options.full:
        fill_disk(site, people, options.folder)
    if options.slow:
        slow_down(site, people, options.slow)
    if options.away:
        send_away(site, people, options.away)
    if options.clock:
        put_clock_back(site, people)
    for kill in range(options.kills):
        site.stop.clear()
        threads = [threading.Thread(target=site.work, args=(surgeons[i % 3], f"{kill}-{i}"))
                   for i in range(6)]
        before = site.acknowledged
        for thread in threads:
            thread.start()
        most, until = before + chance.randrange(1, 40), time.monotonic() + 3
        while site.acknowledged < most and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.05))
        if options.ctl and kill % 10 == 3:  # away for a while, and back under the same server
            subprocess.run([options.ctl, "kill"], check=True)
            time.sleep(chance.uniform(0.5, 8))
            subprocess.run([options.ctl, "start"], check=True)
            away += 1
            back, until = site.acknowledged, time.monotonic() + 20
            while site.acknowledged == back and time.monotonic() < until:
                time.sleep(0.02)
            assert site.acknowledged > back, "nothing is answered after the database came back"
        both = options.ctl and kill % 3 == 2
        if both:
            subprocess.run([options.ctl, "kill"], check=True)
        site.kill()
        site.stop.set()
        for thread in threads:
            thread.join()
        if site.wrong:
            raise site.wrong
        if both:
            subprocess.run([options.ctl, "start"], check=True)
        site.start()
        for person in surgeons:
            mine = [case for case in person["cases"] if case in site.entries]
            site.look(person["token"], chance, chance.sample(mine, min(6, len(mine))))
    for person in surgeons:
        site.look(person["token"], chance, [case for case in person["cases"]])
    rows = check_chain(site, auditor)
    site.server.send_signal(signal.SIGTERM)
    assert site.server.wait(60) == 0, "the server does not end in good order"
    print(json.dumps({"kills": options.kills, "away": away, "acknowledged": site.acknowledged,
                      "unanswered": site.unanswered, "cases": len(site.entries),
                      "files": len(site.files), "rows": rows}))


try:
    main()
except AssertionError as wrong:
    print(f"kill.py: {wrong}", file=sys.stderr)
    if SITE and SITE[0].server:
        SITE[0].server.kill()
    os._exit(1)
