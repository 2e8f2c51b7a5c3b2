# nuwa serve, dossier, verify: a whole case through the API with all its persons, the proof of it,
# and what a changed byte does to the proof.
. "$(dirname "$0")/tap.sh"
data=$TMP/site

# A whole custom implant, from opening to follow-up, on the embedded database.
# Req: R-338 R-343
ok 'a whole case is played by its persons' "$NUWA_SOURCE/examples/case/run" "$data" --nuwa "$NUWA"
exists 'and leaves a dossier' "$data/dossier.zip"
ok 'which is valid' "$NUWA" verify "$data/dossier.zip" --json
cp "$TMP/out" "$TMP/verdict.json"
is 'with every entry' "$(json "$TMP/verdict.json" .entries)" \
    "$(jq '[.steps[] | select(.day < 100)] | length' "$NUWA_SOURCE/examples/case/implant.json")"
key=$(json "$TMP/verdict.json" .server_key)
ok 'and by the key of this server' "$NUWA" verify "$data/dossier.zip" --key "$key"
status_is 'not by another' 3 "$NUWA" verify "$data/dossier.zip" --key "${key%????}0000"
is 'only its owner reads the keys' "$(stat -c %a "$data/keys/site.key" "$data/keys/server.key" |
    sort -u)" 600
is 'no file lies there unencrypted' "$(grep -rl 'PDF-1.4' "$data/blobs" | wc -l)" 0

# Every part of the archive, changed by a byte or left out, shows. The text stays JSON.
# Req: R-197 R-356
mkdir "$TMP/whole"
(cd "$TMP/whole" && unzip -q "$data/dossier.zip")
changed()
{
    rm -rf "$TMP/part" "$TMP/part.zip"
    cp -r "$TMP/whole" "$TMP/part"
    (cd "$TMP/part" && eval "$2" && zip -q -r "$TMP/part.zip" .) || fail "could not change: $1"
    status_is "$1 shows" 3 "$NUWA" verify "$TMP/part.zip"
}
changed 'an entry, changed' 'sed -i "s/左侧/右侧/" entries.json'
changed 'a row, changed' 'sed -i "s/case.entry/case.Entry/" rows.json'
changed 'the order of two rows' 'jq -c ".[3] as \$a | .[4] as \$b | .[3] = \$b | .[4] = \$a" \
    rows.json >x && mv x rows.json'
changed 'a row taken out' 'jq -c "del(.[5])" rows.json >x && mv x rows.json'
changed 'a time' 'sed -i "s/T\([0-9][0-9]\):/T\1;/" entries.json'
changed 'a key' 'jq -c ".[0].body.public |= (.[2:] + \"00\")" keys.json >x && mv x keys.json'
changed 'the table' 'sed -i "s/\"signed\": *true/\"signed\":false/" table.json'
changed 'a file' 'f=$(ls files/* | head -n 1); printf x >>"$f"'
changed 'a file taken out' 'rm "$(ls -d files/* | head -n 1)"'
changed 'a file put in' 'echo more >files/more.txt'
changed 'the manifest' 'jq -c ".time = \"2020-01-01T00:00:00.000000Z\"" manifest.json >x &&
    mv x manifest.json'
changed 'the head' 'jq -c ".head.number += 1" head.json >x && mv x head.json'
head -c 3000 "$data/dossier.zip" >"$TMP/cut.zip"
status_is 'an archive cut short shows' 3 "$NUWA" verify "$TMP/cut.zip"
# Everything consistently made anew, digests and manifest too, still lacks the server's signature.
forge='jq -c ".[2].form.forged = true" entries.json >x && mv x entries.json;
    sum=$(sha256sum entries.json | cut -c 1-64)
    jq -c --arg s "$sum" "(.files[] | select(.name == \"entries.json\")).sha256 = \$s" \
        manifest.json >x && mv x manifest.json;
    sum=$(sha256sum manifest.json | cut -c 1-64)
    jq -c --arg s "$sum" ".row.body.manifest = \$s" head.json >x && mv x head.json'
changed 'a forgery with all its digests' "$forge"

# A step left out is refused where it is needed.
status_is 'without the consent nothing goes on' 3 "$NUWA_SOURCE/examples/case/run" "$TMP/less" \
    --nuwa "$NUWA" --without consent.record
is 'it is refused at the images' "$(grep -c '^images.take: 409 state' "$TMP/out")" 1

# Starting and stopping.
"$NUWA" serve --data "$data" --listen 127.0.0.1:0 --json >"$TMP/ready" &
server=$!
for _ in $(seq 3000); do
    [ -s "$TMP/ready" ] && break
    sleep 0.1
done
is 'it starts again, without a password' "$(json "$TMP/ready" '.password == null and .port > 0')" \
    true
url=http://127.0.0.1:$(json "$TMP/ready" .port)/api/v1
status_is 'a second one on the same data is refused' 1 "$NUWA" serve --data "$data" \
    --listen 127.0.0.1:0
err_like 'and is told' 'another server is running' "$NUWA" serve --data "$data" --listen 127.0.0.1:0
is 'it is well' "$(curl -s "$url/health" | jq -r .status)" ok
is 'nobody sees anything without a login' "$(curl -s -o /dev/null -w '%{http_code}' "$url/cases")" 401
is 'the API describes itself' "$(curl -s "$url/openapi.json" | jq -r .openapi)" 3.1.0
is 'an error has a code' "$(curl -s "$url/nothing" | jq -r .error.code)" notfound
is 'and a sentence, in Chinese first' "$(curl -s "$url/nothing" | jq -r .error.message)" 此地址没有内容
is 'or in English' "$(curl -s -H 'Accept-Language: en' "$url/nothing" | jq -r .error.message)" \
    'there is nothing at this address'
is 'broken JSON is told' "$(curl -s -d '{"login":' "$url/login" | jq -r .error.code)" argument
is 'a body too large too' "$(head -c 9000000 /dev/zero | curl -s -o /dev/null -w '%{http_code}' \
    -H 'Expect:' --data-binary @- "$url/login")" 413

# From a lot, a machine, a program or a person to the devices concerned; and who saw them.
token_of() # LOGIN PASSWORD
{
    curl -fsS "$url/login" -d "{\"login\": \"$1\", \"password\": \"$2\"}" | jq -r .token
}
asked() # TOKEN PATH
{
    curl -fsS -H "Authorization: Bearer $1" "$url/$2"
}
quality=$(token_of wang 'Begin-Here-Gnaw2!')
case=$(asked "$quality" cases | jq -r '.cases[0].case')
for words in LOT-7 M-01 B-2026-001 'nuwa 1.0' 'CT 工作站 7.1' "$(date +%F)"; do
    is "the device is found by $words" \
        "$(asked "$quality" "cases?words=$(printf %s "$words" | jq -sRr @uri)" | jq -r '.cases[].case')" \
        "$case"
done
is 'and by none of another lot' "$(asked "$quality" 'cases?words=LOT-8' | jq '.cases | length')" 0
# Req: R-344
designer=$(jq -r '[.[] | select(.act == "design.submit")][0].actor.id' "$TMP/whole/entries.json")
is 'and by who designed it' "$(asked "$quality" "cases?person=$designer" | jq -r '.cases[].case')" \
    "$case"
is 'not by who had no part in it' "$(asked "$quality" 'cases?person=nobody' | jq '.cases | length')" 0
# A device drawn by chance shows its whole chain, from the images to its use. Req: R-345 R-342
curl -fsS -X POST "$url/trace/draw" -H "Authorization: Bearer $quality" >"$TMP/drawn"
is 'a device is drawn' "$(json "$TMP/drawn" '[.device_code, .of]' | jq -c .)" '["NW-2026-000001",1]'
drawn=$(jq -r .case "$TMP/drawn")
asked "$quality" "cases/$drawn/trace" >"$TMP/trace"
is 'nothing is missing in its chain' "$(json "$TMP/trace" '[.data.whole, (.data.missing | length)]' |
    jq -c .)" '[true,0]'
used=$(jq '[.data.links[] | select(.act == "use.record")][0].entry' "$TMP/trace")
asked "$quality" "cases/$drawn/trace?entry=$used" >"$TMP/used"
is 'its use rests on every step that made it' "$(jq -c '.data as $d |
    ["images.take", "images.confirm", "order.write", "design.submit", "verify.result",
     "production.start", "inspection.sheet", "delivery.list", "accept.physician"] -
    [$d.links[] | select([.entry] | inside($d.back)) | .act]' "$TMP/used")" '[]'

admin=$(token_of admin 'Keep-It-Safe-9!')
curl -fsS "$url/people" -H "Authorization: Bearer $admin" -d '{"login": "shen", "name": "沈审计",
    "password": "Begin-Here-1!x", "organisation": "示范市第一医院", "roles": ["audit"]}' >"$TMP/shen"
audit=$(token_of shen 'Begin-Here-1!x')
curl -fsS "$url/me/password" -H "Authorization: Bearer $audit" \
    -d '{"old": "Begin-Here-1!x", "new": "Another-Word-2!"}' >"$TMP/word"
asked "$quality" "cases/$case" >"$TMP/look"
is 'the exercise is on record' "$(asked "$audit" 'audit?act=trace.draw' |
    jq -r '.rows | map(.case) | join(" ")')" "$drawn"
# Every look at one patient's case, by whom and when: what a leak is answered with.
# Req: R-359
asked "$audit" "audit?case=$case" >"$TMP/looks"
is 'who looked at a case is on record, the last look first' \
    "$(json "$TMP/looks" '.rows[0] | "\(.act) \(.person != "" and .time != "")"')" 'read.case true'
is 'every row of them is of this case' \
    "$(json "$TMP/looks" "[.rows[] | select(.case != \"$case\")] | length")" 0
status_is 'a designer may not read it' 22 curl -fsS -o "$TMP/none" "$url/audit?case=$case" \
    -H "Authorization: Bearer $(token_of li 'Begin-Here-Il2!')"


# Papers over the API are those of the dossier; the label is scanned back, and printed again only
# for a reason.
# Req: R-265 R-266
token=$(curl -s -d '{"login":"zhao","password":"Begin-Here-Oahz2!"}' "$url/login" | jq -r .token)
id=$(curl -s -H "Authorization: Bearer $token" "$url/cases" | jq -r .cases[0].case)
get() # path [curl's options]
{
    path=$1
    shift
    curl -s -G -H "Authorization: Bearer $token" -H 'Accept-Language: en' "$@" "$url$path"
}
is 'papers are ready' "$(get "/cases/$id/documents" |
    jq -r '[.documents[] | select(.state == "ready")] | length > 15')" true
is 'and the same as in the dossier' "$(get "/cases/$id/documents/order.pdf?lang=en" | sha256sum)" \
    "$(sha256sum <"$TMP/whole/documents/order.pdf")"
get "/cases/$id/documents/label.pdf" -d lang=zh >"$TMP/label.pdf"
is 'a label is printed' "$(head -c 5 "$TMP/label.pdf")" '%PDF-'
is 'not again' "$(get "/cases/$id/documents/label.pdf" | jq -r .error.code)" state
is 'nor for an empty reason' "$(get "/cases/$id/documents/label.pdf" -d reason= |
    jq -r .error.code)" state
is 'but for a reason' "$(get "/cases/$id/documents/label.pdf" -d reason=torn | head -c 5)" '%PDF-'
is 'each print is on record' "$(python3 -c 'import json, sqlite3, sys
for body, in sqlite3.connect(sys.argv[1]).execute(
        "SELECT body FROM ledger WHERE act = ? ORDER BY number", ("print.label",)):
    print(json.loads(body))' "$data/nuwa.db" | tr '\n' ' ')" "{'copy': 1} {'copy': 2, 'reason': 'torn'} "
for scan in NW-2026-000001 '(01)06901234567892(21)000001' "$(printf ']d20106901234567892\03521000001')" \
    "https://nuwa.hospital.example/cases/$id" "$id"; do
    is "a scan opens its case: $scan" "$(get /labels --data-urlencode "text=$scan" |
        jq -r '[.case, .summary.patient, .summary.site, .summary.side, .summary.stage] | join(" ")')" \
        "$id ZY-000123 pelvis left followup"
done
for scan in NW-2026-000002 '(01)06901234567892(21)000002' '(01)00614141999996(21)000001' x ''; do
    is "nothing is opened by: $scan" \
        "$(get /labels --data-urlencode "text=$scan" | jq -r .error.code | sed s/argument/notfound/)" \
        notfound
done
if command -v pdftoppm >/dev/null && command -v dmtxread >/dev/null; then
    pdftoppm -r 300 -png "$TMP/label.pdf" "$TMP/label"
    is 'a printed label opens its case' "$(get /labels --data-urlencode \
        "text=$(dmtxread -n -N1 -m 5000 -G 29 "$(ls "$TMP"/label*.png | head -n 1)")" | jq -r .case)" "$id"
fi
token=$(curl -s -d '{"login":"admin","password":"Keep-It-Safe-9!"}' "$url/login" | jq -r .token)
is 'who may not see the case finds it by no label' \
    "$(get /labels -d text=NW-2026-000001 | jq -r .error.code)" notfound
kill "$server"
wait "$server"
is 'it ends in good order' "$?" 0
status_is 'patients are not shown to a network without a certificate' 2 "$NUWA" serve \
    --data "$TMP/other" --listen 0.0.0.0:0
missing 'and nothing was made' "$TMP/other"

# A search by letters whose last byte is the last there is, as 忿 has.
"$NUWA" serve --data "$TMP/words" --listen 127.0.0.1:0 >"$TMP/words.log" 2>&1 &
server=$!
for _ in $(seq 600); do
    grep -q one-time "$TMP/words.log" 2>/dev/null && break
    sleep 0.5
done
url=$(sed -n 's|.*\(http://[0-9.:]*\).*|\1/api/v1|p' "$TMP/words.log")
once=$(sed -n 's/.*password \([^ ]*\).*/\1/p' "$TMP/words.log")
token=$(curl -s -d "{\"login\":\"admin\",\"password\":\"$once\"}" "$url/login" | jq -r .token)
curl -s -o /dev/null -H "Authorization: Bearer $token" \
    -d "{\"old\":\"$once\",\"new\":\"Another-One-77!\"}" "$url/me/password"
is 'any letters can be searched for' "$(curl -s -G -H "Authorization: Bearer $token" \
    --data-urlencode 'words=忿 z' "$url/cases" | jq -c .)" '{"cases":[]}'
kill "$server"
wait "$server" 2>/dev/null
done_testing
