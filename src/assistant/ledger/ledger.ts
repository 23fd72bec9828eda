import type { LedgerChange } from "./change.ts"

type Of<K extends LedgerChange["kind"]> = Omit<Extract<LedgerChange, { kind: K }>, "kind">

/** What a conversation must not forget. Bounded by what there is to do, not by how long it was talked about. */
export interface Ledger {
  readonly goal: string
  readonly constraints: readonly Of<"constraint">[]
  readonly decisions: readonly Of<"decision">[]
  /** In the order in which they were first named. */
  readonly steps: readonly Of<"step">[]
  /** The last thing that happened to each file, by path. */
  readonly files: Readonly<Record<string, Omit<Of<"file">, "path">>>
  /** The last run of each command, the oldest first. */
  readonly commands: readonly Of<"command">[]
  readonly errors: readonly Of<"error">[]
}

export const emptyLedger: Ledger = {
  goal: "",
  constraints: [],
  decisions: [],
  steps: [],
  files: {},
  commands: [],
  errors: [],
}

/** More commands than this are forgotten, the oldest first; the log has them all. */
const keptCommands = 100

/** The ledger after a change. Total: a change that names what is not there changes nothing. */
export function changed(ledger: Ledger, change: LedgerChange): Ledger {
  switch (change.kind) {
    case "goal":
      return { ...ledger, goal: change.text }
    case "constraint":
      return { ...ledger, constraints: put(ledger.constraints, change) }
    case "decision":
      return { ...ledger, decisions: put(ledger.decisions, change) }
    case "withdrawn":
      return {
        ...ledger,
        constraints: ledger.constraints.filter(({ id }) => id !== change.id),
        decisions: ledger.decisions.filter(({ id }) => id !== change.id),
      }
    case "step": {
      // What was cancelled stays cancelled: only a new step may take the work up again.
      const known = ledger.steps.find(({ id }) => id === change.id)
      return known?.state === "cancelled" ? ledger : { ...ledger, steps: put(ledger.steps, change) }
    }
    case "file": {
      const { did, hash } = change
      const before = ledger.files[change.path]
      // That a file was changed says more than that it was read again.
      if (did === "read" && before && before.did !== "read") return ledger
      return { ...ledger, files: { ...ledger.files, [change.path]: { did, hash } } }
    }
    case "command": {
      const others = ledger.commands.filter(({ command }) => command !== change.command)
      return { ...ledger, commands: [...others, without(change)].slice(-keptCommands) }
    }
    case "error":
      return { ...ledger, errors: put(ledger.errors, change) }
    case "error-resolved":
      return { ...ledger, errors: ledger.errors.filter(({ id }) => id !== change.id) }
  }
}

/** In the place of the one with its id, or at the end. */
function put<T extends { readonly id: string }>(
  list: readonly T[],
  change: T & { readonly kind: string },
): readonly T[] {
  const item = without(change)
  return list.some(({ id }) => id === item.id) ? list.map((one) => (one.id === item.id ? item : one)) : [...list, item]
}

function without<T extends object>({ kind: _kind, ...rest }: T & { readonly kind: string }): T {
  // The kind is in the place where it is kept.
  return rest as unknown as T
}
