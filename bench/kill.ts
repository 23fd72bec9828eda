import { parseArgs } from "node:util"
import { killRounds } from "../test/e2e/kill-rounds.ts"
import { describeMachine, printed, type Report } from "./machine.ts"

/**
 * A scripted task that writes, edits and runs, while its server is killed with SIGKILL once to three times at random
 * moments. There is no peer: the goal is that nothing at all differs from an uninterrupted run. Runs what is built.
 */
const usual = { rounds: 1_000, seed: 4 }

export async function run({ rounds, seed } = usual): Promise<Report> {
  const startedAt = performance.now()
  const onRound = (done: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${rounds} rounds`)
  }
  // What differs is thrown, with the round it was in.
  const { kills, unknown } = await killRounds({ rounds, seed, onRound })
  if (process.stderr.isTTY) process.stderr.write("\n")
  return {
    title: `kill -9: ${rounds} rounds of a task with nine steps`,
    rows: [
      { what: "kills", value: String(kills) },
      { what: "rounds that differ from an uninterrupted run", value: "0", goal: "0", met: true },
      { what: "calls of which nobody knew whether they had happened; the model looked", value: String(unknown) },
      { what: "seconds a round", value: ((performance.now() - startedAt) / 1000 / rounds).toFixed(2) },
    ],
    notes: [
      `seed ${seed}; two rounds at a time`,
      "after each round: files byte for byte, each call one outcome, every event that was told of in the log and in order",
    ],
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } })
  console.log(describeMachine())
  console.log(
    printed(await run({ rounds: Number(values.rounds ?? usual.rounds), seed: Number(values.seed ?? usual.seed) })),
  )
}
