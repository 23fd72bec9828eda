/** A place in the code, and what is put there instead. Offsets are UTF-16 code units. */
export interface Place {
  readonly start: number
  readonly end: number
  readonly after: string
}

const swapped: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  and: "or",
  or: "and",
}

const truths: Readonly<Record<string, string>> = { true: "false", false: "true", True: "False", False: "True" }

/** What an operator is changed into; undefined for one that is left alone. */
export const swapOf = (operator: string, expression: string): string | undefined =>
  // What adds texts gives no other text with a minus, and compiles nowhere.
  operator === "+" && /["'`]/.test(expression)
    ? undefined
    : Object.hasOwn(swapped, operator)
      ? swapped[operator]
      : undefined

/** Another constant for a whole number or a truth; undefined for anything else. */
export const otherConstant = (text: string): string | undefined =>
  /^\d+$/.test(text) ? (text === "0" ? "1" : "0") : Object.hasOwn(truths, text) ? truths[text] : undefined
