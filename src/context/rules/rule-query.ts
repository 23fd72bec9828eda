/** What rules are asked for. */
export interface RuleQuery {
  /** The file that is worked on, relative to the root. */
  readonly path?: string | undefined
  /** As the index names it; by default that of the path. */
  readonly language?: string | undefined
  /** What is to be done, in words, with the name of the engine or command. */
  readonly task?: string | undefined
  /** Only rules with one of these tags. */
  readonly tags?: readonly string[] | undefined
  /** Ids of rules that a person named: those that hold only then. */
  readonly named?: readonly string[] | undefined
  readonly budgetTokens?: number | undefined
  /** Id of the person asked for. */
  readonly user: string
}
