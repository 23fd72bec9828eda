import { access } from "node:fs/promises"
import { join } from "node:path"
import type { Clock } from "../../base/clock.ts"
import { UnavailableError } from "../../base/errors.ts"
import { abortable } from "../../base/signal.ts"
import type { Logger } from "../../observe/log.ts"
import { languageOf } from "../parse/languages.ts"
import { knownServers } from "./catalogue.ts"
import { type FoundServer, findKnown, findServer, type SetServers } from "./find.ts"
import {
  type LanguageServer,
  LanguageServerError,
  type LanguageServers,
  type ServedProject,
  type ServerStatus,
} from "./language-servers.ts"
import { isSandboxed, type ProgramOptions, refusalOf, startProgram } from "./program.ts"
import { languageServer } from "./server.ts"
import { openSession, type Session } from "./session.ts"

export interface LanguageServersOptions {
  readonly dataFolder: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  /** Read when a server is looked for. */
  set(): SetServers
  /** What nobody asks for so long is ended. */
  readonly idleMs?: number
  readonly clock: Clock
  readonly logger: Logger
}

/** A large project is read before the greeting is answered. */
const startWithinMs = 30_000
/** After each death in a row it rests longer; after the last it stays down until it has rested for `forgetMs`. */
const restsMs = [1_000, 5_000, 30_000]
const forgetMs = 10 * 60_000

/** One server of one project, whether it runs or not. */
interface Place {
  readonly found: FoundServer
  starting: Promise<LanguageServer> | undefined
  session: Session | undefined
  server: LanguageServer | undefined
  pid: number | undefined
  isSandboxed: boolean | undefined
  deaths: number
  diedAtMs: number
  problem: string | undefined
  stopListening(): void
}

export function openLanguageServers(options: LanguageServersOptions): LanguageServers {
  const { clock, logger, idleMs = 10 * 60_000 } = options
  const places = new Map<string, Place>()
  const closing = new AbortController()
  const keyOf = (root: string, { command }: FoundServer) => JSON.stringify([root, ...command])
  const finding = (root: string) => ({ root, set: options.set(), path: options.env.PATH ?? "" })
  const programOptions = (root: string): ProgramOptions => {
    const { home, dataFolder, env } = options
    return { root, home, dataFolder, env, now: clock.now() }
  }

  async function start(place: Place, project: ServedProject): Promise<LanguageServer> {
    const { found } = place
    const { root, index } = project
    const program = await startProgram(found, programOptions(root))
    place.pid = program.pid
    place.isSandboxed = program.isSandboxed
    const languageId = (path: string) => found.languages[languageOf(path)?.id ?? ""] ?? "plaintext"
    const session = await openSession({
      ...{ root, program, name: found.name, languageId, settings: found.settings, startWithinMs, clock },
      signal: closing.signal,
    })
    const known = new Set(index.files())
    const stopListening = index.subscribe((change) => {
      if (change.kind === "batch") void tell(session, root, known, change.paths)
    })
    place.session = session
    place.stopListening = stopListening
    place.problem = undefined
    place.server = languageServer(root, session)
    const died = () => {
      if (place.session !== session) return
      const reason: unknown = session.lost.reason
      forget(place)
      fell(place, reason)
      void program.end()
    }
    session.lost.addEventListener("abort", died, { once: true })
    if (session.lost.aborted) died()
    if (!place.server) throw new LanguageServerError(found.name, place.problem ?? "has ended")
    return place.server
  }

  function forget(place: Place) {
    place.stopListening()
    place.stopListening = () => {}
    place.session = undefined
    place.server = undefined
    place.pid = undefined
  }

  function fell(place: Place, reason: unknown) {
    if (clock.now() - place.diedAtMs > forgetMs) place.deaths = 0
    place.deaths++
    place.diedAtMs = clock.now()
    place.problem = reason instanceof Error ? reason.message : "It has ended."
    logger.warn("a language server has ended", { server: place.found.name, why: place.problem, deaths: place.deaths })
  }

  const restsFor = ({ deaths, diedAtMs }: Place): number => {
    if (deaths === 0) return 0
    const rest = restsMs[deaths - 1] ?? forgetMs
    return Math.max(0, diedAtMs + rest - clock.now())
  }

  function placeOf(root: string, found: FoundServer): Place {
    const key = keyOf(root, found)
    const known = places.get(key)
    if (known) return known
    const place: Place = {
      found,
      starting: undefined,
      session: undefined,
      server: undefined,
      pid: undefined,
      isSandboxed: undefined,
      deaths: 0,
      diedAtMs: Number.NEGATIVE_INFINITY,
      problem: undefined,
      stopListening: () => {},
    }
    places.set(key, place)
    return place
  }

  async function endIdle() {
    for (;;) {
      await clock.sleep(idleMs / 4, closing.signal)
      for (const place of places.values()) {
        const { session } = place
        if (!session || clock.now() - session.usedAtMs < idleMs) continue
        forget(place)
        await session.close()
      }
    }
  }
  let watching: Promise<void> | undefined

  return {
    async open(project, language, { signal } = {}) {
      if (closing.signal.aborted) throw new UnavailableError({ message: "The language servers were closed." })
      const found = await findServer(language, finding(project.root))
      if (!found) return undefined
      const place = placeOf(project.root, found)
      if (place.server) return place.server
      const wait = restsFor(place)
      if (wait > 0) {
        const why = `died ${place.deaths} times and rests for ${Math.ceil(wait / 1000)} s (${place.problem})`
        throw new LanguageServerError(found.name, why)
      }
      // Ends by the signal, when everything closes.
      watching ??= endIdle().catch(() => {})
      place.starting ??= start(place, project)
        .catch((thrown) => {
          forget(place)
          if (!closing.signal.aborted) fell(place, thrown)
          throw thrown
        })
        .finally(() => (place.starting = undefined))
      const { starting } = place
      return signal ? abortable(signal, () => starting) : starting
    },
    running: (root, language) =>
      [...places].find(
        ([key, { found }]) => key === keyOf(root, found) && Object.hasOwn(found.languages, language),
      )?.[1].server,
    async status(root) {
      const how = finding(root)
      const sandbox = await isSandboxed(programOptions(root))
      const all: ServerStatus[] = []
      for (const language of Object.keys(how.set)) {
        const found = await findServer(language, how)
        const missing = { name: how.set[language]?.[0] ?? "", languages: [language] }
        if (missing.name !== "") all.push(found ? statusOf(found, root, sandbox) : { ...nothing, ...missing })
      }
      for (const known of knownServers) {
        const found = await findKnown(known, how)
        const about = { name: known.name, languages: Object.keys(known.languages) }
        all.push(found ? statusOf(found, root, sandbox) : { ...nothing, ...about })
      }
      return all
    },
    async close() {
      closing.abort()
      await Promise.all([...places.values()].map(({ starting }) => starting?.catch(() => {})))
      const running = [...places.values()].map((place) => {
        const { session } = place
        forget(place)
        return session?.close()
      })
      await Promise.all(running)
      await watching
    },
  }

  function statusOf(found: FoundServer, root: string, sandbox: boolean): ServerStatus {
    const place = places.get(keyOf(root, found))
    const refusal = refusalOf(found, root, sandbox)
    const rests = place !== undefined && place.server === undefined && restsFor(place) > 0
    return {
      name: found.name,
      languages: Object.keys(found.languages),
      command: found.command,
      from: found.from,
      state: refusal
        ? "refused"
        : place?.server
          ? "running"
          : place?.starting
            ? "starting"
            : rests
              ? "resting"
              : "found",
      problem: refusal ?? place?.problem ?? null,
      pid: place?.pid ?? null,
      openFiles: place?.session?.openFiles ?? 0,
      restarts: place?.deaths ?? 0,
      isSandboxed: place?.isSandboxed ?? null,
    }
  }
}

const nothing: Omit<ServerStatus, "name" | "languages"> = {
  command: [],
  from: null,
  state: "missing",
  problem: null,
  pid: null,
  openFiles: 0,
  restarts: 0,
  isSandboxed: null,
}

/** Tells what became of files: 1 new, 2 changed, 3 gone. */
async function tell(session: Session, root: string, known: Set<string>, paths: readonly string[]): Promise<void> {
  const changes = await Promise.all(
    paths.map(async (path) => {
      const isThere = await access(join(root, path)).then(
        () => true,
        () => false,
      )
      const type = !isThere ? 3 : known.has(path) ? 2 : 1
      if (isThere) known.add(path)
      else known.delete(path)
      return { path, type } as const
    }),
  )
  session.changed(changes)
}
