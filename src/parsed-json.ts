/** No API that is looked at answers deeper; what does would overflow the stack of whoever compares or prints it. */
const DEEPEST = 200

/** A text as JSON; undefined where it is none, or is nested more deeply than anybody who means well would do. */
export function parsedJson(text: string): unknown {
  if (depthOf(text) > DEEPEST) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** How deeply brackets outside of strings are nested. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (isInString) {
      if (char === '\\') at += 1
      else if (char === '"') isInString = false
    } else if (char === '"') isInString = true
    else if (char === '[' || char === '{') {
      depth += 1
      deepest = Math.max(deepest, depth)
    } else if (char === ']' || char === '}') depth -= 1
  }
  return deepest
}
