#!/bin/sh
# engine-with-daemon.sh MARK PROGRAM ARGS...: becomes the program, after leaving a helper that hangs on nothing of
# it: its own session, no parent, no environment, no open output, deaf to SIGINT and SIGHUP. MARK is in its argv.
mark=$1
shift
(setsid env -i /bin/sh -c 'trap "" INT HUP; while :; do /bin/sleep 1; done' "$mark" </dev/null >/dev/null 2>&1 &)
exec "$@"
