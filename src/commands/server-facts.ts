import { UnavailableError } from "../base/errors.ts"
import type { Host, ServerFacts } from "./context.ts"

/** The server that runs the command. Throws UnavailableError in a process that is none. */
export function serverOf(host: Host): ServerFacts {
  if (host.server) return host.server
  throw new UnavailableError({
    code: "NO_SERVER",
    message: "This command asks the server, and this process is none.",
    hint: "Run it through `duck`, or start a server with `duck serve`.",
  })
}

/** "3 d 4 h", "5 min 10 s", "240 ms": the two units that say it. */
export function spokenDuration(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1_000],
  ] as const
  const at = units.findIndex(([, size]) => ms >= size)
  if (at < 0) return `${Math.round(ms)} ms`
  const [name, size] = units[at] ?? ["s", 1_000]
  const whole = `${Math.floor(ms / size)} ${name}`
  const next = units[at + 1]
  const rest = next ? Math.floor((ms % size) / next[1]) : 0
  return next && rest > 0 ? `${whole} ${rest} ${next[0]}` : whole
}

/** "12.3 MB", in powers of ten. */
export function spokenSize(sizeBytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"]
  let value = sizeBytes
  let unit = 0
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
