import type { SecurityRule } from "../security/rule.ts"

/** Regular expressions. Which of them take for ever is found by ../security/regex-ambiguity.ts. */
export const regex: readonly SecurityRule[] = [
  {
    id: "security/regex-injection",
    title: "A regular expression made of data",
    severity: "warning",
    cwe: [1333, 730],
    danger: "regex",
    message: "{source} becomes a regular expression in `{callee}`.",
    explanation:
      "Whoever writes the expression can write one that takes for ever, and stop the server with it. Escape the data, or search for it as text.",
    sinks: [
      { in: ["js"], call: "{new RegExp,RegExp}", least: "source" },
      { in: ["python"], call: "re.{compile,match,search,sub,findall,fullmatch,split,finditer}", least: "source" },
      { in: ["java"], call: "Pattern.{compile,matches}", least: "source" },
      { in: ["php"], call: "^{preg_match,preg_replace,preg_match_all,preg_split}", least: "source" },
      { in: ["ruby"], call: "Regexp.{new,compile}", least: "source" },
      { in: ["csharp"], call: "new Regex", least: "source" },
    ],
  },
  {
    id: "security/slow-regex",
    title: "A regular expression that takes for ever",
    severity: "warning",
    cwe: [1333],
    message: "",
    explanation:
      "A backtracking engine tries every way of matching the same text. Where a repeated part can match it in more than one way, their number doubles with each sign of a text that does not match in the end. Write the repeated part so that it can match in one way only.",
    sinks: [],
  },
]
