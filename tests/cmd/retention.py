"""The end of a case's records: only when their time is over, by two persons, and proven."""
import hashlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import time

from hospital import NUWA, PASSWORD, Person, Site, end, is_, ok, opening, people

DATABASE = os.environ.get("NUWA_TEST_POSTGRES")
options = ["--database", DATABASE] if DATABASE else []
site = Site(sys.argv[1] + "/site", *options)
admin, zhao, wang, wei, shen = people(site, "zhao", "wang", "wei", "shen")
PHRASE = "Opens-My-Key-3!"
assert wang.ask("POST", "/me/keys", {"kind": "ed25519", "passphrase": PHRASE}).status == 201


def open_case(patient, **form):
    request = opening()
    request["form"].update({"patient": patient, "title": "Title of " + patient, **form})
    return zhao.ask("POST", "/cases", request).json["case"]


def act(who, case, name, form=None, signed=False, headers=None):
    request = {"form": form or {}}
    if signed:
        shown = who.ask("GET", f"/cases/{case}/acts/{name}/statement")
        request.update(statement=shown.json["data"]["digest"] if shown.status == 200 else "0" * 64,
                       passphrase=PHRASE)
    return who.ask("POST", f"/cases/{case}/acts/{name}", request, headers=headers)


def listed(who=wei, **query):
    path = "/retention?" + "&".join(f"{key}={value}" for key, value in query.items())
    return who.ask("GET", path)


def numbers(reply):
    return [one["case"] for one in reply.json["cases"]]


CANCEL = {"reason": "no longer wanted", "device_exists": False}
OWN, SHARED = b"pages of one patient\n" * 50, b"a drawing that two cases have\n" * 50
model = open_case("ZY-WANGWU-1", type="model", device="model", implant=False)
other = open_case("ZY-OTHER-2", type="model", device="model", implant=False)
implant = open_case("ZY-IMPLANT-3")
own = zhao.upload(model, "own.pdf", OWN)
shared = zhao.upload(model, "shared.pdf", SHARED)
assert zhao.upload(other, "shared.pdf", SHARED) == shared


def blob(digest):
    return pathlib.Path(site.folder, "blobs", digest[:2], digest[2:])


# While a case goes on nobody destroys anything of it.
is_("open cases are listed as such", sorted(numbers(listed(state="open"))),
    sorted([model, other, implant]))
is_("none is due", numbers(listed()), [])
is_("an open case is not to be destroyed", act(wei, model, "records.ask_destroy",
                                               {"reason": "room"}).status, 404)
for case in (model, implant):
    is_("a case is cancelled", act(zhao, case, "case.cancel", CANCEL).status, 201)

# What must be kept.
is_("an implant's records are kept for ever",
    [(one["case"], one["keep_until"]) for one in listed(state="kept").json["cases"]],
    [(implant, "forever")])
for who in (wei, wang, zhao, admin, shen):
    for name in ("records.ask_destroy", "records.destroy"):
        reply = act(who, implant, name, {"reason": "room"} if name.endswith("ask_destroy") else
                    {"about": 1}, signed=who is wang)
        ok(f"{who.login} cannot do {name} on it", reply.status in (403, 404, 409, 422), reply.bytes)
for method, path in (("DELETE", f"/cases/{implant}"), ("DELETE", f"/cases/{model}/files/{own}"),
                     ("PUT", f"/cases/{implant}"), ("DELETE", f"/cases/{implant}/entries")):
    ok(f"there is no {method} {path.split('/')[-1][:8]}",
       wang.ask(method, path, {}).status in (404, 405))

# What is due, and how it ends.
is_("one that never left a device is due", [(one["case"], one["keep_until"], one["asked"])
                                            for one in listed().json["cases"]],
    [(model, None, False)])
is_("the surgeon does not see the list", listed(zhao).status, 403)
is_("nor is any word a state", listed(state="all").code, "argument")
is_("quality cannot end it alone", act(wang, model, "records.destroy", {"about": 1},
                                       signed=True).code, "state")
asked = act(wei, model, "records.ask_destroy", {"reason": "their time is over"})
is_("the administrator asks", asked.status, 201)
is_("which the list says", [one["asked"] for one in listed().json["cases"]], [True])
about = {"about": asked.json["number"]}
is_("he does not approve it himself", act(wei, model, "records.destroy", about).status, 403)
reply = act(wang, model, "records.destroy", about)
ok("nor is it done without a signature", reply.status in (409, 422), reply.bytes)
ok("everything is still there", zhao.ask("GET", f"/cases/{model}/files/{own}").bytes == OWN)
done = act(wang, model, "records.destroy", about, signed=True,
           headers={"Idempotency-Key": "destroy-the-model"})
is_("quality signs, and it is done", done.status, 201)

for who in (zhao, wang, wei, shen):
    is_(f"{who.login} sees no more of the case", who.ask("GET", f"/cases/{model}").status, 404)
is_("nor its entries", wang.ask("GET", f"/cases/{model}/entries").status, 404)
is_("nor its files", wang.ask("GET", f"/cases/{model}/files/{own}").status, 404)
is_("it is not found by its patient", wang.ask("GET", "/cases?words=wangwu").json["cases"], [])
is_("and listed as destroyed", numbers(listed(state="destroyed")), [model])
is_("not as due", numbers(listed()), [])
for _ in range(3000):
    if not blob(own).exists():
        break
    time.sleep(0.1)
ok("its file is gone from the disk", not blob(own).exists())
ok("one that another case has is not", blob(shared).exists() and
   zhao.ask("GET", f"/cases/{other}/files/{shared}").bytes == SHARED)
dossier = subprocess.run([NUWA, "dossier", model, "--data", site.folder, *options, "-o",
                          sys.argv[1] + "/none.zip"], capture_output=True, text=True,
                         env={**os.environ, "NUWA_LANG": "en"})
ok("there is no dossier of it", dossier.returncode != 0 and "destroyed" in dossier.stderr,
   dossier.stderr)
check = shen.ask("GET", "/audit/check").json
is_("the chain holds", check["holds"], True)
rows = shen.ask("GET", f"/audit?case={model}").json["rows"]
entries = [row["body"]["entry"] for row in rows if "entry" in row.get("body", {})]
is_("the ledger keeps who asked and who signed",
    [(entry["act"], entry["actor"]["id"]) for entry in reversed(entries)],
    [("records.ask_destroy", wei.id), ("records.destroy", wang.id)])
ok("and that others did things, not what", any(row["act"] == "case.entry" and row["person"] == zhao.id
                                               and row["body"] == {"destroyed": True} for row in rows))
own_again = zhao.upload(other, "own.pdf", OWN)
ok("the same bytes can come again", own_again == own and
   zhao.ask("GET", f"/cases/{other}/files/{own}").bytes == OWN)

# Nothing of the patient is left, and what was emptied without these steps shows.
is_("the server ends in good order", site.stop(), 0)
if DATABASE:
    end()
database = site.folder + "/nuwa.db"
line = sqlite3.connect(database)
left = []
for (table,) in line.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
    for row in line.execute(f"SELECT * FROM {table}"):
        left += [table] if "wangwu" in str(row).lower() else []
line.close()
is_("no table names the patient", left, [])
is_("nor do the file's bytes", b"WANGWU" in pathlib.Path(database).read_bytes(), False)


def verdict():
    here = Site(site.folder)
    said = Person(here, "shen").enter(PASSWORD, None).ask("GET", "/audit/check").json
    here.stop()
    return said


def change(what, sql, *values):
    shutil.copy(database, database + ".kept")
    line = sqlite3.connect(database)
    count = line.execute(sql, values).rowcount
    line.commit()
    line.close()
    said = verdict()
    ok(what, count > 0 and not said["holds"], (count, said))
    for ending in ("-wal", "-shm"):
        pathlib.Path(database + ending).unlink(missing_ok=True)
    shutil.move(database + ".kept", database)


EMPTY = '{"destroyed":true}'
change("a case emptied without its end shows",
       "UPDATE ledger SET body = ? WHERE case_id = ? AND act = 'case.entry'", EMPTY, other)
change("one row more than was said shows",
       "UPDATE ledger SET body = ? WHERE case_id = ? AND act = 'case.entry' AND body <> ?", EMPTY,
       model, EMPTY)
change("a row of no case shows", "UPDATE ledger SET body = ? WHERE case_id IS NULL AND number = 2",
       EMPTY)
change("an emptied row with another's digest shows",
       "UPDATE ledger SET digest = ? WHERE case_id = ? AND number = (SELECT MIN(number) FROM ledger "
       "WHERE case_id = ?)", hashlib.sha256(b"x").hexdigest(), model, model)
change("the end itself, taken out, shows", "UPDATE ledger SET act = 'note' WHERE act = ?",
       "records.destroyed")
said = verdict()
ok("and as it was it holds", said["holds"], said)
end()
