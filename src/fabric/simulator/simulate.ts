import { below, seededRandom } from "../../base/random.ts"
import { AppendUnknownError } from "../append.ts"
import type { Incarnation } from "../incarnation.ts"
import { ownership } from "../ownership.ts"
import type { Commit, Committed, Members, Owned } from "../ports.ts"
import { type Violation, violations } from "./invariants.ts"
import { type MemorySequencer, memorySequencer } from "./memory-sequencer.ts"
import { type Engine, type Faults, type SimulatedNode, simulatedNode, type Told } from "./network.ts"
import { type Schedule, schedule } from "./schedule.ts"

export interface SimulationOptions {
  readonly seed: number
  /** What decides; the in-memory sequencer itself unless a wrong one is to be caught. */
  readonly engineOf?: (truth: MemorySequencer, schedule: Schedule) => Engine
  /** `writers` append to shared streams themselves; `owners` claim streams and commit under their claims. */
  readonly actors: "writers" | "owners"
}

export interface Simulation {
  readonly seed: number
  readonly stored: readonly Committed[]
  readonly told: readonly Told[]
  readonly violations: readonly Violation[]
}

const log = "core"
const streams = ["conv.a", "conv.b"]
const maxSteps = 600

/**
 * One random history of three nodes on one engine: messages are lost, doubled, late or not answered, nodes crash and come
 * back as other incarnations, and what they believe of each other is chosen by lot. Gives what the statements S1 to S4
 * find wrong in it. The same seed gives the same history.
 */
export async function simulate({ seed, engineOf = (truth) => truth, actors }: SimulationOptions): Promise<Simulation> {
  const random = seededRandom(seed)
  const steps = schedule(random)
  const truth = memorySequencer()
  const engine = engineOf(truth, steps)
  const told: Told[] = []
  const faults: Faults = {
    lost: random() * 0.3,
    doubled: random() * 0.3,
    unheard: random() * 0.3,
    late: random() * 0.3,
  }
  let ids = 0
  const world: World = {
    steps,
    // Fixed ids: those of base/ids.ts carry the time of the real clock.
    nextId: () => String(++ids).padStart(26, "0"),
    node: () => simulatedNode({ schedule: steps, engine, truth, faults, told }),
    closing: [],
  }
  for (let i = 0; i < 3; i++) (actors === "writers" ? runWriter : runOwner)(world, `node-${i}`)
  await steps.run(maxSteps)
  const stored = truth.store.scan(log, 0, maxSteps)
  await Promise.all(world.closing.map((close) => close()))
  return { seed, stored, told, violations: violations(log, stored, told) }
}

interface World {
  readonly steps: Schedule
  readonly nextId: () => string
  readonly node: () => SimulatedNode
  readonly closing: (() => Promise<void>)[]
}

function commitOf(world: World, stream: string, expect: number, node: string): Commit {
  const id = world.nextId()
  const at = new Date(world.steps.clock.now()).toISOString()
  return { id, stream, expect, events: [{ type: "said", v: 1, data: id }], meta: { actor: "a", node, epoch: 0, at } }
}

/** Appends at the head it knows of, settles what is unknown, and goes on from there. */
async function runWriter(world: World, name: string) {
  const { steps } = world
  const { sequencer, crash } = world.node()
  if (steps.random() < 0.2) steps.at(crash)
  const stream = streams[below(steps.random, streams.length)] ?? ""
  let head = 0
  for (let i = 0; i < 6; i++) {
    const commit = commitOf(world, stream, head, name)
    const answer = await sequencer.append(log, commit)
    try {
      const settled = answer.kind === "unknown" ? await sequencer.settle(log, commit) : answer
      head = settled.kind === "committed" ? settled.pos : settled.head
    } catch {
      // Not settled: such a writer may append nothing else.
      return
    }
  }
}

/** Owns streams, commits under its claims, gives some up, loses others, and crashes now and then. */
async function runOwner(world: World, name: string, life = 0): Promise<void> {
  const { steps } = world
  const node = world.node()
  const owner = ownership({
    sequencer: node.sequencer,
    store: node.store,
    incarnation: incarnationOf(world, name, life),
    members: nobody,
    clock: steps.clock,
  })
  let isOver = false
  world.closing.push(async () => void owner.close())
  if (life < 2 && steps.random() < 0.4)
    steps.at(() => {
      isOver = true
      node.crash()
      runOwner(world, name, life + 1)
    })
  for (let i = 0; i < 3 && !isOver; i++) {
    const stream = streams[below(steps.random, streams.length)] ?? ""
    try {
      const owned = await owner.own(log, stream)
      if ("ownedBy" in owned) await steps.later()
      else await useOwned(world, owned)
    } catch {
      // Stale, fenced or unknown: it looks again, as a node does.
      await steps.later()
    }
  }
}

async function useOwned({ steps, nextId }: World, owned: Owned) {
  for (let i = 0; i < 3; i++) {
    await owned.commit([{ type: "said", v: 1, data: nextId() }]).catch((error: unknown) => {
      if (!(error instanceof AppendUnknownError)) throw error
    })
    // A pause, in which anything may happen to the ownership.
    if (steps.random() < 0.5) await steps.later()
  }
  if (steps.random() < 0.5) await owned.release()
}

/** What it says of others is chosen by lot: no belief about who is alive may break the fence. */
const incarnationOf = ({ steps }: World, node: string, life: number): Incarnation => ({
  self: { id: node, incarnation: `${node}.${life}`, address: "", version: "" },
  isAlive: async () => steps.random() < 0.4,
  close: async () => {},
})

const nobody: Members = {
  self: { id: "", incarnation: "", address: "", version: "" },
  list: () => [],
  changes: () => () => {},
}
