import type { BudgetSettings } from "../../access/llm-settings.ts"
import type { Clock } from "../../base/clock.ts"
import type { Logger } from "../../observe/log.ts"
import type { Attribution } from "../attribution.ts"
import { ModelError } from "../errors.ts"
import type { BudgetStatus } from "../models.ts"
import { type BudgetWarned, dayOf } from "./events.ts"

/** US dollars that may be spent on a day (UTC), by user, by project and by all together. */
export interface Budgets {
  /** From now on these settings hold. */
  follow(limits: BudgetSettings): void
  /** Whether some hard budget limits such a call: only then is what it may cost worth an estimate. */
  isLimited(attribution: Attribution): boolean
  /**
   * Takes what a call may cost at most out of every budget it falls under, or throws BUDGET_EXCEEDED. At no await lies
   * anything between looking and taking, so that calls at the same time can't take the same dollar twice. A call that
   * costs nothing, or whose price is unknown (`null`), is never refused.
   */
  reserve(attribution: Attribution, mostUsd: number | null): Reservation
  status(): readonly BudgetStatus[]
}

export interface Reservation {
  /** Gives the reservation back and books what it did cost. A second time does nothing. */
  settle(costUsd: number | null): void
}

/** What was spent before this process began. */
export interface SpentBefore {
  spentOn(day: string): readonly { readonly user: string; readonly project: string; readonly costUsd: number }[]
  warnedOn(day: string): readonly { readonly scope: string; readonly who: string }[]
}

const dayMs = 86_400_000

type Scope = BudgetStatus["scope"]
interface Account {
  readonly scope: Scope
  readonly who: string
  spentUsd: number
  reservedUsd: number
  isWarned: boolean
}
interface Limit {
  readonly softUsd?: number | undefined
  readonly hardUsd?: number | undefined
}

export function openBudgets({
  limits: first = {},
  before,
  clock,
  logger,
  onWarned,
}: {
  readonly limits?: BudgetSettings
  readonly before: SpentBefore
  readonly clock: Clock
  readonly logger: Logger
  readonly onWarned: (warning: BudgetWarned) => void
}): Budgets {
  let limits = first
  let day = ""
  let dayEndsMs = 0
  let accounts = new Map<string, Account>()

  const account = (scope: Scope, who: string): Account => {
    const key = `${scope} ${who}`
    const known = accounts.get(key)
    if (known) return known
    const fresh = { scope, who, spentUsd: 0, reservedUsd: 0, isWarned: false }
    accounts.set(key, fresh)
    return fresh
  }
  /** A new day has new accounts; a call that began yesterday settles in yesterday's. */
  const turnDay = () => {
    const nowMs = clock.now()
    if (nowMs < dayEndsMs && nowMs >= dayEndsMs - dayMs) return
    day = dayOf(new Date(nowMs).toISOString())
    dayEndsMs = Date.parse(day) + dayMs
    accounts = new Map()
    for (const { user, project, costUsd } of before.spentOn(day))
      for (const one of accountsOf({ user, project })) one.spentUsd += costUsd
    for (const { scope, who } of before.warnedOn(day))
      for (const one of accounts.values()) if (one.scope === scope && one.who === who) one.isWarned = true
  }
  const accountsOf = ({ user, project }: Pick<Attribution, "user" | "project">): Account[] => [
    account("user", user),
    ...(project ? [account("project", project)] : []),
    account("total", ""),
  ]
  const limitOf = ({ scope, who }: Account): Limit => {
    const { user, users, project, projects, total } = limits
    if (scope === "user") return own(users, who) ?? user ?? {}
    return (scope === "project" ? (own(projects, who) ?? project) : total) ?? {}
  }

  const warn = (one: Account) => {
    const { softUsd } = limitOf(one)
    if (softUsd === undefined || one.isWarned || one.spentUsd < softUsd) return
    one.isWarned = true
    const { scope, who, spentUsd } = one
    logger.warn("soft budget reached", { scope, who, softUsd, spentUsd })
    onWarned({ at: new Date(clock.now()).toISOString(), scope, who, softUsd, spentUsd })
  }

  return {
    follow(now) {
      limits = now
    },
    isLimited(attribution) {
      turnDay()
      return accountsOf(attribution).some((one) => limitOf(one).hardUsd !== undefined)
    },
    reserve(attribution, mostUsd) {
      turnDay()
      const taken = accountsOf(attribution)
      const most = mostUsd ?? 0
      for (const one of most > 0 ? taken : []) {
        const { hardUsd } = limitOf(one)
        if (hardUsd !== undefined && one.spentUsd + one.reservedUsd + most > hardUsd)
          throw exceeded(one, hardUsd, most, day)
      }
      for (const one of taken) one.reservedUsd += most
      let isSettled = false
      return {
        settle(costUsd) {
          if (isSettled) return
          isSettled = true
          for (const one of taken) {
            one.reservedUsd -= most
            one.spentUsd += costUsd ?? 0
            warn(one)
          }
        },
      }
    },
    status() {
      turnDay()
      const { users = {}, projects = {}, total } = limits
      // Those that nobody has touched today count as well.
      for (const who of Object.keys(users)) account("user", who)
      for (const who of Object.keys(projects)) account("project", who)
      if (total) account("total", "")
      return [...accounts.values()].flatMap((one) => {
        const { softUsd, hardUsd } = limitOf(one)
        if (softUsd === undefined && hardUsd === undefined) return []
        const { scope, who, spentUsd, reservedUsd } = one
        const isOver = hardUsd !== undefined && spentUsd >= hardUsd
        const state = isOver ? "exhausted" : softUsd !== undefined && spentUsd >= softUsd ? "warned" : "within"
        const limit = { softUsd: softUsd ?? null, hardUsd: hardUsd ?? null }
        return [{ scope, who, spentUsd, reservedUsd, ...limit, state, until: endOf(day) } as const]
      })
    },
  }
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record && Object.hasOwn(record, key) ? record[key] : undefined

const endOf = (day: string) => new Date(Date.parse(day) + dayMs).toISOString()

const spoken: Readonly<Record<Scope, (who: string) => string>> = {
  user: (who) => `of the user ${who}`,
  project: (who) => `of the project ${who}`,
  total: () => "of all together",
}

function exceeded(
  { scope, who, spentUsd, reservedUsd }: Account,
  hardUsd: number,
  most: number,
  day: string,
): ModelError {
  const until = endOf(day)
  const taken =
    reservedUsd > 0 ? `${usd(spentUsd)} spent, ${usd(reservedUsd)} held by calls that run` : `${usd(spentUsd)} spent`
  return new ModelError({
    fault: "BUDGET_EXCEEDED",
    message: `The budget ${spoken[scope](who)} for today is ${usd(hardUsd)} (${taken}), and this call may cost ${usd(most)}.`,
    hint: `It begins anew at ${until}; ask for a shorter answer or a cheaper model, or raise llm.budgets.`,
    details: { scope, who, hardUsd, spentUsd, reservedUsd, mostUsd: most, until },
  })
}

const usd = (amount: number) => `$${amount.toFixed(amount < 0.1 ? 4 : 2)}`
