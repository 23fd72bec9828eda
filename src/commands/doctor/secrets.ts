import { asDuckError } from "../../base/errors.ts"
import { count } from "../../base/text.ts"
import { secretsOf } from "../llm/provider-setting.ts"
import { type Check, type Examination, ok, problem } from "./check.ts"

/** The kept keys of providers: whether each can be read. What they are is not looked at by anyone. */
export function secrets({ host }: Examination): Check[] {
  try {
    const kept = secretsOf(host)
    const names = kept.names()
    for (const name of names) kept.get(name)
    return names.length === 0
      ? []
      : [ok("secrets", `${count(names.length, "key")} of providers, encrypted and readable`)]
  } catch (thrown) {
    const { message, hint } = asDuckError(thrown)
    return [problem("secrets", message, hint ?? "Connect the provider again with `duck llm connect`.")]
  }
}
