#!/bin/sh
# Database servers for the tests of SQL sources: installed where we are root and apt works.
# Tests start their own clusters, on sockets in temporary folders; without servers they skip.
set -u
PACKAGES="postgresql postgresql-postgis mariadb-server"
if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
    && ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 \
    && { command -v mariadbd || [ -x /usr/sbin/mariadbd ]; } >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "SKIPPED: database servers are not installed and cannot be here: $PACKAGES" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# Servers of packages must not start by themselves: tests start their own.
[ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d \
    && chmod +x /usr/sbin/policy-rc.d && trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $PACKAGES; } >/dev/null 2>&1 \
    || echo "SKIPPED: apt could not install $PACKAGES; tests of SQL servers will skip" >&2
