import { basename } from "node:path"
import type { Clock } from "../../base/clock.ts"
import { InvalidInputError, NotFoundError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import { byGravity, type Finding } from "../../code/finding.ts"
import type { LogId } from "../../fabric/ports.ts"
import type { Logger } from "../../observe/log.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { type Applicable, applicable } from "./applicable.ts"
import { ruleBreakers } from "./breakers.ts"
import { type CompiledRule, type CompiledRules, compileRules } from "./compile.ts"
import { conflictsAmong, surelyMeet } from "./conflicts.ts"
import { ruleCritic } from "./critic.ts"
import { examplesOf } from "./examples.ts"
import type { Library, LoadOptions } from "./library.ts"
import type { RuleRecord, SeenText } from "./record.ts"
import { rollBack } from "./rollback.ts"
import type { RuleQuery } from "./rule-query.ts"
import type { Rules, RulesChange } from "./rules.ts"
import type { RuleSwitches } from "./switches.ts"
import { useCounter } from "./use-counter.ts"

export interface OpenRulesOptions {
  readonly root: string
  readonly log: LogId
  readonly workspace: Workspace
  readonly library: Library
  /** As the settings have them now; the same object as long as they are the same. */
  readonly switches: () => RuleSwitches
  readonly load: () => LoadOptions
  /** Whether a watcher tells of changes of the project's files. */
  readonly isWatched: () => boolean
  readonly record: RuleRecord
  readonly clock: Clock
  readonly logger: Logger
}

/** Answers are kept for so many different questions. */
const mostKnown = 500

export interface OpenedRules extends Rules {
  /** Takes in what the watcher told. */
  take(paths: readonly string[]): Promise<RulesChange>
  close(): Promise<void>
}

/** The rules of one project. `reload` must have been awaited before they answer anything but the built-in ones. */
export function openRules(options: OpenRulesOptions): OpenedRules {
  const { root, log, library, switches, record, clock, logger } = options
  const project = { name: basename(root), root }
  const listeners = new Set<(change: RulesChange) => void>()
  const breakers = ruleBreakers(clock)
  const counter = useCounter({ record, log, clock, logger })
  const questions = { asked: 0, known: 0, totalMs: 0, mostMs: 0 }
  let compiledFor: RuleSwitches | undefined
  let compiled: CompiledRules = { rules: [], problems: [] }
  let known = new Map<string, Applicable>()
  let generation = 0
  let loadMs = 0
  let lastReloadMs: number | null = null
  let queue: Promise<unknown> = Promise.resolve()
  let recording: Promise<unknown> = Promise.resolve()

  const compile = () => {
    compiledFor = switches()
    const { flags, disabled } = compiledFor
    compiled = compileRules(library.rules(), { flags, disabled, behind: library.behind() })
    known = new Map()
    generation += 1
  }
  /** Settings hold from the next question on. */
  const current = (): CompiledRules => {
    if (compiledFor !== switches()) {
      compile()
      see({ gone: [], isWhole: false })
    }
    return compiled
  }

  const allProblems = (): Finding[] => [...library.problems(), ...current().problems].sort(byGravity)

  const see = ({ gone, isWhole }: { readonly gone: readonly string[]; readonly isWhole: boolean }) => {
    const on = new Map(
      compiled.rules.map((one) => [one.rule.path, one.rule.isEnabled && !isOff(one.rule, compiledFor)]),
    )
    const all = library.files().filter(({ hash }) => hash !== "")
    const seen = all.map(({ shown, rule, hash, source, place }): SeenText & { readonly isOwn: boolean } => ({
      path: shown,
      rule: rule?.id ?? "",
      title: rule?.title ?? "",
      layer: place.layer,
      version: rule?.version ?? null,
      hash,
      // Flags may differ from project to project, and a person's rules are recorded once for all of them.
      isOn: place.layer === "user" ? (rule?.isEnabled ?? false) : (on.get(shown) ?? false),
      text: source,
      isOwn: place.layer === "user",
    }))
    const plain = ({ isOwn: _isOwn, ...file }: SeenText & { readonly isOwn: boolean }): SeenText => file
    const by = "files"
    recording = recording
      .then(async () => {
        await record.see(log, seen.filter(({ isOwn }) => !isOwn).map(plain), { gone, isWhole, by })
        await record.see("core", seen.filter(({ isOwn }) => isOwn).map(plain), { gone: [], isWhole, by })
      })
      .catch((error) => logger.error("what became of rules could not be recorded", { root, error }))
  }

  /** One after the other: each begins with what the one before has read. */
  const inTurn = (work: () => Promise<boolean>): Promise<RulesChange> => {
    const mine = queue.then(async (): Promise<RulesChange> => {
      const startedMs = performance.now()
      const isChanged = await work()
      if (isChanged) compile()
      const tookMs = performance.now() - startedMs
      const facts = { rules: compiled.rules.length, problems: library.problems().length + compiled.problems.length }
      const change = { generation, ...facts, isChanged, tookMs }
      if (!isChanged) return change
      lastReloadMs = tookMs
      // Files that are gone are those that were known and are not there: the record has them.
      see({ gone: [], isWhole: true })
      for (const listener of listeners) {
        try {
          listener(change)
        } catch (error) {
          logger.error("a listener of rules failed", { error })
        }
      }
      return change
    })
    queue = mine.catch(() => {})
    return mine
  }

  const find = (id: string): CompiledRule => {
    const found = current().rules.findLast(({ rule }) => rule.id === id || rule.path === id)
    if (found) return found
    const ids = current().rules.map(({ rule }) => rule.id)
    throw new NotFoundError({
      code: "NO_RULE",
      message: `There is no rule ${JSON.stringify(id)}.`,
      hint: didYouMean(id, ids) ?? "`duck rules list --all` shows those that there are.",
    })
  }

  const ask = (query: RuleQuery): Applicable => {
    const startedMs = performance.now()
    const { rules } = current()
    const { path, language, task, tags, named, budgetTokens, user } = query
    const key = JSON.stringify([path, language, task, tags, named, budgetTokens, user])
    let answer = known.get(key)
    if (answer) questions.known += 1
    else {
      answer = applicable(rules, query, { project, frameworks: library.frameworks() })
      if (known.size >= mostKnown) known.clear()
      known.set(key, answer)
    }
    const tookMs = performance.now() - startedMs
    questions.asked += 1
    questions.totalMs += tookMs
    questions.mostMs = Math.max(questions.mostMs, tookMs)
    return answer
  }

  return {
    applicable: ask,
    critic: (query) =>
      ruleCritic({
        rulesFor(path) {
          const holding = new Set(ask({ ...query, path }).rules.map(({ id }) => id))
          return current().rules.filter(({ rule }) => rule.check !== null && holding.has(rule.id))
        },
        breakers,
        clock,
        logger,
      }),
    all: () => current().rules,
    problems: allProblems,
    conflicts: () =>
      conflictsAmong(
        current().rules.filter(({ never }) => never === undefined),
        surelyMeet,
      ),
    reload: () =>
      inTurn(async () => {
        const startedMs = performance.now()
        await library.load(options.load())
        loadMs = performance.now() - startedMs
        return true
      }),
    look: ({ all = !options.isWatched() } = {}) => inTurn(() => library.look({ ...options.load(), all })),
    take: (paths) => inTurn(() => library.take(paths)),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    used: counter.count,
    examples: async (id, index, signal) => examplesOf(find(id), index, signal),
    async history(limit, rule) {
      await recording
      const [ours, own] = [await record.changes(log, limit, rule), await record.changes("core", limit, rule)]
      return [...ours, ...own]
        .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : b.number - a.number))
        .slice(0, limit)
    },
    async rollback(rule, how) {
      await recording
      const changes = await record.changes(log, 10_000, rule)
      if (changes.length === 0) {
        const own = await record.changes("core", 1, rule)
        if (own.length > 0)
          throw new InvalidInputError({
            message: `${own[0]?.path} is yours, outside of the project: edit it yourself.`,
          })
        find(rule)
      }
      const done = await rollBack({ workspace: options.workspace, record, log, changes, rule, ...how })
      if (done.isWritten) await inTurn(() => library.take([done.path]))
      return done
    },
    async stats() {
      await Promise.all([recording, counter.flush()])
      const { rules } = current()
      const byLayer: Record<string, number> = {}
      for (const { rule } of rules) byLayer[rule.layer] = (byLayer[rule.layer] ?? 0) + 1
      const on = rules.filter(({ never }) => never === undefined).length
      const { asked, known: hits, totalMs, mostMs } = questions
      return {
        rules: rules.length,
        on,
        off: rules.length - on,
        brokenFiles: library.files().filter(({ rule, problems }) => rule === undefined && problems.length > 0).length,
        conflicts: conflictsAmong(
          rules.filter(({ never }) => never === undefined),
          surelyMeet,
        ).length,
        byLayer,
        uses: await record.uses(log),
        resting: breakers.resting(),
        questions: { asked, known: hits, meanMs: asked === 0 ? 0 : totalMs / asked, mostMs },
        generation,
        loadMs,
        lastReloadMs,
      }
    },
    async settled() {
      await queue
      await recording
    },
    async close() {
      listeners.clear()
      await queue
      await recording
      await counter.flush()
    },
  }
}

const isOff = (
  rule: { readonly id: string; readonly flag: string | null },
  switches: RuleSwitches | undefined,
): boolean =>
  switches !== undefined &&
  (switches.disabled.includes(rule.id) || (rule.flag !== null && switches.flags[rule.flag] !== true))
