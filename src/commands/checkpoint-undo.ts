import { stepCommand } from "./checkpoint-step.ts"

export const checkpointUndo = stepCommand({
  name: "checkpoint.undo",
  direction: "undo",
  summary: "Take back what the last turn or restore did to files",
  description:
    "Only the changes of that step: what else has changed since stays. Undoing is recorded, and can be done again with redo.",
  examples: [
    { line: "duck checkpoint undo", says: "the last turn, whatever it used to change files" },
    { line: "duck checkpoint undo --dry-run", says: "what would change" },
  ],
  stepSays: "Id of a turn or a restore; without it, the last",
})
