import type { Clock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { estimateTokens } from "../../base/tokens.ts"
import { decidedStreams } from "../../fabric/decider-stream.ts"
import type { LogStore, NodeId, Position, Sequencer } from "../../fabric/ports.ts"
import type { Views } from "../../fabric/projection.ts"
import { type MemorySource, readMemoryEvent } from "./events.ts"
import { lastAbout, lastOf, type MemoryChange, memoryDecider } from "./history.ts"
import { type Group, placeIndexes } from "./indexes.ts"
import type { MemoryKind, MemoryScope } from "./kinds.ts"
import { patternRows, patternsProjection } from "./patterns.ts"
import { keyOfPlace, type MemoryPlace, type MemoryReader, placesOf } from "./place.ts"
import { ranked, type Scored } from "./rank.ts"
import { rememberable } from "./rememberable.ts"
import { ofPattern, ofRow, type Remembered } from "./remembered.ts"
import type { Sealing } from "./sealing.ts"
import { theOne } from "./the-one.ts"
import { type ChangeRow, memoriesProjection, memoryRows } from "./view.ts"

export interface MemoryOptions {
  readonly fabric: {
    readonly sequencer: Pick<Sequencer, "append" | "settle">
    readonly store: Pick<LogStore, "stream" | "reached" | "tip" | "logs">
    readonly views: Pick<Views, "open">
    readonly node: NodeId
  }
  readonly sealing: Sealing
  readonly clock: Clock
}

/** Who changes what is remembered. */
export interface Writer extends MemoryReader {
  readonly by: "user" | "model"
}

export interface ToRemember {
  readonly scope: MemoryScope
  readonly kind: MemoryKind
  readonly text: string
  readonly confidence: number
  readonly source: MemorySource
  /** How many days it holds, or until when (ISO 8601); null: for good. */
  readonly holds: { readonly days: number } | { readonly until: string } | null
  /** Names the change, where it may be asked for twice and must happen once; without it each is one of its own. */
  readonly change?: string
}

/** What a change led to. `place` and `position`: where it was stored; undefined where there was nothing to store. */
export interface Written {
  readonly memories: readonly Remembered[]
  readonly change: string
  readonly place: MemoryPlace
  readonly position: Position | undefined
}

export interface MemoryQuery {
  readonly scopes?: readonly MemoryScope[]
  /** Also what is forgotten or has expired. */
  readonly all?: boolean
}

export interface RecallQuery extends MemoryReader {
  readonly query: string
  readonly budgetTokens: number
}

/** What is remembered beyond conversations: what someone wanted remembered, and what recent conversations have in common. */
export interface Memory {
  /** What the reader may see, by scope, the oldest first. */
  list(reader: MemoryReader, query?: MemoryQuery): Promise<Remembered[]>
  /** The last changes, the newest first. */
  changes(reader: MemoryReader, limit: number): Promise<(ChangeRow & { readonly scope: MemoryScope })[]>
  /**
   * Remembers; what is remembered already is confirmed. Throws SECRET_NOT_REMEMBERED, MEMORY_FULL, NO_PROJECT, and
   * InvalidInputError for a text that is empty or too long and a time that has passed.
   */
  add(writer: Writer, wanted: ToRemember): Promise<Written>
  /** Throws NO_MEMORY, or AMBIGUOUS where an id could be several. Ids may be typed by their ends. */
  forget(writer: Writer, ids: readonly [string, ...string[]], why: string): Promise<Written[]>
  /**
   * Takes a change back: the one of this id; the last of this memory, an undoing among them; without either, the last that the
   * writer made and that holds. Undefined where there is none.
   */
  undo(writer: Writer, named?: string): Promise<Written | undefined>
  /** What `undo` would take back. */
  undoable(reader: MemoryReader, named?: string): Promise<MemoryChange | undefined>
  /** The one memory that an id, or its end, means. Throws as `forget`. */
  find(reader: MemoryReader, id: string): Promise<Remembered>
  /** What is about some words, the best first. */
  search(reader: MemoryReader, words: string, query?: MemoryQuery): Promise<Scored[]>
  /** What a prompt should be told, the best first, within a budget: also what matters whatever is asked. */
  recalled(query: RecallQuery): Promise<Scored[]>
  close(): void
}

const catchUpMs = 5_000

/** Opens the views of memories: once for a fabric. */
export async function openMemory({ fabric, sealing, clock }: MemoryOptions): Promise<Memory> {
  const { store, views } = fabric
  const [memories, patterns] = await Promise.all([views.open(memoriesProjection), views.open(patternsProjection)])
  const rows = memoryRows(memories)
  const drawn = patternRows(patterns)
  const decided = decidedStreams({ ...fabric, decider: memoryDecider, parse: readMemoryEvent, clock })
  const indexes = placeIndexes()

  /** Lets the views read what was written before now. */
  const current = async (places: readonly MemoryPlace[]) => {
    const known = new Set(store.logs())
    const logs = [...new Set(places.map(({ log }) => log))].filter((log) => known.has(log))
    await Promise.all(
      logs.flatMap((log) =>
        [memories, ...(log === "core" ? [] : [patterns])].map((view) =>
          view.reached(log, store.tip(log).pos, { withinMs: catchUpMs }),
        ),
      ),
    )
  }

  const seenBy = (reader: MemoryReader, scopes?: readonly MemoryScope[]) =>
    placesOf(reader).filter(({ scope }) => scopes === undefined || scopes.includes(scope))

  /** All there is, in groups that can be searched. */
  const groupsOf = (places: readonly MemoryPlace[]): Group[] =>
    places.flatMap((place): Group[] => {
      const nowMs = clock.now()
      const written = rows.list(place).map((row) => ofRow(row, place.scope, nowMs, sealing))
      const group = { place: keyOfPlace(place), memories: written }
      if (place.scope !== "project") return [group]
      const forgotten = rows.forgottenPatterns(place)
      const seen = drawn.list(place.log, nowMs).map((pattern) => ofPattern(pattern, forgotten.has(pattern.id)))
      return [group, { place: null, memories: seen }]
    })

  const everything = async (reader: MemoryReader, { scopes, all = false }: MemoryQuery = {}) => {
    const places = seenBy(reader, scopes)
    await current(places)
    const groups = groupsOf(places)
    const found = groups.flatMap(({ memories: some }) => some)
    return { groups, found: all ? found : found.filter(({ state }) => state === "held") }
  }

  const find = async (reader: MemoryReader, typed: string): Promise<Remembered> => {
    const { found } = await everything(reader, { all: true })
    return theOne(found, typed)
  }

  const placeOf = (reader: MemoryReader, scope: MemoryScope): MemoryPlace => {
    const place = placesOf(reader).find((one) => one.scope === scope)
    if (place) return place
    throw new InvalidInputError({
      code: "NO_PROJECT",
      message: "There is no project here whose memory it could be.",
      hint: "Change to the folder of a project, or remember it for yourself: --scope user.",
    })
  }

  const written = async (writer: Writer, place: MemoryPlace, ids: readonly string[], change: string, head?: number) => {
    const { found } = await everything(writer, { scopes: [place.scope], all: true })
    return { memories: found.filter(({ id }) => ids.includes(id)), change, place, position: head }
  }

  const signed = ({ by, user }: Writer, change = newId(clock.now())) => ({
    change,
    by,
    actor: user,
    at: new Date(clock.now()).toISOString(),
  })

  /** The change that is meant, and where it stands. */
  const toUndo = async (reader: MemoryReader, named?: string) => {
    const histories = placesOf(reader).map((place) => ({ place, history: decided.load(place.log, place.stream).state }))
    if (named === undefined) {
      const last = histories.map(({ place, history }) => ({ place, change: lastOf(history, reader.user) }))
      return last
        .flatMap(({ place, change }) => (change ? [{ place, change }] : []))
        .sort((a, b) => (a.change.at < b.change.at ? 1 : a.change.at > b.change.at ? -1 : 0))[0]
    }
    for (const { place, history } of histories) {
      const change = history.changes.find(({ id }) => id === named)
      if (change) return { place, change }
    }
    const { id } = await find(reader, named)
    for (const { place, history } of histories) {
      const change = lastAbout(history, id)
      if (change) return { place, change }
    }
    return undefined
  }

  return {
    find,
    list: async (reader, query) => (await everything(reader, query)).found,
    async changes(reader, limit) {
      const places = seenBy(reader)
      await current(places)
      return places
        .flatMap((place) => rows.changes(place, limit).map((row) => ({ ...row, scope: place.scope })))
        .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
        .slice(0, limit)
    },
    async add(writer, { scope, kind, text: given, confidence, source, holds, change }) {
      const place = placeOf(writer, scope)
      const expiresAt = holds === null ? null : "until" in holds ? holds.until : afterDays(holds.days, clock.now())
      const text = rememberable(given, expiresAt, clock.now())
      const signature = signed(writer, change)
      const before = decided.load(place.log, place.stream).state.changes.find(({ id }) => id === signature.change)
      if (before) return written(writer, place, before.memories, before.id)
      const known = (await everything(writer, { scopes: [scope] })).found.find(
        (one) => one.tier === "long" && one.kind === kind && sameText(one.text, text),
      )
      const memory = known?.id ?? newId(clock.now())
      const command = known
        ? ({ type: "confirm", data: { ...signature, memory, confidence, source, expiresAt } } as const)
        : ({
            type: "add",
            data: { ...signature, memory, kind, text: sealing.kept(memory, text), confidence, source, expiresAt },
          } as const)
      const { head } = await decided.handle(place.log, place.stream, command, { actor: writer.user })
      return written(writer, place, [memory], signature.change, head)
    },
    async forget(writer, ids, why) {
      const { found } = await everything(writer, { all: true })
      const meant = ids.map((id) => theOne(found, id))
      const done: Written[] = []
      for (const place of placesOf(writer)) {
        const [first, ...rest] = meant.filter(({ scope }) => scope === place.scope).map(({ id }) => id)
        if (first === undefined) continue
        const signature = signed(writer)
        const data = { ...signature, memories: [first, ...rest], why }
        const { head, events } = await decided.handle(
          place.log,
          place.stream,
          { type: "forget", data },
          { actor: writer.user },
        )
        done.push(await written(writer, place, data.memories, signature.change, events.length > 0 ? head : undefined))
      }
      return done
    },
    undoable: async (reader, named) => (await toUndo(reader, named))?.change,
    async undo(writer, named) {
      const meant = await toUndo(writer, named)
      if (!meant) return undefined
      const { place, change } = meant
      const signature = signed(writer)
      const command = { type: "undo", data: { ...signature, undoes: change.id } } as const
      const { head, events } = await decided.handle(place.log, place.stream, command, { actor: writer.user })
      return written(writer, place, change.memories, signature.change, events.length > 0 ? head : undefined)
    },
    async search(reader, words, query) {
      const { groups, found } = await everything(reader, query)
      return ranked(found, indexes.matches(words, groups), { nowMs: clock.now(), isSearch: true })
    },
    async recalled({ query, budgetTokens, ...reader }) {
      const { groups, found } = await everything(reader)
      const scored = ranked(found, indexes.matches(query, groups), { nowMs: clock.now(), isSearch: false })
      return fitting(scored, budgetTokens)
    },
    close: indexes.close,
  }
}

/** Around the text of a memory in a prompt. */
const tokensAround = 12

/** The best that fit; one that is too long leaves its room to the next. What two scopes say alike is told once. */
function fitting(scored: readonly Scored[], budgetTokens: number): Scored[] {
  let left = budgetTokens
  const told = new Set<string>()
  return scored.filter(({ memory: { text } }) => {
    if (text === null || told.has(text)) return false
    const tokens = estimateTokens(text) + tokensAround
    if (tokens > left) return false
    left -= tokens
    told.add(text)
    return true
  })
}

const afterDays = (days: number, nowMs: number) => new Date(nowMs + days * 86_400_000).toISOString()

const sameText = (a: string | null, b: string) => a !== null && plain(a) === plain(b)
const plain = (text: string) => text.toLowerCase().replaceAll(/\s+/g, " ").replace(/[.!]$/, "")
