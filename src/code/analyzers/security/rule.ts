import type { Severity } from "../../finding.ts"
import type { Danger } from "./value.ts"

/** Languages as rules name them; JavaScript stands for TypeScript too, C for C++. */
export type Family = "js" | "python" | "go" | "java" | "rust" | "c" | "php" | "ruby" | "csharp"

/** How sure it must be that a value is not of the program's own making. */
export type Least =
  /** Came in from outside. */
  | "source"
  /** Or a parameter of the function. */
  | "parameter"
  /** Came in from outside, or text was joined with what is not constant. */
  | "built"
  /** Anything but a constant. */
  | "unknown"

/**
 * A place where a value can do harm. Names are dotted paths, of which the end must fit: `{a,b}` stands for either, `*` for any
 * one name, and with `^` the whole must fit. Names that were imported are given by their module's: `child_process.exec`.
 */
export interface Sink {
  readonly in: readonly Family[]
  /** A call; `new Function` of what is made with `new`. */
  readonly call?: string
  /** An assignment to a member. */
  readonly assign?: string
  /** A property in an object, a named argument, an attribute. */
  readonly pair?: string
  /** Statements with a syntax of their own, by node type. */
  readonly node?: string
  /** The arguments that count, from 0; default the first. "receiver": what the method is called on. */
  readonly args?: readonly number[] | "all" | "receiver" | "none"
  /** Named arguments that count as well. */
  readonly named?: readonly string[]
  /** What the value must be at least for a finding; without it `is` decides, or the call alone. */
  readonly least?: Least
  /** The argument as it is written, a string without its quotes. */
  readonly is?: RegExp
  /** In the source of the whole call or assignment: must be there, must not be there. */
  readonly needs?: RegExp
  readonly unless?: RegExp
  /** Where it is the argument's head that counts: a fixed beginning that fits makes it harmless. */
  readonly unlessHead?: RegExp
  /** Default 0.9 for what comes from outside or needs no data; it is lowered for what is less sure. */
  readonly confidence?: number
  readonly says?: string
  readonly fix?: { readonly says: string; readonly from: RegExp; readonly to: string; readonly isSafe: boolean }
}

/** What is looked for, as data. */
export interface SecurityRule {
  /** "security/sql-injection" */
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly cwe: readonly number[]
  /** Why it matters and what to do instead. */
  readonly explanation: string
  readonly danger?: Danger
  /** "{callee}" and "{source}" are filled in. */
  readonly message: string
  readonly sinks: readonly Sink[]
}
