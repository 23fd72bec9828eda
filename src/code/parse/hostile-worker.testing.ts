import { parseTask, serveTasks } from "./serve-tasks.ts"

/** A parse worker whose grammars do harm: what its files say happens to it. Taken as text they do none. */
serveTasks(async (task, text) => {
  if (!task.asText) {
    if (text.includes("hang")) for (;;);
    if (text.includes("abort")) throw Object.assign(new Error("Aborted()"), { name: "RuntimeError" })
    if (text.includes("leave")) process.exit(7)
    if (text.includes("fault")) throw new TypeError("a rule is wrong")
  }
  if (text.includes("hopeless")) process.exit(8)
  return parseTask(task, text)
})
