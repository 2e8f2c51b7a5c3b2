#!/usr/bin/env python3
"""tests/cmd/jobs.py FOLDER: scan.zip in it goes through jobs of a server. See jobs.t."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

from hospital import NUWA, Person, Site, end, is_, ok, opening, people, until

top = pathlib.Path(sys.argv[1])
data = str(top / "site")
scan = (top / "scan.zip").read_bytes()


def wait(who, job, states, seconds=600):
    latest = time.time() + seconds
    while time.time() < latest:
        reply = who.ask("GET", f"/jobs/{job}").json
        if reply["state"] in states:
            return reply
        time.sleep(0.2)
    return reply


def children(pid):
    return [int(word) for word in subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()]


def worker(*options):
    return subprocess.Popen([NUWA, "work", "--data", data, "--lease", "5", *options],
                            stdout=subprocess.DEVNULL)


def wait_child(process, seconds=300):
    latest = time.time() + seconds
    while time.time() < latest and not children(process.pid):
        time.sleep(0.02)
    return children(process.pid)


site = Site(data, "--jobs", "1", "--lease", "5")
admin, zhao, stranger = people(site, "zhao", "chen")
case = zhao.ask("POST", "/cases", opening()).json["case"]
sha = zhao.upload(case, "scan.zip", scan)
large = zhao.upload(case, "large.zip", (top / "large.zip").read_bytes())
bad = zhao.upload(case, "bad.zip", scan[:1000])
request = {"command": "reconstruct", "inputs": {"scan.zip": sha},
           "arguments": ["scan.zip", "-o", "bone.3mf"], "outputs": ["bone.3mf"]}

# A scan becomes a model, and a file of the case.
heard = []
listening = threading.Event()


def listen():
    import http.client
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=600)
    line.request("GET", f"/api/v1/cases/{case}/events", headers={
        "Authorization": "Bearer " + zhao.token})
    reply = line.getresponse()
    listening.set()
    try:
        while True:
            text = reply.readline()
            if not text:
                break
            heard.append(text.decode())
    except OSError:
        pass


listener = threading.Thread(target=listen, daemon=True)
listener.start()
ok("somebody listens", listening.wait(300))
made = zhao.ask("POST", f"/cases/{case}/jobs", request, headers={"Idempotency-Key": "job-0001"})
is_("a job is taken", made.status, 201)
job = made.json["id"]
again = zhao.ask("POST", f"/cases/{case}/jobs", request, headers={"Idempotency-Key": "job-0001"})
is_("and not twice", again.json["id"], job)
done = wait(zhao, job, ("done", "failed"))
is_("a scan is reconstructed", done["state"], "done")
ok("with its whole progress", done["progress"] == 1 and done["tries"] == 1, done)
ok("and the name of the step it was at", done["result"]["stage"] != "", done)
files = {one["name"]: one for one in zhao.ask("GET", f"/cases/{case}/files").json["files"]}
ok("the model and its step are files of the case",
   {"bone.3mf", "bone.3mf.step.json"} <= files.keys(), (files, done))
model = zhao.ask("GET", f"/cases/{case}/files/{files['bone.3mf']['sha256']}").bytes
ok("which is a model", model[:2] == b"PK" and len(model) == files["bone.3mf"]["bytes"])
step = zhao.ask("GET", f"/cases/{case}/files/{files['bone.3mf.step.json']['sha256']}").json
ok("whose step names both digests", sha in str(step) and files["bone.3mf"]["sha256"] in str(step),
   step)
ok("nothing stays in the folder", until(lambda: not os.listdir(data + "/jobs")),
   os.listdir(data + "/jobs"))
ok("who listens hears of it",
   until(lambda: any(line.startswith("event: job") for line in heard)), heard[-6:])
is_("who does not see the case sees no job", stranger.ask("GET", f"/jobs/{job}").status, 404)
is_("nor cancels it", stranger.ask("DELETE", f"/jobs/{job}").status, 404)
is_("what has ended is not cancelled", zhao.ask("DELETE", f"/jobs/{job}").status, 409)

# What is wrong is told in words.
failed = wait(zhao, zhao.ask("POST", f"/cases/{case}/jobs", {
    **request, "inputs": {"scan.zip": bad}}).json["id"], ("done", "failed"))
is_("a bad file fails", failed["state"], "failed")
ok("in words, once", failed["tries"] == 1 and any("nuwa reconstruct" in line
                                                  for line in failed["result"]["messages"]), failed)
said = {}
for lang in ("zh", "en"):
    end_of = wait(zhao, zhao.ask("POST", f"/cases/{case}/jobs", {
        **request, "inputs": {"scan.zip": bad}, "lang": lang}).json["id"], ("done", "failed"))
    said[lang] = end_of["result"]["messages"][-1]
ok("in the language that was asked for", said["en"].isascii() and not said["zh"].isascii(), said)
for name, change in {
        "a language that is none": {"lang": "fr"},
        "a command that is no work": {"command": "serve"},
        "a shell": {"command": "sh"},
        "no command": {"command": 7},
        "an argument outside": {"arguments": ["/etc/passwd"]},
        "an argument above": {"arguments": [".."]},
        "an option outside": {"arguments": ["scan.zip", "-o=../x"]},
        "an option of the worker's": {"arguments": ["--record", "x"]},
        "an argument that is no text": {"arguments": [1]},
        "arguments that are no list": {"arguments": "scan.zip"},
        "a file that the case has not": {"inputs": {"scan.zip": "0" * 64}},
        "a digest that is none": {"inputs": {"scan.zip": "x"}},
        "a name above": {"inputs": {"../scan.zip": sha}},
        "an output above": {"outputs": ["../bone.3mf"]},
        "an output that is an input": {"outputs": ["scan.zip"]},
        "an output twice": {"outputs": ["a", "a"]},
        "an unknown member": {"shell": "rm"}}.items():
    reply = zhao.ask("POST", f"/cases/{case}/jobs", {**request, **change})
    ok(name + " is refused", reply.status in (400, 422) and reply.code == "data", reply.bytes)
is_("and made nothing", len(zhao.ask("GET", f"/cases/{case}/jobs").json["jobs"]), 4)
short = wait(zhao, zhao.ask("POST", f"/cases/{case}/jobs", {
    **request, "outputs": ["other.3mf"]}).json["id"], ("done", "failed"))
is_("an output that does not come fails", short["state"], "failed")

# What forms are drawn from, in the program's own words.
schema = zhao.ask("GET", "/design/schema").json
kinds = {one["properties"]["kind"]["const"]: one
         for one in schema["properties"]["parts"]["additionalProperties"]["oneOf"]}
own = json.loads(subprocess.run([NUWA, "design", "--schema"], capture_output=True).stdout)
ok("the schema of designs is the program's", schema == own and len(kinds) > 30, sorted(kinds))
radius = kinds["sphere"]["properties"]["radius_mm"]
ok("with what forms need", radius["x-what"] == "length" and radius["x-zh"] == "半径"
   and kinds["sphere"]["x-zh"] == "球", radius)
is_("and what is taken when nothing is chosen",
    kinds["text"]["properties"]["way"]["default"], "raised")
handle = kinds["guide"]["properties"]["drills"]["items"]["properties"]["entry_mm"]["x-handle"]
is_("and what a person may take hold of", handle, {"as": "place", "on": "bone"})
schema = zhao.ask("GET", "/plan/schema").json
own = json.loads(subprocess.run([NUWA, "plan", "--schema"], capture_output=True).stdout)
ok("the schema of plans is the program's", schema == own and own["properties"]["items"], schema)
machines = {one["name"]: one for one in zhao.ask("GET", "/machines").json["machines"]}
ok("and so are the machines", "sla-120" in machines and machines["sla-120"]["materials"], machines)
is_("for persons only", Person(site, "nobody").ask("GET", "/machines").status, 401)

# The walls of a job: nothing outside its folder, no network.
document = zhao.upload(case, "out.json", b'{"format": "nuwa-design", "parts": [{"file": "'
                       + data.encode() + b'/keys/site.key"}]}')
walled = wait(zhao, zhao.ask("POST", f"/cases/{case}/jobs", {
    "command": "design", "inputs": {"out.json": document}, "arguments": ["out.json", "-o", "x.3mf"],
    "outputs": ["x.3mf"]}).json["id"], ("done", "failed"))
is_("a document that points outside makes nothing", walled["state"], "failed")
is_("the server stops in good order", site.stop(), 0)

# Cancelling; workers beside the server; workers that die.
site = Site(data, "--jobs", "0")
zhao.site = site
zhao.enter("Keep-It-Safe-9!", None)
request["inputs"]["scan.zip"] = large  # long enough to be met while it runs
job = zhao.ask("POST", f"/cases/{case}/jobs", request).json["id"]
time.sleep(1)
is_("without a worker it waits", zhao.ask("GET", f"/jobs/{job}").json["state"], "waiting")
is_("one that waits is cancelled at once", zhao.ask("DELETE", f"/jobs/{job}").json["state"],
    "cancelled")
is_("and done again when asked", zhao.ask("POST", f"/jobs/{job}/retry").json["state"], "waiting")
first = worker()
child = wait_child(first)
ok("a worker takes it", child)
os.kill(child[0], signal.SIGSTOP)  # a job that hangs
is_("a running one is asked to stop", zhao.ask("DELETE", f"/jobs/{job}").json["state"], "cancelling")
cancelled = wait(zhao, job, ("cancelled", "done", "failed"))
is_("and is cancelled although it hangs", cancelled["state"], "cancelled")
zhao.ask("POST", f"/jobs/{job}/retry")
child = wait_child(first)
os.kill(child[0], signal.SIGSTOP)
first.kill()
first.wait()


def state_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "gone"


ok("with its worker dies the job's process", until(lambda: state_of(child[0]) in ("gone", "Z", "X")),
   state_of(child[0]))
second = worker()
done = wait(zhao, job, ("done", "failed"))
ok("a killed worker's job is done by another", done["state"] == "done" and done["tries"] == 2, done)
ok("whose folder is cleared away",
   until(lambda: not [name for name in os.listdir(data + "/jobs") if name[0] != "."]),
   os.listdir(data + "/jobs"))
job = zhao.ask("POST", f"/cases/{case}/jobs", request).json["id"]
latest = time.time() + 600
while (zhao.ask("GET", f"/jobs/{job}").json["state"] in ("waiting", "running")
       and time.time() < latest):
    for pid in children(second.pid):  # a process that crashes each time
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it was just ending
    time.sleep(0.02)
crashed = wait(zhao, job, ("done", "failed"))
ok("what crashes three times has failed", crashed["state"] == "failed" and crashed["tries"] == 3,
   crashed)
ok("with the reason", "9" in crashed["result"]["messages"][-1], crashed)
job = zhao.ask("POST", f"/cases/{case}/jobs", request).json["id"]
wait_child(second)
second.send_signal(signal.SIGTERM)
is_("a worker ends in good order", second.wait(300), 0)
left = zhao.ask("GET", f"/jobs/{job}").json
ok("and leaves its job to another", left["state"] in ("waiting", "done"), left)
limited = worker("--job-cpu", "1", "--job-threads", "1")
wait(zhao, job, ("done", "failed"))
huge = zhao.upload(case, "huge.zip", (top / "huge.zip").read_bytes())
job = zhao.ask("POST", f"/cases/{case}/jobs", {
    **request, "inputs": {"scan.zip": huge}}).json["id"]
told = wait(zhao, job, ("done", "failed"))
ok("what needs too much processor time fails, and says so", told["state"] == "failed" and
   "time" in str(told["result"]["messages"]), told)
limited.send_signal(signal.SIGTERM)
limited.wait(30)
subprocess.run([NUWA, "dossier", case, "--data", data, "-o", str(top / "dossier.zip")])
is_("the dossier holds all of it", subprocess.run(
    [NUWA, "verify", str(top / "dossier.zip")], stdout=subprocess.DEVNULL).returncode, 0)
is_("and the server ends", site.stop(), 0)
end()
