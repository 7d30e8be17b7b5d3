import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { ContainerSpec } from './container.ts';
import { coveredStdio } from './descriptors.ts';

/**
 * What outlives bench. It reads lines until its stdin ends: `done` lets it go; `group <pid>`, `pid <pid>
 * <start ticks>` and `output <link>` tell it what belongs to the engine where no cgroup does. The end
 * without `done` means that bench is gone, whatever the cause: then it kills. $1 is the cgroup leaf, or empty; $2
 * and $3 are a container runtime's tool and the container, or empty; the rest are the leaf's twins.
 *
 * A container is removed until the runtime knows of none twice: one that was being made may come late, and podman's
 * first try fails where the leaf's end has killed its processes under it.
 *
 * The walk (no cgroup): the processes told that are still the same, whoever hangs on them by parent, session
 * or process group, and whoever holds the engine's output pipes; again until a pass finds nobody. A session's
 * number is not given away while it has members, so a dead process told still names its session.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT USR1 USR2 PIPE ALRM TSTP TTIN TTOU
leaf=$1; tool=$2; container=$3; shift 3; twins=$*
groups=' '; told=' '; outputs=''
while read -r word a b; do
  case $word in
    done) exit 0 ;;
    group) groups="$groups$a " ;;
    output) outputs="$outputs $a" ;;
    pid) told="$told$a:$b " ;;
  esac
done
[ -z "$leaf" ] || echo 1 > "$leaf/cgroup.kill"
misses=0; tries=0
while [ -n "$container" ] && [ $misses -lt 2 ] && [ $tries -lt 100 ]; do
  if "$tool" container inspect "$container"; then misses=0; else misses=$((misses + 1)); fi
  [ $misses -gt 0 ] || "$tool" rm -f $BENCH_GRACE "$container"
  sleep 0.1
  tries=$((tries + 1))
done > /dev/null 2>&1
tries=0
while [ -n "$leaf" ] && [ -d "$leaf" ] && [ $tries -lt 600 ]; do
  echo 1 > "$leaf/cgroup.kill"
  rmdir "$leaf"/*/*/*/ "$leaf"/*/*/ "$leaf"/*/ "$leaf"
  [ -d "$leaf" ] && sleep 0.05
  tries=$((tries + 1))
done 2>/dev/null
for twin in $twins; do rmdir "$twin"/*/ "$twin"; done 2>/dev/null
[ "$groups" != ' ' ] || exit 0
tries=0
start_of() {
  read -r line < "/proc/$1/stat" || return 1
  set -- \${line##*) }
  start=\${20}
}
for one in $told; do
  if ! start_of "\${one%:*}" || [ "$start" = "\${one#*:}" ]; then groups="$groups\${one%:*} "; fi
done 2>/dev/null
mine=' '
add() {
  case "$mine" in *" $1 "*) ;; *) mine="$mine$1 " ;; esac
  found=$((found + 1))
}
holders() {
  ls -l /proc/[0-9]*/fd/ | awk -v outputs="$outputs" '
    BEGIN { n = split(outputs, want, " ") }
    /^\\/proc/ { split($1, part, "/") }
    / -> / { for (i = 1; i <= n; i++) if (index($0, " -> " want[i])) print part[3] }' | sort -u
}
scan() {
  found=0
  for file in /proc/[0-9]*/stat; do
    read -r line < "$file" || continue
    pid=\${line%% *}
    set -- \${line##*) }
    case $1 in Z | X) continue ;; esac
    case "$mine$groups" in *" $pid "* | *" $2 "* | *" $3 "* | *" $4 "*) add "$pid" ;; esac
  done
  [ -z "$outputs" ] || for pid in $(holders); do add "$pid"; done
}
while [ $tries -lt 40 ]; do
  before=-1; found=-2
  while [ $found -ne $before ]; do before=$found; scan; done
  [ $found -eq 0 ] && exit 0
  for pid in $mine; do kill -9 "$pid"; done
  mine=' '
  sleep 0.05
  tries=$((tries + 1))
done 2>/dev/null
`;

/** The watcher that ends the engine when bench ends without a word. */
export interface Guard {
  readonly pid: number;
  /** Tells it of a process of the tree; needed only where no cgroup holds the tree. */
  tell(line: `group ${number}` | `output ${string}` | `pid ${number} ${number}`): void;
  /** Lets it go without killing anything; with `'finish'` it does its work at once instead. */
  release(how?: 'finish'): void;
}

/** What a guard ends. */
interface GuardCharge {
  /** The engine's cgroup directory, or null for the walk over /proc. */
  readonly leaf: string | null;
  /** v1 cgroups that are to be removed with the leaf. */
  readonly twins: readonly string[];
  readonly container: Pick<ContainerSpec, 'runtime' | 'name'> | null;
  /** Told when the guard had to be started again. */
  readonly onLost: () => void;
}

const PATH = '/usr/bin:/bin:/usr/sbin:/sbin';

/**
 * Starts the guard: before the engine, in a session of its own, so that no signal to the terminal's group
 * reaches it. Its stdin is a pipe that only bench holds. Should somebody kill it, it is started again.
 */
export function startGuard(charge: GuardCharge): Guard {
  const told: string[] = [];
  let child = spawnGuard(charge);
  let released = false;
  const watch = (): void => {
    child.once('exit', () => {
      if (released) return;
      charge.onLost();
      child = spawnGuard(charge);
      for (const line of told) child.stdin?.write(`${line}\n`);
      watch();
    });
  };
  watch();
  return {
    get pid() {
      return child.pid ?? 0;
    },
    tell(line) {
      told.push(line);
      child.stdin?.write(`${line}\n`);
    },
    release(how) {
      released = true;
      if (how === 'finish') child.stdin?.end();
      else child.stdin?.end('done\n');
    },
  };
}

function spawnGuard({ leaf, twins, container }: GuardCharge): ChildProcess {
  const nullFd = openSync('/dev/null', 'r+');
  const { runtime, name } = container ?? { runtime: null, name: '' };
  const words = [leaf ?? '', runtime?.path ?? '', name, ...twins];
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'bench-guard', ...words], {
    detached: true,
    cwd: '/',
    stdio: coveredStdio<'pipe' | number>(['pipe', nullFd, nullFd], nullFd),
    env: {
      ...runtime?.env,
      PATH: runtime?.env.PATH === undefined ? PATH : `${PATH}:${runtime.env.PATH}`,
      LC_ALL: 'C',
      NODE_V8_COVERAGE: undefined,
      ...(runtime?.kind === 'podman' ? { BENCH_GRACE: '-t 0' } : {}),
    },
  });
  closeSync(nullFd);
  // Neither the guard nor the pipe keeps bench from ending.
  child.unref();
  const stdin = child.stdin as Writable & { unref?(): void };
  stdin.unref?.();
  stdin.on('error', () => undefined);
  child.on('error', () => undefined);
  return child;
}
