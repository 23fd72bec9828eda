import { commandSet } from "./command.ts"
import { completion } from "./completion.ts"
import { configGet } from "./config-get.ts"
import { configList } from "./config-list.ts"
import { configPath } from "./config-path.ts"
import { configSet } from "./config-set.ts"
import { health } from "./health.ts"
import { help } from "./help.ts"
import { serve } from "./serve.ts"
import { stop } from "./stop.ts"
import { version } from "./version.ts"

/** Every command there is, in the order in which help lists them. */
export const registry = commandSet([
  configList,
  configGet,
  configSet,
  configPath,
  health,
  serve,
  stop,
  completion,
  version,
  help,
])

/** Types only: a client knows each command's input and output from it. */
export type Registry = typeof registry
