import type { Argument } from "./flow/walk.ts"
import type { Family } from "./rule.ts"

/** Engines that try one way after the other. Go's, Rust's and RE2 don't. */
const calls: Readonly<Partial<Record<Family, RegExp>>> = {
  js: /^(?:new )?RegExp$/,
  python: /^re\.(?:compile|match|search|sub|subn|findall|finditer|fullmatch|split)$/,
  java: /(?:^|\.)(?:Pattern\.(?:compile|matches)|matches|replaceAll|replaceFirst|split)$/,
  php: /^preg_(?:match|match_all|replace|replace_callback|split)$/,
  ruby: /^Regexp\.(?:new|compile)$/,
  csharp: /^(?:new )?(?:\w+\.)*Regex(?:\.(?:IsMatch|Match|Matches|Replace|Split))?$/,
}

/** The constant expression that a call compiles; undefined where it compiles none. */
export function regexIn(family: Family, callee: string, args: readonly Argument[]): string | undefined {
  if (!calls[family]?.test(callee)) return undefined
  const texts = args.map(({ value }) => value.text)
  // In .NET the text to be searched stands before the expression.
  const text = family === "csharp" && !callee.startsWith("new ") ? texts[1] : texts[0]
  if (text === undefined) return undefined
  // As it stands in a literal that is not raw, backslashes are doubled.
  const plain = family === "java" || family === "js" || family === "csharp" ? text.replaceAll("\\\\", "\\") : text
  return family === "php" ? plain.replace(/^([/#~@%])([\s\S]*)\1\w*$/, "$2") : plain
}
