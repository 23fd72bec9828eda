/** What a tool of the project says about a place. */
export interface Diagnostic {
  /** "tsc", "eslint". */
  readonly tool: string
  /** Posix, relative to the project's root. */
  readonly path: string
  /** 1-based. */
  readonly line: number
  /** 1-based; 1 where the tool names none. */
  readonly column: number
  readonly endLine?: number
  /** The column after the last. */
  readonly endColumn?: number
  readonly severity: "error" | "warning" | "note"
  /** As the tool names it: "TS2322", "no-unused-vars"; "" where it has no name. */
  readonly rule: string
  readonly message: string
}

/** As a tool tells it: the path is absolute, or relative to where it ran; "" for what it minds of no file, but of all. */
export type Told = Omit<Diagnostic, "tool">

/** As compilers write it: `src/a.ts:4:1 error tsc TS2322: ...`. */
export const spokenDiagnostic = ({ path, line, column, severity, tool, rule, message }: Diagnostic): string =>
  `${path}:${line}:${column} ${severity} ${[tool, rule].filter((part) => part !== "").join(" ")}: ${message.replaceAll(/\s+/g, " ")}`
