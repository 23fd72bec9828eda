import type { Actor } from "../access/actor.ts"
import type { Audit } from "../access/audit.ts"
import type { Config } from "../access/config.ts"
import type { ConfigReader } from "../access/config-reader.ts"
import type { Assistant } from "../assistant/assistant.ts"
import type { Clock } from "../base/clock.ts"
import type { Folders } from "../base/folders.ts"
import type { HealthAnswer, Progress } from "../base/wire.ts"
import type { LanguageServers } from "../code/language-servers/language-servers.ts"
import type { Project, Projects } from "../code/projects.ts"
import type { RuleBook } from "../context/rules/rules.ts"
import type { Fabric } from "../fabric/embedded/fabric.ts"
import type { LogId, Position } from "../fabric/ports.ts"
import type { Models } from "../models/models.ts"
import type { Logger } from "../observe/log.ts"
import type { SharedCheckpoints } from "../workspace/checkpoints/shared-checkpoints.ts"
import type { Typing } from "./llm/typed-secret.ts"

/** What the process that runs commands gives them. */
export interface Host {
  readonly folders: Folders
  readonly env: NodeJS.ProcessEnv
  /** What is typed or piped into this process; undefined on a server, whose standard input is nobody's. */
  readonly stdin?: Typing
  readonly clock: Clock
  readonly logger: Logger
  readonly config: ConfigReader
  /** Events of security: who was refused what, who changed what. */
  readonly audit: Audit
  /** Throws UnavailableError in a process that does not own the data folder. */
  fabric(): Fabric
  /** Loads what it takes with the first `open`. */
  readonly projects: Pick<Projects, "open" | "rebuild" | "list">
  /** Loads what it takes with the first question; starts nothing unasked. */
  readonly languageServers: Omit<LanguageServers, "close">
  /** Loads what it takes with the first use. */
  readonly checkpoints: Pick<SharedCheckpoints, "use">
  /** Loads what it takes with the first call; `hasModel` loads nothing. */
  readonly models: Models
  /** Conversations and their turns. Loads what it takes with the first call. */
  assistant(): Promise<Assistant>
  /** The rules of projects. Loads what it takes with the first call. */
  rules(): Promise<RuleBook>
  /** The server around, where there is one. */
  readonly server: ServerFacts | undefined
}

export interface ServerFacts {
  readonly port: number
  readonly startedAt: string
  readonly instance: string
  health(): HealthAnswer
  /** Calls that run now, without the one that asks. */
  runningCalls(): number
  connections(): number
  /** Turns of conversations that run now, whether or not somebody watches. */
  runningTurns(): number
  /** Fires when the server begins to stop: what only waits should end then. */
  readonly stopping: AbortSignal
  /** Begins the graceful stop and returns at once; the answer to the call that asked still goes out. */
  stop(why: string): void
}

/** What a command's `run` is given beside its input. */
export interface CommandContext {
  /** Fires when the caller is gone, cancels, or time is up. */
  readonly signal: AbortSignal
  readonly actor: Actor
  /** Real, absolute path of the folder the person stands in. */
  readonly folder: string
  readonly logger: Logger
  readonly host: Host
  /** The settings that hold in `folder`. */
  config(): Config
  /** The project around `folder`, opened and on its way to being indexed. */
  project(): Promise<Project>
  progress(progress: Progress): void
  /**
   * Tells the caller something while the command runs, of the shape of the command's `item`. Every item arrives, in
   * order; resolves when there is room for the next. Callers that don't listen are told nothing.
   */
  tell(item: unknown): Promise<void>
  /** Says that the command wrote: the caller can then wait for it to be readable. */
  saw(log: LogId, position: Position): void
}
