import { claudeVersion } from "../tokens/family.ts"

/** What a Claude takes that another does not; for a name that is no Claude's, what servers like Anthropic's take. */
export interface ClaudeAbilities {
  /** `adaptive`: it is told an effort and decides itself; `budget`: it is told a number of tokens. */
  readonly thinking: "adaptive" | "budget" | "none"
  /** Temperature and top-p were given up with Opus 4.7. */
  readonly takesSampling: boolean
  readonly takesXhigh: boolean
  /** Schemas of tools are kept to exactly. */
  readonly takesStrict: boolean
}

/** https://platform.claude.com/docs/en/build-with-claude/thinking and .../structured-outputs */
export function claudeAbilities(model: string): ClaudeAbilities {
  const version = model.includes("mythos-preview") ? 4.7 : claudeVersion(model)
  if (version === undefined) return { thinking: "budget", takesSampling: true, takesXhigh: false, takesStrict: false }
  return {
    thinking: version >= 4.6 ? "adaptive" : version >= 3.7 ? "budget" : "none",
    takesSampling: version < 4.7,
    takesXhigh: version >= 4.7,
    takesStrict: version >= 4.5,
  }
}
