# docs/admin.md, word for word: its commands run in their order, as root of a machine of their own
# (namespaces: nothing outside changes), with the systemd unit started by hand as systemd would.
. "$(dirname "$0")/tap.sh"
unshare -m -n -p --fork --kill-child --mount-proc true 2>/dev/null ||
    skip_all 'no namespaces can be made here (needs root)'
[ "$NUWA_BUILD" = "$NUWA_SOURCE/build/release" ] || skip_all 'not the build that make installs'
for tool in curl openssl setpriv useradd runuser python3; do
    PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
[ -n "$postgres" ] || skip_all 'there is no PostgreSQL'

# Every block of commands, with what must hold after some of them.
awk '/^```sh$/ { on = 1; block++; next } /^```$/ { if (on) print "after " block; on = 0 } on' \
    "$NUWA_SOURCE/docs/admin.md" >"$TMP/guide.sh"
is 'the guide has commands' "$([ "$(wc -l <"$TMP/guide.sh")" -gt 30 ] && echo yes)" yes

# What is of the machine and not of the program: sudo, and systemd with one unit.
mkdir "$TMP/bin"
cat >"$TMP/bin/sudo" <<'END'
#!/bin/sh
[ "$1" = -u ] || exec "$@"
user=$2
shift 2
exec runuser -u "$user" -- "$@"
END
cat >"$TMP/bin/systemctl" <<'END'
#!/bin/sh
unit=/usr/local/lib/systemd/system/nuwa.service
stop()
{
    [ ! -f /run/nuwa.pid ] || kill "$(cat /run/nuwa.pid)" 2>/dev/null
    while [ -f /run/nuwa.pid ] && kill -0 "$(cat /run/nuwa.pid)" 2>/dev/null; do sleep 0.1; done
    rm -f /run/nuwa.pid
}
start()
{
    install -d -m 0700 -o nuwa -g nuwa /var/lib/nuwa
    eval "$(sed -n 's/^Environment=//p' "$unit" | tr ' ' '\n')"
    NUWA_LISTEN=$(sed -n 's/^NUWA_LISTEN=//p' /etc/nuwa.conf)
    NUWA_OPTIONS=$(sed -n 's/^NUWA_OPTIONS=//p' /etc/nuwa.conf)
    command=$(sed -n 's/^ExecStart=//p' "$unit")
    eval "set -- $command"
    setpriv --reuid nuwa --regid nuwa --init-groups --inh-caps +net_bind_service \
        --ambient-caps +net_bind_service "$@" >>/run/nuwa.log 2>&1 &
    echo $! >/run/nuwa.pid
    for _ in $(seq 3000); do
        grep -q "$NUWA_LISTEN" /run/nuwa.log && break
        kill -0 "$(cat /run/nuwa.pid)" || { cat /run/nuwa.log >&2; exit 1; }
        sleep 0.1
    done
}
case $1 in
daemon-reload) [ -f "$unit" ] ;;
enable | start) : >/run/nuwa.log; start ;;
restart) stop; : >>/run/nuwa.log; : >/run/nuwa.log; start ;;
stop) stop ;;
*) exit 1 ;;
esac
END
printf '#!/bin/sh\ncat /run/nuwa.log\n' >"$TMP/bin/journalctl"
chmod 755 "$TMP/bin/"*

cat >"$TMP/machine.sh" <<'END'
set -eu
after()
{
    case $1 in
    1) # installed, and answering
        curl -fsS http://127.0.0.1:8040/api/v1/health
        grep -o 'password [^ ]*' /run/nuwa.log | cut -c 10- >"$STATE/password"
        [ "$(stat -c '%U %a' /var/lib/nuwa)" = 'nuwa 700' ]
        ;;
    2) [ "$(stat -c '%U %a' /etc/nuwa/site.key)" = 'nuwa 400' ] ;;
    3) # the copy answers beside the server
        for _ in $(seq 3000); do
            curl -fsS http://127.0.0.1:8041/api/v1/health && break
            sleep 0.1
        done
        ;;
    5) # the same site, now in PostgreSQL, with the first password still the one
        curl -fsS --cacert site.pem https://localhost/api/v1/health | grep postgresql
        curl -fsS --cacert site.pem https://localhost/api/v1/login \
            -d "{\"login\": \"admin\", \"password\": \"$(cat "$STATE/password")\"}" | grep token
        [ ! -e /var/lib/nuwa/nuwa.db ]
        ;;
    esac >/dev/null
    echo "done $1" >>"$STATE/done"
}
END
cat >"$TMP/outside.sh" <<'END'
set -eu
mkdir "$STATE/etc" && cp -a /etc/. "$STATE/etc/"
mount --bind "$STATE/etc" /etc
for folder in /usr/local /srv /var/lib /var/tmp /run; do
    mount -t tmpfs -o mode=755 machine "$folder"
done
chmod 1777 /var/tmp
ln -sfn /run /var/run 2>/dev/null || true
python3 -I -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh", b"lo", 0x41))'
install -d -o postgres /run/postgresql /var/lib/pg
(cd / && runuser -u postgres -- "$POSTGRES/initdb" -D /var/lib/pg/data -A peer -E UTF8 --locale=C \
    --no-sync >/dev/null && runuser -u postgres -- "$POSTGRES/pg_ctl" -s -w -D /var/lib/pg/data \
    -l /var/lib/pg/log -o "-k /run/postgresql -c listen_addresses=''" start)
cd "$NUWA_SOURCE"
umask 022
sh -eu "$STATE/all.sh"
END
cat "$TMP/machine.sh" "$TMP/guide.sh" >"$TMP/all.sh"
chmod 755 "$TMP"
# /usr/local is empty there: what the test itself needs of it comes from its first places
STATE=$TMP POSTGRES=$postgres PATH=$TMP/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$postgres \
    timeout 800 unshare -m -n -p --fork --kill-child --mount-proc sh "$TMP/outside.sh" \
    >"$TMP/out" 2>"$TMP/err" </dev/null
status=$?
[ "$status" -eq 0 ] || sed 's/^/# /' "$TMP/out" "$TMP/err" | tail -n 25
is 'all of its commands succeed' "$status" 0
is 'to the last block' "$(tail -n 1 "$TMP/done")" "$(tail -n 1 "$TMP/guide.sh" | sed 's/after/done/')"
rm -f "$NUWA_SOURCE/site.pem"
missing 'and nothing is left of it here' /etc/nuwa.conf /usr/local/bin/nuwa "$NUWA_SOURCE/site.key"
done_testing
