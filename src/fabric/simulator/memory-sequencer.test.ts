import { sequencerContract } from "../contract/sequencer.ts"
import { memorySequencer } from "./memory-sequencer.ts"

sequencerContract("in-memory", () => {
  const sequencer = memorySequencer()
  return { sequencer, there: sequencer, close: () => {} }
})
