"""A site goes from SQLite to PostgreSQL: the same rows, chain, files, people, and it goes on."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

from hospital import NUWA, PASSWORD, Person, Site, end, is_, ok, opening, people

TOP, DATABASE = sys.argv[1], os.environ["NUWA_TEST_POSTGRES"]


def nuwa(*arguments):
    return subprocess.run([NUWA, *arguments], capture_output=True, text=True, timeout=600,
                          env={**os.environ, "NUWA_LANG": "en"})


site = Site(TOP + "/site")
admin, zhao, wang, shen = people(site, "zhao", "wang", "shen")
CONTENT = bytes(range(256)) * 4000
cases = []
for i in range(12):
    request = opening()
    request["form"].update(title=f"Bone {i}: \"quoted\" 'and' \\ back", department="骨科", patient=f"ZY-{i}")
    cases.append(zhao.ask("POST", "/cases", request).json["case"])
for _ in range(300):  # more rows than one page
    zhao.ask("GET", f"/cases/{cases[0]}")
    zhao.ask("GET", f"/cases/{cases[0]}/todo")
scan = zhao.upload(cases[0], "scan.bin", CONTENT)
before = {path: zhao.ask("GET", path).json for path in
          [f"/cases/{case}/entries" for case in cases] + ["/cases", "/people", "/registry/machine"]}
is_("the server ends in good order", site.stop(), 0)

backup = TOP + "/move.tar"
made = json.loads(nuwa("backup", "--data", TOP + "/site", "-o", backup, "--json").stdout)
restored = nuwa("restore", backup, "--data", TOP + "/moved", "--database", DATABASE)
ok("the backup goes into PostgreSQL", restored.returncode == 0, restored.stderr)
ok("and no SQLite is left", not pathlib.Path(TOP, "moved", "nuwa.db").exists() and
   not pathlib.Path(TOP, "moved", ".restore").exists())
again = nuwa("restore", backup, "--data", TOP + "/twice", "--database", DATABASE)
ok("a database that is not empty is not touched", again.returncode != 0 and
   "empty database only" in again.stderr, again.stderr)
ok("and nothing is made", not pathlib.Path(TOP, "twice").exists())
after = nuwa("backup", "--data", TOP + "/moved", "--database", DATABASE, "-o", TOP + "/pg.tar",
             "--json")
after = json.loads(after.stdout)
is_("a backup of it says the same rows, chain and files",
    [after[key] for key in ("tables", "ledger", "stored_files")],
    [made[key] for key in ("tables", "ledger", "stored_files")])
ok("which were more than a page", made["tables"]["ledger"] > 600, made["tables"])

shutil.copytree(TOP + "/site/keys", TOP + "/moved/keys")
site = Site(TOP + "/moved", "--database", DATABASE)
is_("nobody begins anew", site.password, None)
zhao, shen = Person(site, "zhao").enter(PASSWORD, None), Person(site, "shen").enter(PASSWORD, None)
changed = [path for path, said in before.items() if zhao.ask("GET", path).json != said]
is_("everything is answered as before", changed, [])
is_("files are there", zhao.ask("GET", f"/cases/{cases[0]}/files/{scan}").bytes, CONTENT)
is_("the chain holds", shen.ask("GET", "/audit/check").json["holds"], True)
is_("and the work goes on", zhao.ask("POST", "/cases", opening()).status, 201)
is_("with the chain", shen.ask("GET", "/audit/check").json["holds"], True)
is_("the server ends in good order", site.stop(), 0)
end()
