import type { Attribution } from "../../models/attribution.ts"
import type { Model } from "../../models/model.ts"
import { lineOf, type Strategy, truncation } from "./strategies.ts"

const instructions = `You summarise the first part of a conversation between a user and a coding assistant, which will be
taken out of the assistant's sight. A ledger with the goal, constraints, decisions, plan, files and commands is kept apart:
don't repeat it. Write, in plain sentences and in the order of events: what was found out and where (paths, names, lines),
what was tried and failed and why, what the user corrected or refused, and what was being done at the end. State nothing
that is not there.`

/** Longer entries are cut before they are summarised: the bulk of a file that was read says little. */
const charsOfAnEntry = 6_000
const charsInAll = 400_000

/**
 * Has the model write the summary. What it gives is no more than a text: nothing in it changes permissions or the ledger.
 * Where it fails, every entry is cut instead: a compaction must not depend on a provider's good day.
 */
export function semantic({
  model,
  name,
  attribution,
}: {
  readonly model: Model
  /** Which one, "" for the default. */
  readonly name: string
  readonly attribution: Attribution
}): Strategy {
  return async (dropped, tokens, signal) => {
    const history = dropped.map((entry) => lineOf(entry, charsOfAnEntry)).join("\n\n")
    const request = {
      model: name,
      messages: [
        { role: "system" as const, parts: [{ kind: "text" as const, text: instructions }], section: "system" },
        {
          role: "user" as const,
          parts: [{ kind: "text" as const, text: `<conversation>\n${history.slice(-charsInAll)}\n</conversation>` }],
          section: "history",
        },
      ],
      maxOutputTokens: tokens,
      attribution: { ...attribution, tool: "compaction" },
    }
    try {
      let text = ""
      for await (const event of model(request, signal)) if (event.kind === "text") text += event.text
      if (text.trim() !== "") return text.trim()
    } catch (error) {
      if (signal.aborted) throw error
    }
    return truncation(dropped, tokens, signal)
  }
}
