import { deepEqual, equal, ok } from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { below, seededRandom } from "../../src/base/random.ts"
import { type Place, place, until } from "./place.ts"
import { type Answer, type Asked, type ScriptedProvider, scriptedProvider } from "./scripted-provider.ts"

/** Ways to change files: one that can be looked into after a crash, twice, and one that is not the same when done twice. */
interface Step {
  readonly call: readonly [name: string, args: object]
  /** The file that tells whether it was done, and what stands there then. */
  readonly proof: readonly [path: string, text: string]
}

const parts = 3

const stepsOf = (folder: string): readonly Step[] =>
  Array.from({ length: parts }, (_, n): Step[] => {
    const [file, log] = [`${folder}/file-${n}.txt`, `${folder}/log.txt`]
    return [
      { call: ["write", { path: file, content: `part ${n}\nmark\n` }], proof: [file, "mark"] },
      {
        call: ["edit", { path: file, before: "mark\n", after: `edited ${n}\nmark\n` }],
        proof: [file, `edited ${n}\n`],
      },
      { call: ["run", { command: `sleep 0.03; echo line ${n} >> ${log}; sleep 0.03` }], proof: [log, `line ${n}\n`] },
    ]
  }).flat()

/** What an uninterrupted run leaves. */
const wanted = (folder: string): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    Array.from({ length: parts }, (_, n) => [`${folder}/file-${n}.txt`, `part ${n}\nedited ${n}\nmark\n`]),
  ),
  [`${folder}/log.txt`]: Array.from({ length: parts }, (_, n) => `line ${n}\n`).join(""),
})

const isUnknown = (result: string) => result.includes("It may have happened")

/** A model that looks when it is told that something may or may not have been done, and does what was not. */
function scripted({ task, results }: Asked): Answer {
  const steps = stepsOf(task)
  let at = 0
  let isLooking = false
  for (const result of results) {
    if (isLooking) {
      const [, text] = steps[at]?.proof ?? ["", ""]
      isLooking = false
      // What is read has numbers before its lines.
      if (result.replaceAll(/^\s*\d+\t/gm, "").includes(text.trimEnd())) at += 1
    } else if (isUnknown(result)) isLooking = true
    else at += 1
  }
  const step = steps[at]
  if (!step) return `All ${steps.length} steps are done.`
  if (isLooking) return { text: "I look. ", calls: [["run", { command: `cat ${step.proof[0]} || true` }]] }
  return { text: `Step ${at}. `, calls: [step.call] }
}

interface Stored {
  readonly type: string
  readonly data: Record<string, unknown>
}

export interface KillFigures {
  readonly rounds: number
  readonly kills: number
  /** Calls of which nobody could say whether they had happened; the model looked. */
  readonly unknown: number
}

/**
 * Runs a scripted task again and again while its server is killed with SIGKILL, once to three times at random moments.
 * After each round: the files are those of an uninterrupted run, every step that was told of is in the log, each call has
 * one outcome. Throws AssertionError. Lanes have a data folder each, and run side by side.
 */
export async function killRounds(options: {
  readonly rounds: number
  readonly seed: number
  readonly lanes?: number
  onRound?(done: number): void
}): Promise<KillFigures> {
  const { rounds, seed, lanes = 2, onRound } = options
  let next = 0
  let done = 0
  let isFailed = false
  const figures = { rounds, kills: 0, unknown: 0 }
  const lane = async () => {
    await using here = place()
    await using provider = await scriptedProvider(scripted, { latencyMs: 1, chunkSize: 8 })
    for (let round = next++; round < rounds && !isFailed; round = next++) {
      const { kills, unknown } = await killRound(here, provider, round, seededRandom(seed * 100_003 + round))
      figures.kills += kills
      figures.unknown += unknown
      done += 1
      onRound?.(done)
    }
  }
  const all = Array.from({ length: lanes }, () =>
    lane().catch((error) => {
      isFailed = true
      throw error
    }),
  )
  // Each ends what it has started before the first fault is told.
  await Promise.allSettled(all)
  await Promise.all(all)
  return figures
}

async function killRound(here: Place, provider: ScriptedProvider, round: number, random: () => number) {
  const task = `round-${round}`
  const asked = () => provider.asked.filter((one) => one.task === task).length
  let isOver = false
  let isTold = false
  const running = here
    .duck(["run", "--mode", "auto", "--output-format", "stream-json", task], {
      env: provider.env,
      onSpawn: (child) => child.stdout?.once("data", () => (isTold = true)),
    })
    .finally(() => (isOver = true))
  // Not before the command line knows which conversation it is, and there is something to lose.
  await until("the model is asked", () => (isTold && asked() > 0) || isOver, { everyMs: 2 })
  let kills = 0
  for (let left = 1 + below(random, 3); left > 0 && !isOver; left--) {
    const after = asked() + below(random, 5)
    await until("the task is further on", () => asked() >= after || isOver, { everyMs: 2 })
    await new Promise((resolve) => setTimeout(resolve, random() * 30))
    const pid = here.server()?.pid
    if (isOver || pid === undefined || isDead(pid)) continue
    process.kill(pid, "SIGKILL")
    kills += 1
    // A dying process still takes connections for a moment: the next round's command must not be the one to find out.
    await until("it is dead", () => isDead(pid), { everyMs: 2 })
    await until("another server is there", () => isOver || (here.server()?.pid ?? pid) !== pid)
  }
  const ran = await running
  deepEqual([task, ran.code, ran.stderr], [task, 0, ""])
  const lines = ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Stored & { readonly kind: string; readonly session?: string })
  const result = lines.at(-1)
  deepEqual([result?.kind, (result as { how?: unknown } | undefined)?.how], ["result", "done"])
  const exported = JSON.parse((await here.duck(["session", "export", String(result?.session)])).stdout) as {
    readonly events: readonly Stored[]
  }
  for (const [path, text] of Object.entries(wanted(task)))
    equal(readFileSync(join(here.project, path), "utf8"), text, `${path} after ${kills} kills`)
  const told = lines.filter(({ kind }) => kind === "event")
  return { kills, unknown: checkHistory(exported.events, told, task) }
}

/** Gone, or only waiting to be collected. */
function isDead(pid: number): boolean {
  try {
    return /^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").pop() ?? "")
  } catch {
    return true
  }
}

/** What an event is about. */
const nameOf = ({ type, data }: Stored): string =>
  [type, data.call ?? data.message ?? data.checkpoint ?? data.turn ?? ""].join(" ")

/** Gives how many calls have an outcome that nobody knows. */
function checkHistory(events: readonly Stored[], told: readonly Stored[], task: string): number {
  const of = (type: string) => events.filter((event) => event.type === type).map(({ data }) => data)
  // Whatever was told is kept, in its order; after a reconnection some is told again.
  const stored = events.map(nameOf)
  let at = 0
  for (const name of new Set(told.map(nameOf))) {
    at = stored.indexOf(name, at) + 1
    ok(at > 0, `${task}: ${name} was told and is not in the log, or not in that order`)
  }
  equal(of("user.spoke").length, 1)
  deepEqual(
    of("turn.ended").map(({ how }) => how),
    ["done"],
  )
  const finished = of("tool.finished").map(({ call, outcome }) => ({ call: String(call), outcome: String(outcome) }))
  equal(new Set(finished.map(({ call }) => call)).size, finished.length, `${task}: a call has two outcomes`)
  deepEqual(
    [...new Set(of("tool.intended").map(({ call }) => String(call)))].filter(
      (call) => !finished.some((one) => one.call === call),
    ),
    [],
  )
  const unknown = finished.filter(({ outcome }) => outcome === "unknown").length
  equal(finished.filter(({ outcome }) => outcome === "done").length, finished.length - unknown)
  // Each step is done once: what was asked more often was looked at, or was not known.
  equal(of("checkpoint.taken").filter(({ when }) => when === "after").length, 1)
  return unknown
}
