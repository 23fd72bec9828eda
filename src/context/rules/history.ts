import { decider } from "../../fabric/decider.ts"
import { type RuleEvent, ruleEvent, type SeenFile } from "./events.ts"

/** The files of rules as they were last seen, by path. */
export interface SeenFiles {
  readonly files: ReadonlyMap<string, SeenFile>
}

interface Signed {
  readonly by: string
  /** ISO 8601. */
  readonly at: string
}

export type RulesCommand =
  /** These are there, as they are; those are not. Of others nothing is said. */
  | ({ readonly kind: "see"; readonly there: readonly SeenFile[]; readonly gone: readonly string[] } & Signed)
  | ({ readonly kind: "roll-back"; readonly file: SeenFile } & Signed)
  | {
      readonly kind: "use"
      readonly uses: readonly { rule: string; times: number; tokens: number }[]
      readonly at: string
    }

/** What became of the files of rules: events only where something is not as it was seen last. */
export const rulesDecider = decider<RulesCommand, SeenFiles, RuleEvent>({
  initial: { files: new Map() },
  decide(command, { files }) {
    switch (command.kind) {
      case "see": {
        const { by, at } = command
        const seen = command.there.flatMap((file): RuleEvent[] => {
          const before = files.get(file.path)
          if (!before) return [ruleEvent("rule.added", { ...file, by, at })]
          const { path, isOn, hash } = file
          // Of a file that can't be understood now it is known what it was.
          const rule = file.rule || before.rule
          return [
            ...(before.hash === hash
              ? []
              : [ruleEvent("rule.changed", { ...file, rule, before: before.hash, by, at })]),
            ...(before.isOn === isOn ? [] : [ruleEvent("rule.switched", { path, rule, isOn, by, at })]),
          ]
        })
        const gone = command.gone.flatMap((path): RuleEvent[] => {
          const before = files.get(path)
          return before ? [ruleEvent("rule.removed", { path, rule: before.rule, before: before.hash, by, at })] : []
        })
        return [...seen, ...gone]
      }
      case "roll-back": {
        const { file, by, at } = command
        const before = files.get(file.path)?.hash ?? null
        return before === file.hash ? [] : [ruleEvent("rule.rolled-back", { ...file, before, by, at })]
      }
      case "use":
        return command.uses.length === 0 ? [] : [ruleEvent("rules.used", { uses: [...command.uses], at: command.at })]
    }
  },
  evolve({ files }, event) {
    const next = new Map(files)
    switch (event.type) {
      case "rule.added":
      case "rule.changed":
      case "rule.rolled-back": {
        const { path, rule, title, layer, version, hash, isOn } = event.data
        next.set(path, { path, rule, title, layer, version, hash, isOn })
        break
      }
      case "rule.switched": {
        const known = next.get(event.data.path)
        if (known) next.set(known.path, { ...known, isOn: event.data.isOn })
        break
      }
      case "rule.removed":
        next.delete(event.data.path)
        break
      case "rules.used":
        return { files }
    }
    return { files: next }
  },
})
