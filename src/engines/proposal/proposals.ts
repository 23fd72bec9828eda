import type { Clock } from "../../base/clock.ts"
import { parseJson } from "../../base/schema.ts"
import { decidedStreams } from "../../fabric/decider-stream.ts"
import type { Blobs, LogId, LogStore, NodeId, Position, Sequencer, StreamId } from "../../fabric/ports.ts"
import { FileNotFoundError } from "../../workspace/errors.ts"
import { hashOf } from "../../workspace/read.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import {
  mustBeOpen,
  type ProposalCommand,
  type ProposalSummary,
  parseProposalEvent,
  proposalsDecider,
  theProposal,
} from "./history.ts"
import { hunksIn, onlyHunks } from "./hunks.ts"
import { Proposal } from "./proposal.ts"

export interface ProposalsOptions {
  readonly projectId: string
  readonly fabric: {
    readonly sequencer: Pick<Sequencer, "append" | "settle">
    readonly store: Pick<LogStore, "stream" | "reached">
    readonly blobs: Blobs
    readonly node: NodeId
  }
  readonly clock: Clock
}

/** What somebody may take or leave, of one project. Names: an id, the end of one, or "last". */
export interface Proposals {
  readonly log: LogId
  keep(proposal: Proposal, actor: string): Promise<Position>
  /** Oldest first. */
  list(): readonly ProposalSummary[]
  /** Throws NO_PROPOSAL, AMBIGUOUS. */
  read(name: string): Promise<Proposal & Pick<ProposalSummary, "state" | "at" | "by">>
  /**
   * Writes all of it, or the chosen hunks, or nothing. The caller makes the checkpoints around it. Throws
   * PROPOSAL_CLOSED, NO_HUNK, FILE_CHANGED where a file is no longer what it was, and what writing throws.
   */
  apply(
    name: string,
    options: ApplyOptions,
  ): Promise<{ readonly paths: readonly string[]; readonly position: Position }>
  /** What `apply` would write, and the files that are no longer what they were. Writes nothing; throws as `apply`. */
  preview(
    name: string,
    options: Omit<ApplyOptions, "workspace" | "actor"> & { readonly workspace: Pick<Workspace, "readBytes"> },
  ): Promise<{ readonly paths: readonly string[]; readonly changed: readonly string[] }>
  discard(name: string, actor: string): Promise<Position>
}

export interface ApplyOptions {
  readonly workspace: Pick<Workspace, "patch">
  readonly actor: string
  /** Numbers of hunks (hunks.ts); without it all. */
  readonly hunks?: readonly number[] | undefined
}

export function openProposals({ projectId, fabric, clock }: ProposalsOptions): Proposals {
  const log: LogId = `project.${projectId}`
  const stream: StreamId = "proposals"
  const { sequencer, store, node, blobs } = fabric
  const streams = decidedStreams({
    sequencer,
    store,
    node,
    clock,
    decider: proposalsDecider,
    parse: parseProposalEvent,
  })
  const list = () => streams.load(log, stream).state
  const now = () => new Date(clock.now()).toISOString()
  const handle = async (command: ProposalCommand, actor: string) =>
    (await streams.handle(log, stream, command, { actor })).head

  const read = async (name: string) => {
    const { blob, state, at, by } = theProposal(list(), name)
    const pieces: Uint8Array[] = []
    for await (const piece of blobs.get(blob)) pieces.push(piece)
    const proposal = parseJson(Proposal, Buffer.concat(pieces).toString("utf8"), "the stored proposal")
    return { ...proposal, state, at, by }
  }

  return {
    log,
    list,
    read,
    async keep(proposal, actor) {
      const blob = await blobs.put(once(Buffer.from(JSON.stringify(proposal))))
      const { id, engine, title, files, madeBy } = proposal
      const data = { id, engine, title, files, madeBy, blob, by: actor, at: now() }
      return handle({ type: "proposal.made", v: 1, data }, actor)
    },
    async apply(name, { workspace, actor, hunks }) {
      const { id, diff, files, state } = await read(name)
      mustBeOpen({ id, state })
      const chosen = hunks ? onlyHunks(diff, hunks) : diff
      const expectHashes = Object.fromEntries(
        files.flatMap(({ path, beforeHash }) => (beforeHash === null ? [] : [[path, beforeHash]])),
      )
      const edited = await workspace.patch(chosen, { expectHashes })
      const paths = edited.flatMap(({ path, movedTo }) => (movedTo === undefined ? [path] : [path, movedTo]))
      const data = { id, hunks: hunks ? [...hunks] : null, paths, by: actor, at: now() }
      return { paths, position: await handle({ type: "proposal.applied", v: 1, data }, actor) }
    },
    async preview(name, { workspace, hunks }) {
      const { id, diff, files, state } = await read(name)
      mustBeOpen({ id, state })
      const chosen = hunks ? onlyHunks(diff, hunks) : diff
      const wanted = new Set(hunksIn(chosen).map(({ path }) => path))
      const paths = files.map(({ path }) => path).filter((path) => wanted.has(path))
      const hashes = await Promise.all(files.map(({ path }) => hashAt(workspace, path)))
      const changed = files.filter(({ path, beforeHash }, i) => wanted.has(path) && hashes[i] !== beforeHash)
      return { paths, changed: changed.map(({ path }) => path) }
    },
    discard: async (name, actor) => {
      const { id } = theProposal(list(), name)
      return handle({ type: "proposal.discarded", v: 1, data: { id, by: actor, at: now() } }, actor)
    },
  }
}

/** Null where there is nothing. */
async function hashAt(workspace: Pick<Workspace, "readBytes">, path: string): Promise<string | null> {
  try {
    return hashOf((await workspace.readBytes(path)).bytes)
  } catch (thrown) {
    if (thrown instanceof FileNotFoundError) return null
    throw thrown
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
