import { stepCommand } from "./checkpoint-step.ts"

export const checkpointRedo = stepCommand({
  name: "checkpoint.redo",
  direction: "redo",
  summary: "Do again what was undone last",
  description: "Until something new is done; older states can always be restored by their checkpoint.",
  examples: [
    { line: "duck checkpoint redo", says: "the step that was undone last" },
    { line: "duck checkpoint redo --dry-run", says: "what would change" },
  ],
  stepSays: "Id of a turn or a restore that was undone; without it, the last",
})
