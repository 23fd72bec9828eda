/** Words that say a thing is achieved; what is only planned, asked or denied is taken out by `unclaimed`. */
const claims =
  /\b(?:done|finished|completed?|fixed|implemented|resolved|solved|works(?: now)?|working now|all set|successful(?:ly)?|(?:tests?|checks?|suite|build|lint\w*|types?) (?:now )?(?:all )?(?:pass(?:es|ed)?|succeed(?:s|ed)?|(?:is|are) (?:now )?(?:green|clean))|(?:i(?:'ve| have)?|everything|it) (?:now )?(?:added|changed|updated|renamed|removed|moved|replaced|passes))\b/i

const unclaimed =
  /\b(?:not|never|cannot|unable|without|fail(?:s|ed|ing)? to|will|would|could|should|might|may|must|if|once|when|until|unless|to be|still|remains?|yet|partly|partially|half)\b|n't\b|\?\s*$/i

/**
 * Whether an answer says that something is achieved. By rule, sentence by sentence, on its English words; code and
 * quotations are not its own words. Meant to err towards a claim: what it says is only that a claim has no receipt.
 */
export function claimsCompletion(answer: string): boolean {
  return sentencesOf(answer).some((sentence) => claims.test(sentence) && !unclaimed.test(sentence))
}

const sentencesOf = (answer: string): readonly string[] =>
  answer
    .replaceAll(/(^|\n)(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:\n\2[^\n]*|$)/g, "\n")
    .replaceAll(/^\s*>.*$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "it")
    .split(/(?<=[.!?:;])\s+|\n+/)
    .filter((sentence) => sentence.trim() !== "")
