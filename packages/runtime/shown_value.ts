// Values of users in messages: enough of a value to find it again, and never a password.

const SHOWN_CHARS_MAX = 80

/** A value as a message shows it: in quotes, cut short, and without the password that a URL may carry. */
export function shownValue(value: unknown): string {
  const text = withoutPassword(JSON.stringify(value) ?? String(value))
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text
}

/** A text without the passwords that URLs in it may carry. */
export function withoutPassword(text: string): string {
  return text.replace(/(\/\/[^/\s:@]*):[^/\s]*?@(?![^/\s,]*@)/g, '$1:...@')
}
