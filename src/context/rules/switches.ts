/** What the settings say of rules. */
export interface RuleSwitches {
  readonly flags: Readonly<Record<string, boolean>>
  /** Ids. */
  readonly disabled: readonly string[]
  readonly withDependencies: boolean
  readonly withClaude: boolean
}
