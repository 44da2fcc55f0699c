// Values of users in messages: enough of a value to find it again, and never a secret.

const SHOWN_CHARS_MAX = 80

/** A value as a message shows it: in quotes, cut short, and without the secrets that a URL may carry. */
export function shownValue(value: unknown): string {
  const text = withoutSecrets(JSON.stringify(value) ?? String(value))
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text
}

/** A text without the passwords and the signatures (of SAS tokens) that URLs in it may carry. */
export function withoutSecrets(text: string): string {
  const unsigned = text.replace(/\bsig=[^&\s'")]*/gi, 'sig=...')
  return unsigned.replace(/(\/\/[^/\s:@]*):[^/\s]*?@(?![^/\s,]*@)/g, '$1:...@')
}
