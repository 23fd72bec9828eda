import { readFileSync } from "node:fs"
import { availableParallelism, cpus, release, totalmem, type } from "node:os"

/** What a benchmark ran on; printed and saved with each result, because a figure without it says nothing. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly os: string
  readonly node: string
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version,
  }
}

export function describeMachine({ cpu, cores, memoryGb, os, node }: Machine = machine()): string {
  return `${cpu}, ${cores} cores, ${memoryGb} GiB, ${os}, Node ${node}`
}

/** Resident memory of a process in bytes from /proc (Linux); undefined where there is none. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1024
  } catch {
    return undefined
  }
}

/** The value below which a share `q` (0..1) of the samples lies; NaN of none. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

/**
 * One line of a benchmark's result. `goal` is the bound it is held to ("<= 2.5 x", ">= 70 %"), `met` whether it was;
 * a row without a goal is context (the peer, the size of the corpus).
 */
export interface Row {
  readonly what: string
  readonly value: string
  readonly goal?: string
  readonly met?: boolean
}

/** Every file of `bench/` that `npm run bench` knows exports `run(): Promise<Report>`. */
export interface Report {
  readonly title: string
  readonly rows: readonly Row[]
  /** How it was measured, and anything that makes this run unlike another. */
  readonly notes?: readonly string[]
}

/** A report as aligned text. */
export function printed({ title, rows, notes = [] }: Report): string {
  const widthOf = (pick: (row: Row) => string) => Math.max(0, ...rows.map((row) => pick(row).length))
  const whatWidth = widthOf((row) => row.what)
  const valueWidth = widthOf((row) => row.value)
  const lines = rows.map((row) => {
    const verdict = row.goal === undefined ? "" : `  goal ${row.goal}${verdictOf(row.met)}`
    return `  ${row.what.padEnd(whatWidth)}  ${row.value.padStart(valueWidth)}${verdict}`.trimEnd()
  })
  return [title, ...lines, ...notes.map((note) => `  (${note})`)].join("\n")
}

const verdictOf = (met: boolean | undefined) => (met === undefined ? "" : met ? "  met" : "  MISSED")
