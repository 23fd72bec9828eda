import { otherScaffold } from "./scaffold-others.ts"
import { planned, type ScaffoldTask } from "./scaffold-plan.ts"
import { pythonScaffold } from "./scaffold-python.ts"
import { scriptScaffold } from "./scaffold-script.ts"

/**
 * A test file with a place for each case, in the framework's own way of saying that it is still to be done: it parses and
 * runs, and asserts nothing that isn't known. Null where there is nothing to call.
 */
export function scaffoldOf(task: ScaffoldTask): string | null {
  const plan = planned(task)
  if (plan.length === 0) return null
  const { language } = task.subject
  if (language === "javascript") return scriptScaffold(task, plan)
  if (language === "python") return pythonScaffold(task, plan)
  return otherScaffold(task, plan)
}
