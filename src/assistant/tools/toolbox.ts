import { rememberTool } from "../memory/remember-tool.ts"
import { askTool } from "./ask.ts"
import { delegateTool } from "./delegate.ts"
import { deleteTool } from "./delete.ts"
import { diagnosticsTool } from "./diagnostics.ts"
import { editTool } from "./edit.ts"
import { fetchTool } from "./fetch.ts"
import { filesTool } from "./files.ts"
import { ledgerTool } from "./ledger.ts"
import { listTool } from "./list.ts"
import { moveTool } from "./move.ts"
import { outlineTool } from "./outline.ts"
import { outputTool } from "./output.ts"
import { patchTool } from "./patch.ts"
import { readTool } from "./read.ts"
import { recallTool } from "./recall.ts"
import { referencesTool } from "./references.ts"
import { runTool } from "./run.ts"
import { searchTool } from "./search.ts"
import { skillTool } from "./skill.ts"
import { stopTool } from "./stop.ts"
import type { Tool } from "./tool.ts"
import { writeTool } from "./write.ts"

/** Every tool there is, in an order that stays: it is the beginning of each prompt. */
export const toolbox: ReadonlyMap<string, Tool> = new Map(
  [
    readTool,
    searchTool,
    outlineTool,
    referencesTool,
    filesTool,
    listTool,
    editTool,
    patchTool,
    writeTool,
    moveTool,
    deleteTool,
    runTool,
    outputTool,
    stopTool,
    diagnosticsTool,
    fetchTool,
    ledgerTool,
    recallTool,
    rememberTool,
    askTool,
    delegateTool,
    skillTool,
  ].map((tool) => [tool.name, tool]),
)
