/** Bounds of one run. */
export interface Limits {
  /** Wall-clock time; 0: none, for background processes. */
  readonly timeoutMs: number
  /** Time on processors: of all its processes together where a control group tells it, and of each one. */
  readonly cpuMs: number
  /** Of all its processes together where a control group can be had, else of each one's data. */
  readonly memoryBytes: number
  /** How many processes and threads it may have at a time. */
  readonly processes: number
  /** Everything it may print; a run that prints more is ended. */
  readonly outputBytes: number
  /** The largest file it may write. */
  readonly fileBytes: number
}

export const defaultLimits: Limits = {
  timeoutMs: 120_000,
  cpuMs: 3_600_000,
  memoryBytes: 4 * 2 ** 30,
  processes: 1024,
  outputBytes: 64 * 2 ** 20,
  fileBytes: 8 * 2 ** 30,
}

/**
 * Sets the limits of the kernel and becomes the command, its errors among its output: in the order they were printed.
 * Shells call the number of processes -u or -p; file sizes are in blocks of 512 bytes (of 1024 in bash: then the limit is
 * twice as wide). Who uses up its time is told so by a signal, and ended five seconds later. What a system does not know is
 * left out.
 */
const script = `
ulimit -c 0
ulimit -f "$1"
[ "$2" = - ] || ulimit -d "$2"
[ "$3" = - ] || ulimit -u "$3" || ulimit -p "$3"
ulimit -S -t "$4" && ulimit -H -t "$(($4 + 5))"
shift 4
exec "$@" 2>&1
`.replaceAll(/^(.*ulimit .*)$/gm, "{ $1; } 2>/dev/null")

/**
 * `argv` under limits. Memory is left to the control group where that limits it: the kernel's limit for each
 * process also counts what is only reserved, which some programs do by the terabyte.
 */
export function withLimits(argv: readonly string[], limits: Limits, has: { groupMemory: boolean; ownUser: boolean }) {
  const data = has.groupMemory ? "-" : String(Math.ceil(limits.memoryBytes / 1024))
  // Outside a namespace of its own the limit counts everything that the user runs.
  const processes = has.ownUser ? String(limits.processes) : "-"
  const cpu = String(Math.max(1, Math.ceil(limits.cpuMs / 1000)))
  const blocks = String(Math.ceil(limits.fileBytes / 512))
  return ["/bin/sh", "-c", script, "duck-limits", blocks, data, processes, cpu, ...argv]
}
