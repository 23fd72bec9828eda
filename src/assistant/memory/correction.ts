/** How people begin when they set something right. English; what is not understood is no correction. */
const beginnings =
  /^(?:no[,.!:\s]|nope\b|wrong\b|not (?:like|that|what|so)\b|(?:that|this|it)(?:'s| is) (?:wrong|not)\b|please (?:don't|do not|never|always)\b|don't\b|do not\b|never\b|always\b|stop\b|instead\b|actually\b|rather\b|undo\b|revert\b|you (?:should|must|forgot|missed)\b|i (?:said|meant|asked|told|wanted)\b)/i

/** Whether the user corrects what was done, by the first words. */
export const isCorrection = (text: string): boolean => beginnings.test(text.trim().replaceAll("’", "'"))
