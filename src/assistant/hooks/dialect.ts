/** What other assistants call our tools; hooks that were written for them look for these. */
const foreignNames: Readonly<Record<string, readonly string[]>> = {
  read: ["Read"],
  search: ["Grep"],
  files: ["Glob"],
  list: ["LS"],
  edit: ["Edit"],
  patch: ["MultiEdit", "Edit"],
  write: ["Write"],
  run: ["Bash"],
  fetch: ["WebFetch"],
  ledger: ["TodoWrite"],
  delegate: ["Task", "Agent"],
  skill: ["Skill"],
  ask: ["AskUserQuestion"],
}

/** Our name first. */
export const namesOfTool = (name: string): readonly [string, ...string[]] => [name, ...(foreignNames[name] ?? [])]

/** Our tools that another assistant's name stands for; a name of ours stands for itself. */
export const toolsNamed = (name: string): readonly string[] => {
  const found = Object.entries(foreignNames).flatMap(([ours, names]) => (names.includes(name) ? [ours] : []))
  return found.length > 0 ? found : [name]
}

const foreignFields: Readonly<Record<string, string>> = { path: "file_path", before: "old_string", after: "new_string" }

/** An input with the fields that hooks for other assistants look for beside our own. */
export function foreignInput(input: unknown): unknown {
  if (typeof input !== "object" || input === null) return input
  const more = Object.entries(input).flatMap(([name, value]) => {
    const foreign = foreignFields[name]
    return foreign === undefined ? [] : [[foreign, value] as const]
  })
  return { ...input, ...Object.fromEntries(more) }
}

/** Whether a matcher is about a tool, by any of its names. */
export function matches(matcher: string, name: string): boolean {
  if (matcher === "" || matcher === "*") return true
  const pattern = new RegExp(`^(?:${matcher})$`)
  return namesOfTool(name).some((one) => pattern.test(one))
}
