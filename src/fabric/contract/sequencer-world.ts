import type { Sequencer } from "../ports.ts"

export interface SequencerWorld {
  readonly sequencer: Sequencer
  /** The same logs, from another place where the engine has one. */
  readonly there: Sequencer
  close(): Promise<void> | void
}
