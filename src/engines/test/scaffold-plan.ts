import { posix } from "node:path"
import type { FrameworkId } from "../../workspace/test-runners/framework.ts"
import { casesOf, ordinaryArguments } from "./cases.ts"
import type { TestStyle } from "./style.ts"
import type { Callable, Subject } from "./subject.ts"
import type { TypeText } from "./values.ts"

/** Stands in every scaffold, so that nobody takes it for finished tests. */
export const scaffoldMark = "Scaffold by RubberDuck: calls with real names and values; what they give is yours to say."

export interface ScaffoldTask {
  readonly subject: Subject
  readonly style: TestStyle
  readonly framework: FrameworkId
  readonly typeText: TypeText
  /** Names of the project's own types that values may speak of, and where they are defined. */
  readonly typePaths: ReadonlyMap<string, string>
  /** Property tests are wanted, and the library for it is there. */
  readonly withProperties: boolean
  /** Examples in the documentation are wanted, and run only if a test calls for them. */
  readonly callsDoctests: boolean
}

/** A call of a case, ready to be written into a test; null where something for it is not known. */
export interface Planned {
  readonly callable: Callable
  /** "grossPrice", "Basket.total". */
  readonly title: string
  readonly cases: readonly { readonly says: string; readonly call: Call | null }[]
  /** With nothing but what has to be given. */
  readonly shortest: Call | null
}

export interface Call {
  /** Makes the owner of a method; "" where none is needed. */
  readonly receiver: string
  readonly arguments: string
}

/** The calls that a scaffold is made of. */
export function planned({ subject, typeText }: Pick<ScaffoldTask, "subject" | "typeText">): Planned[] {
  const { language } = subject
  return subject.callables.map((callable) => {
    const { owner, name, making, isStatic } = callable
    const needsOwner = owner !== "" && !isStatic && language !== "elixir" && language !== "go"
    const made = needsOwner && making ? ordinaryArguments(making, language, typeText) : null
    const isImpossible = needsOwner && !made
    const callWith = (given: readonly string[] | null): Call | null =>
      given && !isImpossible ? { receiver: made ? made.join(", ") : "", arguments: given.join(", ") } : null
    const cases = casesOf(callable, language, typeText).map(({ says, arguments: given }) => ({
      says,
      call: callWith(given),
    }))
    const shortest = callWith(ordinaryArguments(callable, language, typeText))
    return { callable, title: owner === "" ? name : `${owner}.${name}`, cases, shortest }
  })
}

/** How a test file names a file beside or above it: "./x", "../src/x". */
export function relativeModule(from: string, to: string): string {
  const way = posix.relative(posix.dirname(from), to)
  return way.startsWith(".") ? way : `./${way}`
}
