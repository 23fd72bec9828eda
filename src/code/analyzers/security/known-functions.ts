import type { Family } from "./rule.ts"

/** What text is joined by. */
export const isFormat =
  /(?:^|\.)(?:format|sprintf|Sprintf|Sprint|Sprintln|Format|formatted|vformat|printf_s|concat|Concat|join|strcat|Errorf|interpolate|util\.format|implode|fmt)$/
/** What gives its arguments back in another form. */
export const isPassing =
  /(?:^|\.)(?:String|str|toString|to_s|to_string|trim|strip|toLowerCase|toUpperCase|lower|upper|resolve|normalize|Join|Clean|Abs|abspath|realpath|expanduser|decode|encode|decodeURIComponent|unescape|unquote|b64decode|atob|from|of|replace|replaceAll|substring|substr|slice|split|clone|unwrap|unwrap_or|unwrap_or_default|expect|to_owned|into|as_str|as_ref|c_str|data|get|getOrDefault|nth|next|next_line|collect|parse|stringify|loads|dumps|getBytes|body|text|json|Path|URL|File|Paths|Path\.of|Paths\.get|bytes|first|last|pop|shift|at|strtolower|strtoupper|json_decode|base64_decode|urldecode|stripslashes|addslashes|nl2br|chomp|ToString|Trim|ToLower|Replace|Substring|TrimSpace|ReplaceAll|read|readline|ReadAll|ReadString|readLine|lines|sanitizedOr)$/

/** What calls a function with each element of what it is called on. */
export const isMapping =
  /\.(?:map|flatMap|forEach|each|filter|reduce|collect|select|ForEach|Select|for_each|every|some|find)$/
/** A method that changes what it is called on: `list.push(data)`, `text.append(data)`. */
export const isAdding =
  /\.(?:push|unshift|append|add|insert|put|set|addAll|push_str|concat|Append|Add|write|WriteString|extend|setParameter|arg)$/

/** Go's and others' handlers know the request by its type. */
export function aliasOfType(says: string, declared: string, family: Family): string | undefined {
  if (family === "go" && /\*http\.Request\b/.test(declared)) return "r"
  if (family === "go" && /(?:gin|echo|fiber)\.Ctx|\*gin\.Context|echo\.Context/.test(declared)) return "c"
  if (family === "java" && /ServletRequest\b/.test(declared)) return "request"
  if (family === "csharp" && /\bHttpRequest\b/.test(declared)) return "Request"
  if (family === "js" && /:\s*(?:express\.)?(?:Next)?(?:Api)?(?:Request|IncomingMessage)\b/.test(declared)) return "req"
  if (family === "php" && /\bRequest\b/.test(declared)) return "$request"
  return says === "request" ? "request" : undefined
}
