import { inspect } from "node:util"

/** An output that the console prints as the command line would; its fields are the data. Values that are no objects stay. */
export function readable(output: unknown, rendered: string | undefined): unknown {
  if (typeof output !== "object" || output === null || rendered === undefined || rendered.trim() === "") return output
  return Object.defineProperty(output, inspect.custom, { value: () => rendered.trimEnd(), enumerable: false })
}
