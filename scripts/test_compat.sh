#!/bin/sh
# Run the tests in QGIS and in its window inside the tree of another Debian release, which is made once in build/. As root.
# Usage: test_compat.sh [RELEASE]; trixie (QGIS 3.40, Python 3.13) if not given.
set -e
ROOT=$(cd "$(dirname "$0")/.." && pwd)
RELEASE=${1:-trixie}
TREE=$ROOT/build/$RELEASE

# The tree reaches the network as this machine does.
inside() {
    chroot "$TREE" env HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        TMPDIR=/tmp "$@"
}

PACKAGES="qgis python3-qgis python3-venv python3-pytest python3-gdal python3-numpy procps xvfb openbox xdotool imagemagick"
if [ "$(cat "$TREE/ready" 2>/dev/null)" != "$PACKAGES" ]; then
    rm -rf "$TREE"
    mkdir -p "$TREE"
    debootstrap --variant=minbase --include=ca-certificates "$RELEASE" "$TREE"
    cp /etc/resolv.conf "$TREE/etc/resolv.conf"
    cp /etc/ssl/certs/ca-certificates.crt "$TREE/etc/ssl/certs/ca-certificates.crt"
    inside apt-get update -q
    # shellcheck disable=SC2086 (a word a package)
    inside apt-get install -y -q --no-install-recommends $PACKAGES
    echo "$PACKAGES" >"$TREE/ready"
fi
for config in /etc/pip.conf "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf"; do
    [ ! -e "$config" ] || cp "$config" "$TREE/etc/pip.conf"
done
mountpoint -q "$TREE/proc" || mount -t proc proc "$TREE/proc"
trap 'umount "$TREE/proc"' EXIT
mkdir -p "$TREE/landloom"
find "$TREE/landloom" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
(cd "$ROOT" && git ls-files -co --exclude-standard -z | tar -c --null -T -) | tar -x -C "$TREE/landloom"
inside sh -c 'cd /landloom && python3 -m plugin.environment install --home /landloom/build/home &&
    LANDLOOM_HOME=/landloom/build/home python3 -m pytest -rs tests/qgis tests/desktop'
