# The README's two commands on a bare Debian 12: a fresh clone in a new chroot, first as a user
# with sudo, then as root, each twice. Takes a quarter of an hour and needs root, debootstrap
# and the machine's own Debian mirror; runs only with NUWA_SLOW=1.
. "$(dirname "$0")/../cmd/tap.sh"

[ "${NUWA_SLOW:-}" = 1 ] || skip_all 'set NUWA_SLOW=1'
[ "$(id -u)" -eq 0 ] || skip_all 'needs root'
command -v debootstrap >/dev/null || skip_all 'needs debootstrap'

# Mounts of this test are its own and end with it.
if [ -z "${NUWA_UNSHARED:-}" ]; then
    rm -rf "$TMP"
    NUWA_UNSHARED=1 exec unshare --mount --propagation private sh "$0"
fi

mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -n 's/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) bookworm main.*/\2/p'
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs: *\([^ ]*\).*/\1/p'; } |
    head -n 1)
[ -n "$mirror" ] || skip_all 'no mirror of bookworm in /etc/apt'

bare=$TMP/bare
ok 'a bare Debian is made' debootstrap --variant=minbase --include=git,make,sudo,ca-certificates \
    bookworm "$bare" "$mirror"
for file in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/resolv.conf \
    /etc/hosts /etc/apt/trusted.gpg.d /usr/share/keyrings /usr/local/share/ca-certificates; do
    [ ! -e "$file" ] || cp -a "$file" "$bare${file%/*}/"
done
mount --bind "$bare" "$bare" # a root to mount on: tests in it make namespaces of their own
mount -t proc proc "$bare/proc"
mount --bind /dev "$bare/dev"
mount -t tmpfs tmpfs "$bare/dev/shm" 2>/dev/null
mount -t tmpfs tmpfs "$bare/tmp"
trap 'tap_last=$?; umount -l "$bare/tmp" "$bare/dev/shm" "$bare/dev" "$bare/proc" "$bare" 2>/dev/null; (exit $tap_last); tap_exit' EXIT

inside()
{
    chroot "$bare" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root TERM=dumb http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@"
}

inside useradd -m -s /bin/sh engineer
echo 'engineer ALL=(ALL) NOPASSWD: ALL' >"$bare/etc/sudoers.d/engineer"
# The machine's own npm registry, and the authority of a network that ends TLS itself.
authority=$(npm config get cafile 2>/dev/null)
[ ! -f "$authority" ] || cp -L "$authority" "$bare/etc/ssl/site.crt"
for home in root home/engineer; do
    npm config get registry 2>/dev/null | sed 's/^/registry=/' >"$bare/$home/.npmrc"
    [ ! -f "$authority" ] || echo 'cafile=/etc/ssl/site.crt' >>"$bare/$home/.npmrc"
done
git -C "$NUWA_SOURCE" bundle create "$bare/nuwa.bundle" HEAD >/dev/null 2>&1
chmod 644 "$bare/nuwa.bundle"
inside sudo -u engineer git clone -q /nuwa.bundle /home/engineer/nuwa
inside git clone -q /nuwa.bundle /srv/nuwa

as_engineer() { inside sudo -u engineer -H sh -c "cd ~/nuwa && $1"; }
as_root() { inside sh -c "cd /srv/nuwa && $1"; }

# again NAME: what was run last neither installed nor compiled anything.
again()
{
    is "$1 does not install or compile" \
        "$(grep -c -E '^(Setting up|Get:)|Building C' "$TMP/out")" 0
}

ok 'make demo as a user with sudo' as_engineer 'make demo'
exists 'the picture is there' "$bare/home/engineer/nuwa/build/demo/picture.png"
ok 'make demo again' as_engineer 'make demo'
again 'make demo again'
ok 'make test as root' as_root 'make test'
out_like 'ctest closes with no failure' '^100% tests passed' as_root 'make test'
again 'make test again'
ok 'make install' as_root 'make install DESTDIR=/srv/installed PREFIX=/usr'
exists 'program, page, completion and header are in place' \
    "$bare/srv/installed/usr/bin/nuwa" \
    "$bare/srv/installed/usr/share/man/man1/nuwa-reconstruct.1" \
    "$bare/srv/installed/usr/share/bash-completion/completions/nuwa" \
    "$bare/srv/installed/usr/include/nuwa/core/err.h"
done_testing
